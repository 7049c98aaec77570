"""Answers as a table, for people and notebooks: one row per object and classifier."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from classify.classifier import Classifier, Need, Subject
from classify.outcomes import outcomes_of
from domain.classification import Classification, Deferral, Failure, Outcome, ranked
from domain.errors import ArrayanError

BATCH_OBJECTS = 200
COLUMNS = ("name", "survey", "candid", "classifier", "version", "class", "probability", "failure")
"""Then come the probabilities of the classes, as p_<class>; empty where a classifier has no such class."""

Row = dict[str, Any]


class CannotWriteTable(ArrayanError):
    """A table of a kind that we cannot write."""


class Gathered(Protocol):
    """Objects from somewhere."""

    def subjects(self, needs: Need) -> Iterable[Subject | Failure | Deferral]: ...

    def name_of(self, object_id: int) -> tuple[str, str]: ...


def classified_rows(gathered: Gathered, classifiers: Sequence[Classifier]) -> Iterator[Row]:
    """What each classifier says of each object, in the order of the objects."""
    for classifier in classifiers:
        given = iter(gathered.subjects(classifier.needs))
        while items := list(islice(given, BATCH_OBJECTS)):
            outcomes = iter(outcomes_of(classifier, [item for item in items if isinstance(item, Subject)]))
            for item in items:
                yield _row(gathered, classifier, next(outcomes) if isinstance(item, Subject) else item)


def _row(gathered: Gathered, classifier: Classifier, outcome: Outcome) -> Row:
    survey, name = gathered.name_of(outcome.object_id)
    row: Row = {"name": name, "survey": survey, "classifier": classifier.name, "version": classifier.version}
    if isinstance(outcome, Classification):
        first = ranked(outcome.probabilities)[0]
        row |= {"candid": outcome.candid, "class": first.name, "probability": first.probability}
        row |= {f"p_{leaf}": probability for leaf, probability in outcome.probabilities.items()}
    else:
        row["failure"] = outcome.reason
    return row


def write_table(path: Path, rows: Sequence[Row], classifiers: Sequence[Classifier]) -> None:
    """Write rows as CSV or Parquet, by the ending of the name. Raises CannotWriteTable."""
    leaves = dict.fromkeys(f"p_{leaf}" for classifier in classifiers for leaf in classifier.taxonomy.leaves)
    columns = (*COLUMNS, *leaves)
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return
    require_writable(path)
    import pyarrow
    from pyarrow.parquet import write_table as write_parquet

    kinds = {"candid": pyarrow.int64(), "probability": pyarrow.float64()} | dict.fromkeys(leaves, pyarrow.float64())
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in columns])
    write_parquet(pyarrow.Table.from_pylist(list(rows), schema=schema), path)


def require_writable(path: Path) -> None:
    """Raise CannotWriteTable, before any long work, for a table that we could not write."""
    if path.suffix == ".csv":
        return
    if path.suffix != ".parquet":
        raise CannotWriteTable(f"{path} should end in .csv or .parquet")
