"""FITS tables: the first binary or text table of a file, mapped into memory and read in pieces."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from catalogs.cells import cells_of_array
from catalogs.table import ROWS_AT_ONCE, Column, Piece, TableFile, UnreadableTable


class FitsFile(TableFile):
    """The first table in a FITS file. Cells are values; blanks of integer columns are None."""

    format = "FITS"

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._table() as table:
            header = table.header
            self.columns = [
                Column(
                    column.name,
                    _text(column.unit),
                    _text(header.get(f"TUCD{number}")),
                    _text(header.get(f"TCOMM{number}")) or _text(header.comments[f"TTYPE{number}"]),
                )
                for number, column in enumerate(table.columns, 1)
            ]
            self.frame = _text(header.get("RADESYS") or header.get("RADECSYS"))

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        with self._table() as table:
            count = len(table.data)
            for start in range(0, count, ROWS_AT_ONCE):
                part = table.data[start : start + ROWS_AT_ONCE]
                cells = {name: _cells(part.field(name), table.columns[name].null) for name in columns}
                end = start + len(part)
                yield Piece(range(start + 1, end + 1), cells, (), self.size * end / count)

    @contextmanager
    def _table(self) -> Iterator[Any]:
        from astropy.io import fits  # slow to import

        try:
            with _plain(self.path) as plain, fits.open(plain, memmap=True, lazy_load_hdus=True) as hdus:
                for hdu in hdus:
                    if isinstance(hdu, fits.BinTableHDU | fits.TableHDU) and hdu.header["NAXIS2"] > 0:
                        yield hdu
                        return
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise UnreadableTable(f"{self.name} is no FITS file that can be read: {error}") from error
        raise UnreadableTable(f"{self.name} is a FITS file without a table that has rows")


@contextmanager
def _plain(path: Path) -> Iterator[Path]:
    """The file, unpacked to a passing one when it is compressed: what is packed cannot be mapped."""
    with path.open("rb") as raw:
        if raw.read(2) != b"\x1f\x8b":
            yield path
            return
        raw.seek(0)
        with tempfile.NamedTemporaryFile(suffix=".fits") as plain:
            shutil.copyfileobj(gzip.GzipFile(fileobj=raw), plain)
            plain.flush()
            yield Path(plain.name)


def _cells(values: Any, null: Any) -> Sequence[Any]:
    array = np.asarray(values)
    cells = cells_of_array(array)
    if null not in (None, "") and array.dtype.kind in "iu":
        blank = int(null)
        return [None if cell == blank else cell for cell in cells]
    return cells


def _text(value: Any) -> str | None:
    text = "" if value is None else str(value).strip()
    return text or None
