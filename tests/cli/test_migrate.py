"""`arrayan migrate`: from nothing, and again."""

from pathlib import Path

from tests.support.command import Command


def test_tables_come_once_and_a_second_run_changes_nothing(empty_database_url: str, tmp_path: Path) -> None:
    arrayan = Command({"ARRAYAN_DATABASE_URL": empty_database_url, "ARRAYAN_DATA_DIR": str(tmp_path)})
    before = arrayan("status")
    assert before.code == 1
    assert "run `arrayan migrate`" in before.err
    first, second = arrayan("migrate"), arrayan("migrate")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert "tables are at revision" in first.out
    assert arrayan("status").code == 0


def test_without_a_database_one_is_run_from_the_data_folder(server_folder: Path) -> None:
    arrayan = Command({"ARRAYAN_DATA_DIR": str(server_folder / "data")})
    assert arrayan("migrate").code == 0
    ran = arrayan("status")
    assert (ran.code, ran.out.splitlines()[0].endswith("(embedded)")) == (0, True)
    assert not list((server_folder / "data").rglob("postmaster.pid"))
