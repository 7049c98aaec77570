"""The log: one line for each event, on standard error, for a person or as JSON.

An event is a name and fields, written where it happens as a template of the standard library's logging:

    log.error("store_unavailable retry_seconds=%s error=%s", seconds, error)

A person gets that line. As JSON, the template tells the fields apart from their values, which stay numbers where
they are numbers and may hold any text. What other packages log has the whole message for its event.
"""

import json
import logging
import math
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from runtime.settings import Settings

EVENT = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?P<fields>(?: [a-z][a-z0-9_]*=%[0-9.]*[a-z])*)")
"""The form of our own events; a test holds every call to it."""
FIELD = re.compile(r" (\w+)=%[0-9.]*[a-z]")

log = logging.getLogger(__name__)


def configure_logs(settings: Settings) -> None:
    """Write the log of this process to standard error, in the form and from the level that the settings say."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, StandardError)]:
        root.removeHandler(handler)
    handler = StandardError()
    handler.setFormatter(JsonLines() if settings.log_format == "json" else HumanLines())
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    logging.captureWarnings(True)
    if settings.log_format == "json":
        sys.excepthook = _log_unforeseen


def is_for_machines() -> bool:
    """Whether this process writes its log as JSON, and nothing else may be in between."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers)


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class HumanLines(logging.Formatter):
    """Time (UTC), level, logger and event with its fields, in one line; a traceback follows in its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        return _time_of(record)


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, event, fields, and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = _event_of(record)
        line: dict[str, Any] = {
            "time": _time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event,
            "fields": fields,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _event_of(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    found = EVENT.fullmatch(str(record.msg))
    if found is None or not isinstance(record.args, tuple | None):
        return record.getMessage(), {}
    names = FIELD.findall(found["fields"])
    values = record.args or ()
    if len(names) != len(values):
        return record.getMessage(), {}
    return found["name"], {name: _plain(value) for name, value in zip(names, values, strict=True)}


def _plain(value: object) -> Any:
    """The value itself where JSON has it, else its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or type(value) in (bool, int, float) else str(value)


def _time_of(record: logging.LogRecord) -> str:
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return time.replace("+00:00", "Z")


def _log_unforeseen(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    log.critical("process_failed error=%s", repr(error), exc_info=(kind, error, traceback))
