"""arrayan serve."""

import logging

import click

from cli.endpoint import endpoint
from cli.metrics_port import metrics_served
from cli.readiness import readiness_of
from cli.serving import run_server, take_port, take_port_to_share
from cli.stores import running_database, writing_connection
from cli.workers import PART, run_workers, workers
from runtime.metrics import API, WORKERS
from runtime.readiness import Readiness
from runtime.settings import Settings, load_settings
from runtime.worker_metrics import CountedByWorkers, Processes
from storage.database import most_connections
from storage.passing_files import CONNECTIONS

log = logging.getLogger(__name__)

CONNECTIONS_BESIDE = 2 + CONNECTIONS
"""Of a worker: for events, for a sky map that is kept, and for tables that are matched."""


@click.command()
@click.option("--host", help="Address to listen on.  [default: ARRAYAN_HOST, else 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.  [default: ARRAYAN_PORT, else 8000]",
)
@click.option(
    "--workers",
    "number",
    type=click.IntRange(1, 256),
    help="Processes that answer, each on a core of its own.  [default: ARRAYAN_WORKERS, else 1]",
)
def serve(host: str | None, port: int | None, number: int | None) -> None:
    """Serve the GraphQL endpoint, GraphiQL and stamps until Ctrl-C.

    `/graphql` is the endpoint, `/graphiql` the explorer, `/healthz` and `/readyz` say whether the server
    is well. Metrics have a port of their own, ARRAYAN_METRICS_PORT.
    """
    settings = load_settings()
    chosen = {"host": host, "port": port, "workers": number}
    settings = settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    if settings.workers == 1:
        _serve_alone(settings)
    else:
        _serve_together(settings)


def _serve_alone(settings: Settings) -> None:
    listener = take_port(settings.host, settings.port)
    with running_database(settings) as url:
        with writing_connection(url, "serve"):
            pass
        app = endpoint(settings, url)
        with metrics_served(settings, readiness_of(url), API):
            run_server(app, listener, lambda: click.echo(f"Serving on {listener.url}/graphql (Ctrl-C stops)."))


def _serve_together(settings: Settings) -> None:
    listener, readiness = take_port_to_share(settings.host, settings.port), Readiness(PART)
    with running_database(settings) as url, workers(settings, url, listener, readiness) as crew:
        with writing_connection(url, "serve") as connection:
            _check_connections(settings, most_connections(connection))
        counted = [] if crew.metrics_folder is None else [CountedByWorkers(crew.metrics_folder, API)]
        together = Processes(lambda: crew.pids)
        with metrics_served(settings, readiness_of(url, readiness), WORKERS, *counted, process=together):
            run_workers(
                crew,
                lambda: click.echo(
                    f"Serving on {listener.url}/graphql with {settings.workers} workers (Ctrl-C stops)."
                ),
            )


def _check_connections(settings: Settings, allowed: int) -> None:
    wanted = settings.workers * (settings.database_connections + settings.downloads + CONNECTIONS_BESIDE)
    if wanted > allowed:
        log.warning("workers_want_connections wanted=%s allowed=%s", wanted, allowed)
