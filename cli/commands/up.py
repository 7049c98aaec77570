"""arrayan up."""

import json
import urllib.parse
import urllib.request
from pathlib import Path

import click
from psycopg import Connection

from cli.classify_worker import worker_beside
from cli.endpoint import endpoint
from cli.metrics_port import metrics_served
from cli.night import fingerprint, take_in
from cli.progress import console, progress_bar
from cli.readiness import readiness_of
from cli.serving import Listener, run_server, take_port
from cli.stores import running_database, writing_connection
from runtime.metrics import API, INGEST
from runtime.settings import Settings, load_settings
from simulate.night import write_night
from storage.ingest_runs import is_finished
from storage.migrate import migrate

SAMPLE_ALERTS = 2000
SAMPLE_SEED = 1
EXAMPLE_QUERY = (
    "{ objects(first: 1, orderBy: {field: DETECTION_COUNT}) "
    "{ nodes { name ra dec detectionCount lastTime bandStatistics { band magnitudeMean } } } }"
)
ANSWER_SECONDS = 30


@click.command()
@click.option(
    "--night",
    type=click.Path(exists=True, readable=True, path_type=Path),
    help="A night to take in: a file, a folder, or a .tar or .tar.gz of packets.  [default: a simulated night]",
)
def up(night: Path | None) -> None:
    """Bring everything up: database, tables, a night of alerts, the classifiers, and the server.

    Without a database of yours (ARRAYAN_DATABASE_URL), a PostgreSQL is run from the data folder
    (ARRAYAN_DATA_DIR, ./data). Run it again and it goes on from there; Ctrl-C stops everything.
    """
    settings = load_settings()
    listener = take_port(settings.host, settings.port)
    with running_database(settings) as url, metrics_served(settings, readiness_of(url), API, INGEST):
        migrate(url)
        with worker_beside(settings, url):
            with writing_connection(url, "up") as connection:
                _take_in_once(connection, settings, night or _sample_night(settings))
            run_server(endpoint(settings, url), listener, lambda: _greet(listener))
    console.print("Stopped. The data is kept; run the same command to go on.")


def _sample_night(settings: Settings) -> Path:
    """The simulated night in the data folder, written on first use."""
    path = settings.data_dir / "nights" / f"simulated-{SAMPLE_ALERTS}-{SAMPLE_SEED}.tar.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"unfinished-{path.name}")
        with progress_bar("Simulating a night", SAMPLE_ALERTS) as advance:
            write_night(
                unfinished,
                alerts=SAMPLE_ALERTS,
                seed=SAMPLE_SEED,
                on_progress=lambda done, _total: advance(done, f"{done} alerts"),
            )
        unfinished.rename(path)
    return path


def _take_in_once(connection: Connection, settings: Settings, night: Path) -> None:
    if is_finished(connection, fingerprint([night])):
        console.print(f"{night} was taken in before.")
        return
    report = take_in(connection, settings, [night])
    console.print(
        f"{night}: {report.read} read, {report.stored} stored, {report.duplicates} were there already, "
        f"{report.dead_letters} dead letters."
    )


def _greet(listener: Listener) -> None:
    """Where things are, and one question with its answer, asked through the door that users take."""
    address = f"{listener.url}/graphql?{urllib.parse.urlencode({'query': EXAMPLE_QUERY})}"
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310
            answer = json.dumps(json.load(response), indent=2)
    except OSError as error:
        answer = f"no answer: {error}"
    click.echo(f"\nPages           {listener.url}/\nGraphiQL        {listener.url}/graphiql")
    click.echo(f"Endpoint        {listener.url}/graphql")
    click.echo(f"Example query   {address}\n{answer}\n\nCtrl-C stops everything; the data stays.")
