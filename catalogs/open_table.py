"""Opening a file, by what is in it."""

import gzip
from pathlib import Path

from catalogs.delimited import UTF_16, DelimitedFile
from catalogs.fits import FitsFile
from catalogs.parquet import HatsFolder, ParquetFile, is_hats
from catalogs.table import TableFile, UnreadableTable
from catalogs.votable import VOTableFile

FORMATS = "CSV (also with tabs, semicolons or as ECSV), VOTable, FITS, Parquet or a HATS folder"
BEGINNING_BYTES = 2048


def open_table(path: Path) -> TableFile:
    """The table in a file or folder, ready to be read. Raises UnreadableTable."""
    if path.is_dir():
        if is_hats(path):
            return HatsFolder(path)
        raise UnreadableTable(f"{path.name} is a folder, and no HATS catalogue: name the files in it")
    beginning = _beginning(path)
    if beginning.startswith(b"PAR1"):
        return ParquetFile(path)
    if beginning.startswith(b"SIMPLE  ="):
        return FitsFile(path)
    if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return VOTableFile(path)
    if not beginning.strip():
        raise UnreadableTable(f"{path.name} is empty")
    if b"\0" in beginning and not beginning.startswith(UTF_16):
        raise UnreadableTable(f"{path.name} is none of {FORMATS}")
    return DelimitedFile(path)


def _beginning(path: Path) -> bytes:
    """The first bytes, unpacked."""
    with path.open("rb") as raw:
        beginning = raw.read(BEGINNING_BYTES)
        if not beginning.startswith(b"\x1f\x8b"):
            return beginning
        raw.seek(0)
        try:
            return gzip.GzipFile(fileobj=raw).read(BEGINNING_BYTES)
        except (OSError, EOFError) as error:
            raise UnreadableTable(f"{path.name} cannot be unpacked: {error}") from error
