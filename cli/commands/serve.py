"""arrayan serve."""

import click

from api.app import create_app
from api.live.limits import LiveLimits
from cli.client_limits import client_limits
from cli.metrics_port import metrics_served
from cli.name_resolver import name_resolver
from cli.readiness import readiness_of
from cli.serving import run_server, take_port
from cli.stores import reader_of, running_database, writing_connection
from runtime.metrics import API
from runtime.settings import load_settings
from storage.packet_archive import PacketArchive
from storage.skymaps import SkymapStore


@click.command()
@click.option("--host", help="Address to listen on.  [default: ARRAYAN_HOST, else 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.  [default: ARRAYAN_PORT, else 8000]",
)
def serve(host: str | None, port: int | None) -> None:
    """Serve the GraphQL endpoint, GraphiQL and stamps until Ctrl-C.

    `/graphql` is the endpoint, `/graphiql` the explorer, `/healthz` and `/readyz` say whether the server
    is well. Metrics have a port of their own, ARRAYAN_METRICS_PORT.
    """
    settings = load_settings()
    listener = take_port(host or settings.host, settings.port if port is None else port)
    with running_database(settings) as url:
        with writing_connection(url, "serve"):
            pass
        app = create_app(
            reader_of(url, settings),
            PacketArchive(settings.packet_archive),
            skymaps=SkymapStore(url),
            trusted_documents=settings.trusted_documents,
            limits=client_limits(settings),
            live=LiveLimits.of(settings),
            name_resolver=name_resolver(settings),
        )
        with metrics_served(settings, readiness_of(url), API):
            run_server(app, listener, lambda: click.echo(f"Serving on {listener.url}/graphql (Ctrl-C stops)."))
