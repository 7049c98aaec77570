"""Reading a table of targets that somebody sent."""

from pathlib import Path

from api.crossmatch.asked import MAX_ROWS, Asked
from api.refusal import bad_request
from catalogs.open_table import open_table
from catalogs.targets import Targets, read_targets

PACKED = b"\x1f\x8b"


def require_plain(path: Path) -> None:
    """Raises Refused for a file that is packed: it may be any size when unpacked."""
    with path.open("rb") as file:
        if file.read(2) == PACKED:
            raise bad_request("send the table as it is, not packed with gzip")


def targets_in(path: Path, asked: Asked) -> Targets:
    """The targets in a file. Raises Refused for one that is packed, UnreadableTable, TooManyRows."""
    require_plain(path)
    return read_targets(
        open_table(path),
        asked.named,
        ra_written=asked.ra_written,
        dec_written=asked.dec_written,
        most_rows=MAX_ROWS,
    )
