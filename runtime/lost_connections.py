"""Why connections to Kafka were lost. The client writes the reasons into its log only, and then says that it cannot
begin; so a certificate that is not trusted looks like a broker that is away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

CLIENT_LOGGER = "kafka.net.connection"
SAID_BEFORE = "Connection lost: "
RUN_OUT = "RequestTimedOutError"


class LostConnections(logging.Handler):
    """Hears what the client writes; `reason` is that of the first connection it lost, rather than of those
    that end because patience does; empty when it lost none."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        reason = record.getMessage().partition(SAID_BEFORE)[2]
        if not self.reason or RUN_OUT in self.reason:
            self.reason = reason or self.reason


@contextmanager
def lost_connections() -> Iterator[LostConnections]:
    """Listens meanwhile."""
    losses, logger = LostConnections(), logging.getLogger(CLIENT_LOGGER)
    logger.addHandler(losses)
    try:
        yield losses
    finally:
        logger.removeHandler(losses)
