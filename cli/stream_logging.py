"""What a worker that runs for months says in its log."""

import logging
import time

from runtime.settings import Settings

OUR_FOLDERS = ("classify", "cli", "ingest", "runtime", "storage")
CLIENT = "kafka"
CLIENT_REPEATS_SECONDS = 60.0


def log_to_standard_error(settings: Settings) -> None:
    """Our own lines from `info` on, unless ARRAYAN_LOG_LEVEL says otherwise; of the Kafka client only errors, and
    each kind once a minute: it tells of every attempt to reach a broker that is away."""
    if "log_level" not in settings.model_fields_set:
        for folder in OUR_FOLDERS:
            logging.getLogger(folder).setLevel(logging.INFO)
    if settings.log_level != "debug":
        seldom = _Seldom()
        for handler in logging.getLogger().handlers:
            handler.addFilter(seldom)


def silence_client(settings: Settings) -> None:
    """For a command that ends with an error of its own when no broker answers."""
    if settings.log_level != "debug":
        for handler in logging.getLogger().handlers:
            handler.addFilter(lambda record: record.name.partition(".")[0] != CLIENT)


class _Seldom(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._next: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] != CLIENT:
            return True
        now, kind = time.monotonic(), f"{record.name} {record.msg}"
        if record.levelno < logging.ERROR or now < self._next.get(kind, 0.0):
            return False
        self._next[kind] = now + CLIENT_REPEATS_SECONDS
        record.exc_info = None  # where in the client a connection broke tells an operator nothing
        return True
