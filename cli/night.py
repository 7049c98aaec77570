"""Taking in a night from files, with progress, and noting the run."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from psycopg import Connection

from cli.progress import console, progress_bar
from cli.stores import alert_store
from ingest.counting import begin_counting, count_committed
from ingest.sources.files import STANDARD_INPUT, find_files, read_files, total_bytes
from ingest.worker import IngestReport, Progress, ingest_files
from runtime.settings import Settings
from storage.ingest_runs import begin_run, finish_run
from surveys.survey import Survey


def take_in(
    connection: Connection, settings: Settings, paths: Sequence[Path], survey: Survey | None = None
) -> IngestReport:
    """Store every alert of files, folders and archives; a bar shows how far it is."""
    files = find_files(paths)
    begin_counting()
    if not files:
        console.print(f"There are no files in {', '.join(map(str, paths))}.")
    run = begin_run(connection, ", ".join(map(str, paths)), fingerprint(paths))
    with progress_bar("Taking in alerts", total_bytes(files)) as advance:

        def show(progress: Progress) -> None:
            report = progress.report
            advance(progress.consumed_bytes, f"{report.read} read, {report.stored} new")

        report = ingest_files(
            read_files(files),
            alert_store(connection, settings, count_committed),
            survey=survey,
            batch_alerts=settings.batch_alerts,
            on_progress=show,
        )
    finish_run(
        connection,
        run,
        stored=report.stored,
        duplicates=report.duplicates,
        dead_letters=report.dead_letters,
    )
    return report


def fingerprint(paths: Sequence[Path]) -> str:
    """Changes whenever a file's name, size or time does; equal for the same files untouched."""
    digest = hashlib.sha256()
    for file in find_files(paths):
        if file == STANDARD_INPUT:
            return "standard input"
        facts = file.stat()
        digest.update(f"{file.resolve()}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
