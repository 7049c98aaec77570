"""A writer that is killed when its packets are in the archive and its rows are not committed:

python -m tests.support.killed_writer DATABASE_URL ARCHIVE FILE
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from domain.packet import Packet
from ingest.sources.files import read_files
from ingest.worker import ingest_files
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import Location, PacketArchive


class DeadlyArchive(PacketArchive):
    """The real archive; nobody lives to use what it returns."""

    def write(self, packets: Sequence[Packet]) -> list[Location]:
        super().write(packets)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


if __name__ == "__main__":
    url, archive, file = sys.argv[1:]
    with connect(url, role="test") as connection:
        ingest_files(read_files([Path(file)]), AlertStore(connection, DeadlyArchive(archive)))
