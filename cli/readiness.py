"""What a process answers on its metrics port when it is asked whether it can work."""

from collections.abc import Callable

from runtime.readiness import Readiness
from storage.readiness import writing_problem

DATABASE = "database"


def readiness_of(database_url: str, noted: Readiness | None = None) -> Callable[[], Readiness]:
    """A question that asks the database each time, and adds what the process has noted on its way."""

    def ask() -> Readiness:
        now = Readiness() if noted is None else noted.copy()
        now.note(DATABASE, writing_problem(database_url))
        return now

    return ask
