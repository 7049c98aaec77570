"""A compaction of the packet archive that is killed at a step:

python -m tests.support.killed_compaction DATABASE_URL ARCHIVE STEP
"""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from psycopg import Connection

from storage import archive_compaction
from storage.archive_compaction import compact, remove_unused, survey_archive
from storage.database import connect
from storage.packet_archive import Location, PacketArchive

STEPS = ("written", "moving", "moved", "removed")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DeadlyArchive(PacketArchive):
    """The real archive; whoever uses it dies when a file is written, or removed."""

    def __init__(self, root: str, step: str) -> None:
        super().__init__(root)
        self._step = step

    def write_together(self, schema: bytes, data: Sequence[bytes], day: str) -> list[Location]:
        locations = super().write_together(schema, data, day)
        if self._step == "written":
            die()
        return locations

    def remove(self, file: str) -> None:
        super().remove(file)
        if self._step == "removed":
            die()


def note_then_die(connection: Connection, names: Sequence[str]) -> None:
    """Inside the transaction that moves the index, or after it."""
    real_note(connection, names)
    in_transaction = connection.info.transaction_status.name == "INTRANS"
    if in_transaction == (step == "moving"):
        die()


if __name__ == "__main__":
    url, root, step = sys.argv[1:]
    archive = DeadlyArchive(root, step)
    real_note: Any = archive_compaction.note_unused
    if step in ("moving", "moved"):
        archive_compaction.note_unused = note_then_die
    with connect(url, role="test") as connection:
        survey = survey_archive(connection, archive, timedelta(hours=1))
        remove_unused(connection, archive, survey)
        compact(connection, archive, survey.small, lambda _done, _detail: None)
