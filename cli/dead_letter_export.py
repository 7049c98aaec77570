"""Dead letters taken out of the database: their bytes as they came, and an index of what is known of them."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from domain.dead_letter import StoredDeadLetter

Add = Callable[[StoredDeadLetter, bytes], None]
AddFile = Callable[[str, bytes, float], None]

INDEX = "index.jsonl"
TAR_MODES = {".tar": "x", ".tar.gz": "x:gz", ".tgz": "x:gz"}


def letter_as_json(letter: StoredDeadLetter) -> dict[str, Any]:
    """What is known of a letter, for scripts."""
    return {
        "id": letter.id,
        "survey": letter.survey,
        "reason": letter.reason,
        "message": letter.message,
        "source": letter.origin.source,
        "partition": letter.origin.partition,
        "offset": letter.origin.offset,
        "sent_at": _instant(letter.origin.sent_at),
        "night": _instant(letter.night),
        "size_bytes": letter.payload_size,
        "first_seen_at": _instant(letter.first_seen_at),
        "last_seen_at": _instant(letter.last_seen_at),
        "times_seen": letter.times_seen,
        "resolved_at": _instant(letter.resolved_at),
    }


def _instant(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


@contextmanager
def export_to(target: Path) -> Iterator[Add]:
    """Write letters to a new folder or tar archive: `packets/<id>.packet`, and at the end `index.jsonl`, whose
    lines name the files. Raises click.ClickException when there is something already."""
    lines: list[str] = []
    with _new_tar(target) if _tar_mode(target) else _new_folder(target) as add_file:

        def add(letter: StoredDeadLetter, payload: bytes) -> None:
            name = f"packets/{letter.id:08d}.packet"
            add_file(name, payload, letter.first_seen_at.timestamp())
            lines.append(json.dumps({"file": name, **letter_as_json(letter)}) + "\n")

        yield add
        add_file(INDEX, "".join(lines).encode(), 0.0)


def _tar_mode(target: Path) -> str | None:
    return next((mode for ending, mode in TAR_MODES.items() if target.name.endswith(ending)), None)


@contextmanager
def _new_folder(target: Path) -> Iterator[AddFile]:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise click.ClickException(f"{target} is there already: name a new or an empty folder")
    (target / "packets").mkdir(parents=True)

    def add(name: str, content: bytes, _time: float) -> None:
        (target / name).write_bytes(content)

    yield add


@contextmanager
def _new_tar(target: Path) -> Iterator[AddFile]:
    with tarfile.open(target, _tar_mode(target)) as archive:  # type: ignore[call-overload]

        def add(name: str, content: bytes, time: float) -> None:
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), time
            archive.addfile(member, io.BytesIO(content))

        yield add
