"""Tables as text with a separator: CSV, TSV, ECSV; also compressed with gzip."""

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from catalogs.table import ROWS_AT_ONCE, BrokenRow, Column, Piece, TableFile, UnreadableTable

SEPARATORS = (",", "\t", ";", "|", " ")
ECSV = "# %ECSV"
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
MOST_HEADER_LINES = 10_000
MOST_LINE_LETTERS = 1_000_000
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How texts begin that spreadsheets call Unicode."""
csv.field_size_limit(1_000_000)


class DelimitedFile(TableFile):
    """A text whose first line that is no comment names the columns. Cells are the texts; empty ones are None."""

    format = "CSV"

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._opened() as (text, _):
            comments, header = _beginning(text, path)
        self._skip = len(comments)
        self._separator = _separator(header)
        names = [name.strip() for name in next(csv.reader([header], delimiter=self._separator))]
        names = [name or f"column{number}" for number, name in enumerate(names, 1)]
        _check_names(names, self.name)
        described = _ecsv_columns(comments, self.name) if any(line.startswith(ECSV) for line in comments) else {}
        self.columns = [described.get(name, Column(name)) for name in names]

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        names = [column.name for column in self.columns]
        places = [names.index(name) for name in columns]
        with self._opened() as (text, raw):
            for _ in range(self._skip):
                text.readline()
            lines = csv.reader(text, delimiter=self._separator, skipinitialspace=self._separator == " ")
            next(lines)
            first = 1
            while True:
                try:
                    taken = list(islice(lines, ROWS_AT_ONCE))
                except UnicodeError as error:
                    raise UnreadableTable(_not_text(self.path, error)) from error
                except (csv.Error, EOFError, OSError) as error:
                    raise UnreadableTable(f"{self.name}, behind row {first - 1}: {error}") from error
                if not taken:
                    return
                yield _piece(taken, first, names, places, float(raw.tell()))
                first += len(taken)

    def _opened(self) -> "_Opened":
        return _Opened(self.path)


class _Opened:
    """The text of a file, and the file itself to ask how far it is read."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._is_packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)

    def __enter__(self) -> tuple[IO[str], IO[bytes]]:
        unpacked: Any = gzip.GzipFile(fileobj=self._raw) if self._is_packed else self._raw
        encoding = "utf-16" if not self._is_packed and self._raw.peek(2)[:2] in UTF_16 else "utf-8-sig"
        self._text = io.TextIOWrapper(unpacked, encoding=encoding, newline="")
        return self._text, self._raw

    def __exit__(self, *unused: object) -> None:
        self._text.close()
        self._raw.close()


def _beginning(text: IO[str], path: Path) -> tuple[list[str], str]:
    """The comments before the header, and the header."""
    comments: list[str] = []
    try:
        for _ in range(MOST_HEADER_LINES):
            line = text.readline(MOST_LINE_LETTERS)
            if not line:
                break
            if line.strip() and not line.startswith("#"):
                return comments, line.rstrip("\r\n")
            comments.append(line)
    except UnicodeError as error:
        raise UnreadableTable(_not_text(path, error)) from error
    except (EOFError, OSError) as error:
        raise UnreadableTable(f"{path.name} is no table that can be read: {error}") from error
    raise UnreadableTable(f"{path.name} has no line that names columns")


def _not_text(path: Path, error: UnicodeError) -> str:
    """What is wrong with a text that cannot be decoded, and in which line of it."""
    advice = "save the file as UTF-8"
    if not isinstance(error, UnicodeDecodeError) or error.encoding != "utf-8":
        return f"{path.name} is no text that can be read ({error}): {advice}"
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        lines: Any = gzip.GzipFile(fileobj=raw) if is_packed else raw
        for number, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError as found:
                byte = line[found.start]
                return (
                    f"{path.name}, line {number}, letter {found.start + 1}: byte {byte:#04x} is not UTF-8: {advice}"
                )
    return f"{path.name} is not UTF-8 ({error}): {advice}"


def _separator(header: str) -> str:
    """The separator that cuts the header into most names."""
    counts = {separator: header.count(separator) for separator in SEPARATORS[:-1]}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] or " " not in header.strip() else " "


def _check_names(names: Sequence[str], file: str) -> None:
    if all(map(NUMBER.fullmatch, names)):
        raise UnreadableTable(
            f"the first line of {file} holds numbers, not names of columns: put a line like 'id,ra,dec' before it"
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableTable(f"{file} has several columns named {', '.join(map(repr, twice))}")


def _ecsv_columns(comments: Sequence[str], file: str) -> dict[str, Column]:
    """The columns with units and descriptions that the header of an ECSV file tells of."""
    from astropy.table.meta import get_header_from_yaml  # slow to import

    try:
        header = get_header_from_yaml([line[1:].strip("\r\n").removeprefix(" ") for line in comments[1:]])
    except Exception as error:  # whatever YAML makes of it
        raise UnreadableTable(f"{file}: its ECSV header cannot be read: {error}") from error
    return {
        column["name"]: Column(column["name"], _text(column.get("unit")), None, _text(column.get("description")))
        for column in header["datatype"]
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _piece(
    lines: list[list[str]], first: int, names: Sequence[str], places: Sequence[int], position: float
) -> Piece:
    width = len(names)
    rows: Sequence[int] = range(first, first + len(lines))
    broken: list[BrokenRow] = []
    if any(len(line) != width for line in lines):
        whole = [index for index, line in enumerate(lines) if len(line) == width]
        broken = [
            BrokenRow(first + index, None, f"it has {len(line)} cells, and the header names {width} columns")
            for index, line in enumerate(lines)
            if len(line) != width and line
        ]
        lines = [lines[index] for index in whole]
        rows = [first + index for index in whole]
    columns = list(zip(*lines, strict=True)) if lines else [()] * width
    return Piece(rows, {names[place]: columns[place] for place in places}, broken, position)
