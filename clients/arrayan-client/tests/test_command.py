"""The command `arrayan-client`, as it is installed."""

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from arrayan_client import Arrayan
from arrayan_client.cli.main import parser, run

COMMANDS = sorted(next(action.choices for action in parser()._actions if isinstance(action.choices, dict)))


class Ran:
    """The command run to its end in this process, which is quicker than in one of its own."""

    def __init__(self, *arguments: object, stdin: str = "") -> None:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), mock_stdin(stdin):
            try:
                self.code = run(list(map(str, arguments)))
            except SystemExit as ended:
                self.code = int(ended.code or 0)
        self.out, self.err = out.getvalue(), err.getvalue()

    def rows(self) -> list[dict[str, str]]:
        assert self.code == 0, self.err
        return list(csv.DictReader(io.StringIO(self.out)))


@contextmanager
def mock_stdin(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert f"example: arrayan-client {command}" in " ".join(shown.split())


def test_objects_in_every_format(url: str, arrayan: Arrayan, tmp_path: Path) -> None:
    wanted = arrayan.query_objects(ndet=2, limit=7)
    rows = Ran("objects", "--ndet", 2, "-n", 7, "-f", "csv").rows()
    assert [row["name"] for row in rows] == wanted["name"]
    assert [float(row["ra"]) for row in rows] == wanted["ra"]
    told = Ran("objects", "--ndet", 2, "-n", 7)
    assert told.out.splitlines()[1].split()[1] == wanted[0].name
    assert "only the first 7 rows" in told.err
    assert [row["name"] for row in json.loads(Ran("objects", "--ndet", "2:", "-n", 7, "-f", "json").out)] == wanted[
        "name"
    ]
    for ending in ("parquet", "vot", "fits", "csv"):
        done = Ran("objects", "-n", 3, "-o", tmp_path / f"rows.{ending}")
        assert (done.code, done.out) == (0, "")
        assert (tmp_path / f"rows.{ending}").stat().st_size > 0
    refused = Ran("objects", "-f", "parquet")
    assert refused.code == 1
    assert "--output FILE" in refused.err


def test_an_object_and_all_of_it(arrayan: Arrayan, busiest: str, tmp_path: Path) -> None:
    assert json.loads(Ran("object", busiest, "-f", "json").out)["name"] == busiest
    detections = arrayan.query_detections(busiest)
    rows = Ran("lightcurve", busiest, "--table", "detections", "-f", "csv").rows()
    assert [int(row["candid"]) for row in rows] == detections["candid"]
    assert len(Ran("lightcurve", busiest, "-f", "csv").rows()) > len(rows)
    probabilities = Ran("probabilities", busiest, "-f", "csv").rows()
    assert [float(row["probability"]) for row in probabilities] == arrayan.query_probabilities(busiest)[
        "probability"
    ]
    assert len(Ran("features", busiest, "-f", "csv").rows()) == len(arrayan.query_features(busiest))
    assert Ran("packet", busiest).out.startswith("schemavsn")
    files = Ran("stamps", busiest, "-d", tmp_path).out.split()
    assert len(files) == 3
    assert all(Path(file).read_bytes().startswith(b"SIMPLE") for file in files)
    for command in ("lightcurve", "stamps"):
        assert Ran(command, busiest, "--plot", tmp_path / "plot.png").code == 0
        assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_places_and_tables(arrayan: Arrayan, busiest: str, tmp_path: Path) -> None:
    target = arrayan.query_object(busiest)
    for words in ([target.ra, target.dec], [f"{target.ra} {target.dec}"]):
        assert Ran("cone", "-r", 5, "-f", "csv", "--", *words).rows()[0]["name"] == busiest
    table = f"id,ra,dec\nmine,{target.ra},{target.dec}\nnothing,1.0,-89.5\n"
    (tmp_path / "targets.csv").write_text(table)
    (match,) = Ran("crossmatch", tmp_path / "targets.csv", "-f", "csv").rows()
    assert (match["target"], match["name"]) == ("mine", busiest)
    both = Ran("crossmatch", "-", "--all", "-f", "csv", stdin=table).rows()
    assert [row["name"] for row in both] == [busiest, ""]
    arrayan.query_objects(oid=busiest).write(tmp_path / "targets.parquet")
    arrayan.query_objects(oid=busiest).write(tmp_path / "targets.vot")
    for ending in ("parquet", "vot"):
        assert Ran("crossmatch", tmp_path / f"targets.{ending}", "-f", "csv").rows()[0]["name"] == busiest
    for catalog in arrayan.query_catalogs():
        assert catalog.name in Ran("catalogs").out
    assert Ran("catalog", 1, 2, "-r", 1).code == 0


def test_classes_nights_and_files(arrayan: Arrayan, tmp_path: Path) -> None:
    classifiers = Ran("classifiers", "-f", "csv").rows()
    assert [row["name"] for row in classifiers] == arrayan.query_classifiers()["name"]
    name = classifiers[0]["name"]
    assert [row["name"] for row in Ran("classes", name, "-f", "csv").rows()] == arrayan.query_classes(name)["name"]
    assert Ran("nights", "-f", "csv").rows()[0]["night"] == arrayan.query_nights()[0].night
    done = Ran("download", tmp_path / "all.csv", "--where", '{"detectionCount": {"gte": 2}}')
    assert done.code == 0
    assert (tmp_path / "all.csv").read_text().startswith("object_id,survey,name")


def test_events_go_on_where_they_ended(tmp_path: Path) -> None:
    state = tmp_path / "last"
    first = Ran("subscribe", "--kind", "detected", "--after", 0, "-n", 2, "-f", "json", "--state", state)
    lines = [json.loads(line) for line in first.out.splitlines()]
    assert state.read_text().strip() == lines[-1]["event_id"]
    more = Ran("subscribe", "--kind", "detected", "-n", 2, "-f", "json", "--state", state)
    again = Ran("subscribe", "--kind", "detected", "--after", 0, "-n", 4, "-f", "json")
    assert first.out + more.out == again.out
    assert len(Ran("subscribe", "--after", 0, "-n", 3).out.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["object", "ZTF00nothing"], "there is no object 'ZTF00nothing' of ZTF"),
        (["cone", "10", "95"], "dec must lie between -90 and 90 degrees"),
        (["crossmatch", "nowhere.csv"], "nowhere.csv cannot be read: No such file"),
        (["crossmatch", "-"], "standard input is empty"),
        (["classes", "nobody"], "there is no classifier 'nobody'"),
        (["objects", "--class", "SN"], "need a classifier"),
        (["objects", "--order-by", "beauty"], "BEAUTY"),
        (["subscribe", "--after", "garbage"], "is no id of an event"),
        (["stamps", "ZTF00nothing"], "there is no object"),
        (["download", "objects.xyz"], "no format 'xyz'"),
        (["--token", "arrayan_wrong", "nights"], "ARRAYAN_TOKEN"),
        (["--url", "nonsense", "nights"], "must begin with http"),
        (["--url", "http://127.0.0.1:1", "nights"], "does not answer"),
    ],
)
def test_what_goes_wrong_is_said_in_words(url: str, arguments: list[str], said: str) -> None:
    done = Ran(*arguments)
    assert done.code == 1
    assert done.err.startswith("arrayan-client: ")
    assert said in done.err
    assert done.out == ""


def test_the_installed_command_is_the_same(url: str) -> None:
    program = shutil.which("arrayan-client")
    for start in ([program] if program else [], [sys.executable, "-m", "arrayan_client"]):
        if start:
            good = subprocess.run([*start, "nights", "-f", "csv"], capture_output=True, text=True, check=True)
            assert good.stdout == Ran("nights", "-f", "csv").out
            bad = subprocess.run([*start, "object", "ZTF00nothing"], capture_output=True, text=True, check=False)
            assert (bad.returncode, bad.stdout) == (1, "")
            assert "there is no object" in bad.stderr
            assert "Traceback" not in bad.stderr


def test_misuse_shows_how_it_is_used() -> None:
    for arguments in ([], ["nothing"], ["objects", "--ndet", "many"], ["objects", "--where", "{"]):
        done = Ran(*arguments)
        assert done.code == 2
        assert "usage: arrayan-client" in done.err


def test_who_reads_no_further_is_no_error(url: str) -> None:
    program = [sys.executable, "-m", "arrayan_client", "objects", "-n", "all", "-f", "csv"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.wait(60) == 0
        assert running.stderr.read() == ""
