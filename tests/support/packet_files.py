"""The packets of a night as files of their own."""

import tarfile
from pathlib import Path


def packet_files(night: Path, folder: Path) -> list[Path]:
    """Unpack a .tar.gz of packets; its files in the order of their names."""
    with tarfile.open(night) as archive:
        archive.extractall(folder, filter="data")
    return sorted(path for path in folder.rglob("*") if path.is_file())
