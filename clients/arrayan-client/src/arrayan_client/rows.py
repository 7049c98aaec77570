"""What a question gives: typed records, which are also a table."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from arrayan_client import tables
from arrayan_client.columns import Column
from arrayan_client.errors import InvalidInput

Record = TypeVar("Record")
SHOWN = 20


class Rows(Sequence[Record], Generic[Record]):
    """Records in their order. `rows[0].name` is a value, `rows["name"]` a list of all of them."""

    def __init__(
        self, records: Iterable[Record], columns: tuple[Column, ...], *, query: str = "", complete: bool = True
    ) -> None:
        self._records = list(records)
        self.columns = columns
        """The columns of tables, with units and descriptions. Records may hold more."""
        self.query = query
        """The question as GraphQL; paste it into GraphiQL to go on from it."""
        self.complete = complete
        """False when `limit` left some out."""

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows[Record]": ...
    @overload
    def __getitem__(self, index: str) -> list[Any]: ...

    def __getitem__(self, index: int | slice | str) -> "Record | Rows[Record] | list[Any]":
        if isinstance(index, str):
            return self._column(index).values(self._records)
        if isinstance(index, slice):
            return self._like(self._records[index])
        return self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._records == other._records

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        more = "" if self.complete else ", there are more: raise the limit"
        return f"<{len(self)} rows of {', '.join(column.name for column in self.columns)}{more}>"

    def __str__(self) -> str:
        return tables.as_text(self.to_columns())

    def to_columns(self) -> dict[str, list[Any]]:
        """Lists of values by the name of their column; None where there is no value."""
        return {column.name: column.values(self._records) for column in self.columns}

    def to_dicts(self) -> list[dict[str, Any]]:
        """A mapping for each row."""
        values = self.to_columns()
        return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=False)]

    def to_table(self) -> Any:
        """An astropy Table with units and descriptions. Missing floats are NaN, other missing values masked. Raises
        MissingPackage."""
        return tables.astropy_table(self.to_columns(), self.columns)

    def to_pandas(self) -> Any:
        """A data frame of pandas; units are in its `attrs["units"]`. Raises MissingPackage."""
        return tables.pandas_frame(self.to_columns(), self.columns)

    def to_polars(self) -> Any:
        """A data frame of polars. Raises MissingPackage."""
        return tables.polars_frame(self.to_columns(), self.columns)

    def to_arrow(self) -> Any:
        """A table of pyarrow, with units and descriptions as metadata of its fields. Raises MissingPackage."""
        return tables.arrow_table(self.to_columns(), self.columns)

    def write(self, path: str | Path, format: str | None = None) -> Path:  # noqa: A002 - as astropy names it
        """Write a file: csv, json, parquet, vot or fits, by its ending unless named. Raises MissingPackage, and
        InvalidInput for another format."""
        target = Path(path)
        tables.write(self.to_columns(), self.columns, target, format or target.suffix.lstrip("."))
        return target

    def _column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise InvalidInput(
            f"there is no column {name!r}", hint=f"There are {', '.join(column.name for column in self.columns)}."
        )

    def _like(self, records: list[Record]) -> "Rows[Record]":
        return Rows(records, self.columns, query=self.query, complete=self.complete)

    def _repr_html_(self) -> str:
        values = self._like(self._records[:SHOWN]).to_columns()
        heads = "".join(
            f'<th title="{escape(column.description)}">{escape(column.name)}'
            f"{f'<br><small>{escape(column.unit)}</small>' if column.unit else ''}</th>"
            for column in self.columns
        )
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(tables.cell(value))}</td>' for value in row)}</tr>"
            for row in zip(*values.values(), strict=True)
        )
        counted = f"{len(self)} rows" if len(self) <= SHOWN else f"{SHOWN} of {len(self)} rows"
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table><p>{counted}</p>"
