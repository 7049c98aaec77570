"""What came of each observing night: counted with every batch, in its transaction.

Only what is counted as stored once is counted here, so the table does not depend on repeats, order or batches.
Dead letters are counted where they lie: a retry takes them off the count by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from psycopg import Connection

from domain.alert import Alert
from domain.latency import bucket_counts
from domain.night import night_of
from domain.survey import SurveyName
from domain.time import datetime_from_mjd
from storage.cursor import InvalidCursor, decode_cursor, encode_cursor
from storage.reader import Reader


class Night(NamedTuple):
    """A night of a survey: alerts stored, dead letters that wait, latency in the buckets of domain.latency, and
    answers of classifiers that alerts of the night caused."""

    survey: SurveyName
    night: date
    stored: int
    dead_letters: int
    latency: list[int]
    classified: int

    @property
    def cursor(self) -> str:
        return encode_cursor([self.night.isoformat(), self.survey.value])


class NightKey(NamedTuple):
    """What names a night of a survey."""

    survey: SurveyName
    night: date


class NightClass(NamedTuple):
    """How many answers of a classifier, of whatever version, alerts of a night caused that name a class as the most
    probable."""

    classifier: str
    class_: str
    answers: int


def count_stored(connection: Connection, alerts: Iterable[Alert], now: datetime) -> None:
    """Count alerts that were not there before. The last statement of a transaction: other writers of the same
    night wait from here to the commit. Everyone takes rows in the order of their keys."""
    nights: dict[tuple[str, date], list[float]] = defaultdict(list)
    for alert in alerts:
        mjd = alert.detection.mjd
        latency = now - datetime_from_mjd(mjd)
        nights[alert.survey.value, night_of(alert.survey, mjd)].append(latency.total_seconds())
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO night (survey, night, stored, latency) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (survey, night) DO UPDATE SET stored = night.stored + excluded.stored, latency = "
            "(SELECT array_agg(held + added ORDER BY place) "
            "FROM unnest(night.latency, excluded.latency) WITH ORDINALITY AS bucket(held, added, place))",
            [(*key, len(nights[key]), bucket_counts(nights[key])) for key in sorted(nights)],
        )


def count_classified(
    connection: Connection, classifier: str, causes: Iterable[tuple[SurveyName, float, str]]
) -> None:
    """Count the answers of a classifier, each by the survey and the MJD of the alert that caused it and by its most
    probable class. The last statements of a transaction, like count_stored, and in the same order."""
    classes = Counter((survey.value, night_of(survey, mjd), class_) for survey, mjd, class_ in causes)
    nights: Counter[tuple[str, date]] = Counter()
    for (survey, night, _), answers in classes.items():
        nights[survey, night] += answers
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO night (survey, night, stored, latency, classified) VALUES (%s, %s, 0, %s, %s) "
            "ON CONFLICT (survey, night) DO UPDATE SET classified = night.classified + excluded.classified",
            [(*key, bucket_counts([]), nights[key]) for key in sorted(nights)],
        )
        cursor.executemany(
            "INSERT INTO night_class (survey, night, classifier, class, answers) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (survey, night, classifier, class) DO UPDATE "
            "SET answers = night_class.answers + excluded.answers",
            [(*key[:2], classifier, key[2], classes[key]) for key in sorted(classes)],
        )


async def list_nights(reader: Reader, survey: SurveyName | None, *, limit: int, after: str | None) -> list[Night]:
    """Nights of one survey or of all, newest first. Raises InvalidCursor."""
    after_night, after_survey = (None, None) if after is None else _place(after)
    rows = await reader.rows(
        "SELECT survey, night, coalesce(n.stored, 0), coalesce(d.dead_letters, 0), coalesce(n.latency, '{}'), "
        "coalesce(n.classified, 0) "
        "FROM night n FULL JOIN (SELECT survey, night, count(*) AS dead_letters FROM dead_letter "
        "WHERE resolved_at IS NULL AND night IS NOT NULL GROUP BY survey, night) d USING (survey, night) "
        "WHERE (%(survey)s::text IS NULL OR survey = %(survey)s) AND (%(after_night)s::date IS NULL "
        "OR night < %(after_night)s OR (night = %(after_night)s AND survey > %(after_survey)s::text)) "
        "ORDER BY night DESC, survey LIMIT %(limit)s",
        {"survey": survey, "after_night": after_night, "after_survey": after_survey, "limit": limit},
    )
    return [Night(SurveyName(row[0]), *row[1:]) for row in rows]


async def classes_of_nights(reader: Reader, keys: Sequence[NightKey]) -> dict[NightKey, list[NightClass]]:
    """What classifiers answered for alerts of nights, by classifier, the most frequent class first."""
    rows = await reader.rows(
        "SELECT survey, night, classifier, class, answers "
        "FROM unnest(%s::text[], %s::date[]) AS given(survey, night) JOIN night_class USING (survey, night) "
        "ORDER BY survey, night, classifier, answers DESC, class",
        ([key.survey.value for key in keys], [key.night for key in keys]),
    )
    found: dict[NightKey, list[NightClass]] = {}
    for survey, night, *values in rows:
        found.setdefault(NightKey(SurveyName(survey), night), []).append(NightClass(*values))
    return found


def _place(cursor: str) -> tuple[date, str]:
    night, survey = decode_cursor(cursor, [str, str])
    try:
        return date.fromisoformat(night), survey
    except ValueError as error:
        raise InvalidCursor("the cursor belongs to another list") from error
