"""Parquet files, and HATS catalogues, which are folders of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from catalogs.cells import cells_of_array
from catalogs.table import ROWS_AT_ONCE, Column, Piece, TableFile, UnreadableTable

HATS_PROPERTIES = ("hats.properties", "properties")
HATS_OWN_COLUMNS = re.compile(r"_healpix_\d+|_hipscat_index|Norder|Dir|Npix")
"""Columns that HATS adds to those of the catalogue."""


class ParquetFile(TableFile):
    """A Parquet file. Cells are values; units and descriptions are those in the metadata of its fields."""

    format = "Parquet"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = _columns(path)

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        yield from _pieces([self.path], columns)


class HatsFolder(TableFile):
    """A HATS catalogue: its properties name the columns of the position."""

    format = "HATS"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = sorted((path / "dataset").rglob("*.parquet")) or sorted(path.glob("Norder=*/**/*.parquet"))
        self._files = [file for file in self._files if not file.name.startswith(("_", "data_thumbnail"))]
        if not self._files:
            raise UnreadableTable(
                f"{self.name} is a folder without the files of a HATS catalogue (dataset/Norder=...)"
            )
        self.properties = _properties(path)
        position = {self.properties.get("hats_col_ra"): "pos.eq.ra;meta.main"}
        position |= {self.properties.get("hats_col_dec"): "pos.eq.dec;meta.main"}
        self.columns = [
            column._replace(ucd=position.get(column.name, column.ucd))
            for column in _columns(self._files[0])
            if not HATS_OWN_COLUMNS.fullmatch(column.name)
        ]
        self.description = self.properties.get("obs_description") or self.properties.get("obs_title")
        frame = self.properties.get("hats_frame") or self.properties.get("obs_frame")
        self.frame = frame or None

    @property
    def size(self) -> float:
        return float(sum(file.stat().st_size for file in self._files))

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        yield from _pieces(self._files, columns)


def is_hats(folder: Path) -> bool:
    """Whether a folder is a HATS catalogue."""
    return any((folder / name).is_file() for name in HATS_PROPERTIES) or (folder / "dataset").is_dir()


def _properties(folder: Path) -> Mapping[str, str]:
    for name in HATS_PROPERTIES:
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
            pairs = (line.partition("=") for line in lines if not line.startswith("#"))
            return {key.strip(): value.strip() for key, _, value in pairs}
    return {}


def _columns(file: Path) -> list[Column]:
    arrow = _pyarrow()
    try:
        schema = arrow.parquet.read_schema(file)
    except (arrow.ArrowException, OSError) as error:
        raise UnreadableTable(f"{file.name} is no Parquet file that can be read: {error}") from error
    units = _astropy_units(schema.metadata or {})
    return [
        Column(
            field.name,
            _said(field, b"unit") or units.get(field.name),
            _said(field, b"ucd"),
            _said(field, b"description"),
        )
        for field in schema
    ]


def _said(field: Any, key: bytes) -> str | None:
    value = (field.metadata or {}).get(key)
    return None if not value else str(value.decode("utf-8", "replace"))


def _astropy_units(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """Units in the header that astropy writes into Parquet files."""
    text = metadata.get(b"table_meta_yaml")
    if text is None:
        return {}
    from astropy.table.meta import get_header_from_yaml  # slow to import

    header = get_header_from_yaml(text.decode().splitlines())
    return {column["name"]: str(column["unit"]) for column in header["datatype"] if column.get("unit")}


def _pieces(files: Sequence[Path], columns: Sequence[str]) -> Iterator[Piece]:
    arrow = _pyarrow()
    first, before = 1, 0.0
    for file in files:
        size, read = float(file.stat().st_size), 0
        try:
            opened = arrow.parquet.ParquetFile(file)
            count = opened.metadata.num_rows
            for batch in opened.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(columns)):
                read += batch.num_rows
                cells = {name: _cells(arrow, batch.column(name)) for name in columns}
                rows = range(first, first + batch.num_rows)
                yield Piece(rows, cells, (), before + size * read / max(count, 1))
                first += batch.num_rows
        except (arrow.ArrowException, OSError, KeyError) as error:
            raise UnreadableTable(f"{file.name} is damaged after {read} rows: {error}") from error
        before += size


def _cells(arrow: ModuleType, column: Any) -> Sequence[Any]:
    if column.type == arrow.float32():
        return cells_of_array(np.asarray(column.to_numpy(zero_copy_only=False)))
    if arrow.types.is_temporal(column.type):
        return list(column.cast(arrow.string()).to_pylist())
    return list(column.to_pylist())


def _pyarrow() -> ModuleType:
    """Imported when a file asks for it: it takes a while."""
    import pyarrow
    import pyarrow.parquet

    module: ModuleType = pyarrow
    return module
