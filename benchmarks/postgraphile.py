"""PostGraphile 5, the GraphQL server that reads PostgreSQL's own catalogue, in an environment of its own.

The environment is made once below ~/.cache/arrayan, by npm, from the versions pinned here; the Node that comes
with it is of the version that PostGraphile needs.
"""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.figure import BenchmarkUnavailable
from benchmarks.progress import say
from benchmarks.server_process import free_port, serving

NODE = f"node-linux-{'arm64' if platform.machine() == 'aarch64' else 'x64'}"
"""The package that holds the binary; the package `node` would fetch it by a script."""
PACKAGES = {"postgraphile": "5.1.5", "graphql": "16.15.0", NODE: "22.23.3"}
SCHEMA = "bench_api"
"""Views of our tables, for it would show everything and find no keys on a hypertable that it could follow."""

VIEWS = f"""
DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;
CREATE SCHEMA {SCHEMA};
CREATE VIEW {SCHEMA}.object AS SELECT object_id, name, ra, dec, detection_count, first_mjd, last_mjd, corrected,
  mean_color FROM public.object WHERE survey = 'ZTF';
CREATE VIEW {SCHEMA}.detection AS SELECT object_id, ts, candid, mjd, band, is_positive, magnitude, magnitude_error,
  apparent_magnitude, apparent_magnitude_error, flux, flux_error FROM public.detection;
COMMENT ON VIEW {SCHEMA}.object IS E'@primaryKey object_id\\n@unique name';
COMMENT ON VIEW {SCHEMA}.detection IS
  E'@primaryKey object_id,ts,candid\\n@foreignKey (object_id) references {SCHEMA}.object (object_id)';
"""

CONFIGURATION = """
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";

export default {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({
    connectionString: process.env.BENCH_DATABASE_URL, schemas: [process.env.BENCH_SCHEMA],
    poolConfig: { max: 8 },
  })],
  grafserv: { host: "127.0.0.1", port: Number(process.env.BENCH_PORT), watch: false, graphiql: false },
  grafast: { explain: false },
};
"""


@contextmanager
def postgraphile(database_url: str) -> Iterator[str]:
    """Its address while it serves the views of a database. Raises BenchmarkUnavailable."""
    folder = _environment()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(VIEWS)
    port = free_port()
    environment = {
        **os.environ,
        "BENCH_DATABASE_URL": database_url,
        "BENCH_SCHEMA": SCHEMA,
        "BENCH_PORT": str(port),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    command = [str(folder / "node_modules" / NODE / "bin/node"), "node_modules/postgraphile/dist/cli-run.js"]
    with serving(command, port, cwd=folder, environment=environment):
        yield f"http://127.0.0.1:{port}"


def _environment() -> Path:
    folder = Path(os.environ.get("ARRAYAN_CACHE", Path.home() / ".cache" / "arrayan")) / "postgraphile"
    wanted = json.dumps(PACKAGES, sort_keys=True)
    finished = folder / "finished.json"
    if not (finished.exists() and finished.read_text() == wanted):
        npm = shutil.which("npm")
        if npm is None:
            raise BenchmarkUnavailable("there is no npm to get PostGraphile with")
        say(f"installing {PACKAGES} below {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        _install(npm, folder, PACKAGES)
        finished.write_text(wanted)
    (folder / "graphile.config.mjs").write_text(CONFIGURATION)
    return folder


def _install(npm: str, folder: Path, packages: Mapping[str, str]) -> None:
    names = [f"{name}@{version}" for name, version in packages.items()]
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *names],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise BenchmarkUnavailable(f"npm cannot install PostGraphile: {done.stderr.strip()[-300:]}")
