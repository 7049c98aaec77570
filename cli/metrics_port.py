"""Serving metrics and health beside other work, where the settings name a port for it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client.registry import Collector

from cli.serving import take_port
from runtime.metrics import PROCESS
from runtime.metrics_server import MetricsServer
from runtime.readiness import Readiness
from runtime.settings import Settings

log = logging.getLogger(__name__)


@contextmanager
def metrics_served(
    settings: Settings,
    readiness: Callable[[], Readiness],
    *registries: Collector,
    process: Collector = PROCESS,
) -> Iterator[None]:
    """Serve metrics meanwhile, unless no ARRAYAN_METRICS_PORT is set; `process` tells of memory and processor time.
    Raises click.ClickException when somebody has the port."""
    if settings.metrics_port is None:
        yield
        return
    listener = take_port(settings.metrics_host, settings.metrics_port, "ARRAYAN_METRICS_PORT")
    with MetricsServer(listener.socket, readiness, *registries, process=process):
        log.info("metrics_served url=%s", f"{listener.url}/metrics")
        yield
