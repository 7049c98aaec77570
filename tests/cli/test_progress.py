"""What a person who waits sees is what was meant, to the letter."""

import io

import pytest
from rich.console import Console

from cli import progress, stream_progress
from ingest.report import IngestReport
from ingest.stream_worker import StreamProgress

PATTERN = "topics like lsst-[a-z]+[/red]-:night:"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The console of the commands, on a narrow terminal that is written down."""
    written = io.StringIO()
    console = Console(
        file=written, force_terminal=True, width=200, color_system=None, highlight=False, markup=False, emoji=False
    )
    monkeypatch.setattr(progress, "console", console)
    monkeypatch.setattr(stream_progress, "console", console)
    return written


def test_a_pattern_of_topics_is_shown_as_it_is(terminal: io.StringIO) -> None:
    with stream_progress.stream_progress(f"Taking in {PATTERN}") as tell:
        tell(StreamProgress(IngestReport(7, 5, 1, 1), lag=12_345))
    assert f"Taking in {PATTERN}: " in terminal.getvalue()
    assert "lag 12,345" in terminal.getvalue()


def test_a_name_in_a_bar_is_shown_as_it_is(terminal: io.StringIO) -> None:
    with progress.progress_bar(PATTERN, 10) as advance:
        advance(10, "[b]10[/c] alerts")
    assert PATTERN in terminal.getvalue()
    assert "[b]10[/c] alerts" in terminal.getvalue()


def test_a_long_line_in_a_log_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    line = f"/nights/[red]/{'long/' * 40}night.tar: 12 read."
    progress.console.print(line)
    assert capsys.readouterr().err.splitlines() == [line]
