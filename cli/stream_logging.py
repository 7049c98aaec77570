"""What a worker that runs for months says in its log."""

import logging

from runtime.settings import Settings

OUR_FOLDERS = ("cli", "ingest", "runtime", "storage")


def log_to_standard_error(settings: Settings) -> None:
    """Our own lines from `info` on, unless ARRAYAN_LOG_LEVEL says otherwise; of the Kafka client only errors,
    since it speaks of every rebalance and reconnection in its own way and we in ours."""
    if "log_level" not in settings.model_fields_set:
        for folder in OUR_FOLDERS:
            logging.getLogger(folder).setLevel(logging.INFO)
    if settings.log_level != "debug":
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
