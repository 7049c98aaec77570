"""arrayan serve."""

import click

from api.app import create_app
from cli.serving import run_server, take_port
from cli.stores import reader_of, running_database, writing_connection
from runtime.settings import load_settings
from storage.packet_archive import PacketArchive


@click.command()
@click.option("--host", help="Address to listen on.  [default: ARRAYAN_HOST, else 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.  [default: ARRAYAN_PORT, else 8000]",
)
def serve(host: str | None, port: int | None) -> None:
    """Serve the GraphQL endpoint, GraphiQL and stamps until Ctrl-C.

    `/graphql` is the endpoint, `/graphiql` the explorer, `/healthz` says whether the server is well.
    """
    settings = load_settings()
    listener = take_port(host or settings.host, settings.port if port is None else port)
    with running_database(settings) as url:
        with writing_connection(url, "serve"):
            pass
        app = create_app(reader_of(url, settings), PacketArchive(settings.packet_archive))
        run_server(app, listener, lambda: click.echo(f"Serving on {listener.url}/graphql (Ctrl-C stops)."))
