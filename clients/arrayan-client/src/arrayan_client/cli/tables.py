"""Tables of positions from files."""

import csv
import sys
from pathlib import Path
from typing import Any

from arrayan_client.errors import InvalidInput
from arrayan_client.optional import optional


def read_table(path: str) -> Any:
    """A table that `Arrayan.crossmatch` takes: CSV (also from standard input, as `-`), Parquet, VOTable or FITS.

    Raises InvalidInput, MissingPackage.
    """
    if path == "-":
        return _columns(csv.reader(sys.stdin), "standard input")
    file = Path(path)
    ending = file.suffix.lower()
    try:
        if ending == ".parquet":
            return optional("pyarrow.parquet", "Parquet").read_table(file).to_pydict()
        if ending in {".vot", ".xml", ".votable", ".fits", ".fit"}:
            return optional("astropy.table", f"a table of {ending}").Table.read(file)
        with file.open(newline="", encoding="utf-8-sig") as text:
            return _columns(csv.reader(text), path)
    except InvalidInput:
        raise
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _columns(reader: Any, name: str) -> dict[str, list[str]]:
    """Columns of text, by the names in the first line."""
    head = [title.strip().lstrip("#").strip() for title in next(reader, [])]
    if not head:
        raise InvalidInput(f"{name} is empty", hint="The first line names the columns, such as: name,ra,dec")
    columns: dict[str, list[str]] = {title: [] for title in head}
    for row in reader:
        if not row:
            continue
        if len(row) != len(head):
            raise InvalidInput(f"{name}, line {reader.line_num}: {len(row)} values in {len(head)} columns")
        for title, value in zip(head, row, strict=False):
            columns[title].append(value)
    return columns
