"""What the command writes."""

import sys
from pathlib import Path
from typing import Any

from arrayan_client.errors import InvalidInput
from arrayan_client.rows import Rows
from arrayan_client.tables import as_document

TEXT_FORMATS = ("table", "csv", "json")
FORMATS = (*TEXT_FORMATS, "parquet", "vot", "fits")


def write_rows(rows: Rows[Any], form: str | None, output: Path | None) -> None:
    """To a file, or to standard output. A table that was cut short says so on standard error."""
    if output is not None:
        rows.write(output, form or (None if output.suffix else "csv"))
        note(f"{len(rows)} rows in {output}")
    elif (form or "table") in TEXT_FORMATS:
        sys.stdout.write(as_document(rows.to_columns(), form or "table"))
    else:
        raise InvalidInput(f"{form} is no text", hint="Name a file for it: --output FILE.")
    if not rows.complete:
        note(f"only the first {len(rows)} rows: --limit N gives more, --limit all gives all")


def note(text: str) -> None:
    """A remark, beside what was asked for."""
    sys.stderr.write(f"{text}\n")
