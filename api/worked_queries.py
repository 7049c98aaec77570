"""The worked queries of the manual, `docs/graphql/`: what GraphiQL offers is what the manual shows."""

from dataclasses import dataclass
from pathlib import Path

from api.operation_name import operation_name

FOLDER = Path(__file__).parent.parent / "docs" / "graphql"


@dataclass(frozen=True, slots=True)
class WorkedQuery:
    """One named operation under a comment that says what it answers, and the variables to ask it with."""

    query: str
    variables: str
    """A JSON object."""

    @property
    def name(self) -> str:
        """The name of the operation."""
        return operation_name(self.query)

    @property
    def question(self) -> str:
        """What it answers, in a line: the first of the comment."""
        return self.query.partition("\n")[0].lstrip("# ")


def worked_queries() -> list[WorkedQuery]:
    """All of them, in the order of their file names."""
    return [worked_query(file) for file in sorted(FOLDER.glob("*.graphql"))]


def worked_query(file: Path) -> WorkedQuery:
    """The query of a `.graphql` file, with the variables of the `.json` file beside it."""
    return WorkedQuery(
        file.read_text(encoding="utf-8"), file.with_suffix(".json").read_text(encoding="utf-8").strip()
    )
