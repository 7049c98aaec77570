"""The Explorer's form: from what was typed to a filter of the endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.pages.asking import Question
from api.pages.form import Form
from domain.survey import SurveyName

ROWS_PER_PAGE = 50
DEFAULT_RADIUS_ARCSEC = 30.0
MOST_RADIUS_ARCSEC = 36_000.0
MOST_COUNT = 1_000_000
SURVEYS = {survey.value: survey.value for survey in SurveyName}

ORDERS: Mapping[str, str] = {
    "LAST_MJD": "Last detection",
    "FIRST_MJD": "First detection",
    "DETECTION_COUNT": "Detections",
    "PROBABILITY": "Probability",
    "DURATION": "Duration",
    "NAME": "Name",
    "RA": "Right ascension",
    "DEC": "Declination",
    "SKYMAP_PROBABILITY": "Sky map",
}
SKYMAP_ORDER = "SKYMAP_PROBABILITY"
DEFAULT_LEVEL = 0.9
DIRECTIONS: Mapping[str, str] = {"DESC": "down", "ASC": "up"}


class Column(NamedTuple):
    """A column of the table of results; `order` is what a click on its head sorts by, where that can be."""

    name: str
    title: str
    order: str | None = None
    is_shown: bool = True
    is_number: bool = False


COLUMNS = (
    Column("name", "Object", "NAME"),
    Column("survey", "Survey", is_shown=False),
    Column("class", "Class", "PROBABILITY"),
    Column("detections", "Detections", "DETECTION_COUNT", is_number=True),
    Column("limits", "Limits", is_shown=False, is_number=True),
    Column("first", "First (UTC)", "FIRST_MJD"),
    Column("last", "Last (UTC)", "LAST_MJD"),
    Column("first_mjd", "First (MJD)", "FIRST_MJD", is_shown=False, is_number=True),
    Column("last_mjd", "Last (MJD)", "LAST_MJD", is_shown=False, is_number=True),
    Column("duration", "Duration (d)", "DURATION", is_number=True),
    Column("ra", "RA (deg)", "RA", is_number=True),
    Column("dec", "Dec (deg)", "DEC", is_number=True),
    Column("hms", "RA Dec (hms)", is_shown=False),
    Column("color", "g - r", is_shown=False, is_number=True),
    Column("apparent_color", "g - r apparent", is_shown=False, is_number=True),
    Column("corrected", "Corrected", is_shown=False),
    Column("stellar", "Stellar", is_shown=False),
    Column("healpix", "HEALPix (order 10)", is_shown=False),
    Column("links", "Elsewhere", is_shown=False),
    Column("level", "Sky map level", "SKYMAP_PROBABILITY", is_shown=False, is_number=True),
)


class Search(NamedTuple):
    """What is to be asked, and how the answer is to be shown."""

    where: dict[str, Any]
    order: str
    direction: str
    columns: list[str]
    after: str | None
    before: str | None

    @property
    def question(self) -> Question:
        return Question.of(
            "explorer",
            where=self.where,
            orderBy=[{"field": self.order, "direction": self.direction}],
            first=None if self.before else ROWS_PER_PAGE,
            after=self.after,
            last=ROWS_PER_PAGE if self.before else None,
            before=self.before,
        )


def read_search(form: Form, classifiers: Mapping[str, list[str]], catalogs: Sequence[str]) -> Search:
    """The search that a form describes; mistakes are noted in the form. `classifiers` have their classes."""
    order = form.choice("order", list(ORDERS), "LAST_MJD")
    if order == "PROBABILITY" and not form.text("classifier"):
        if form.text("order"):
            form.mistakes["order"] = "choose a classifier to sort by its probability"
        order = "LAST_MJD"
    if order == SKYMAP_ORDER and not form.text("skymap"):
        form.mistakes["order"] = "name a sky map to sort by its probability"
        order = "LAST_MJD"
    names = [column.name for column in COLUMNS]
    columns = [name for name in form.several("column") if name in names]
    return Search(
        where=_where(form, classifiers, catalogs),
        order=order,
        direction=form.choice("direction", list(DIRECTIONS), "DESC"),
        columns=columns or [column.name for column in COLUMNS if column.is_shown],
        after=form.text("after") or None,
        before=form.text("before") or None,
    )


def rows_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of an answer, each with its place in the sky map that is asked for."""
    return [{**node, "place": edge["skymap"]} for node, edge in zip(found["nodes"], found["edges"], strict=True)]


def _where(form: Form, classifiers: Mapping[str, list[str]], catalogs: Sequence[str]) -> dict[str, Any]:
    conditions = {
        "survey": form.choice("survey", SURVEYS, "") or None,
        **_of_names(form),
        "detectionCount": _between(
            form.whole_number("min_detections", 0, MOST_COUNT), form.whole_number("max_detections", 0, MOST_COUNT)
        ),
        "firstMjd": _between(form.time("first_after"), form.time("first_before")),
        "lastMjd": _between(form.time("last_after"), form.time("last_before")),
        "class": _of_class(form, classifiers),
        "inCatalog": form.choice("catalog", list(catalogs), "") or None,
        **_regions(form),
    }
    return {name: value for name, value in conditions.items() if value is not None}


def _of_names(form: Form) -> dict[str, Any]:
    """One name may be a pattern; several are names."""
    words = form.words("names")
    if len(words) == 1 and any(sign in words[0] for sign in "*?%"):
        return {"nameLike": words[0]}
    return {"names": words} if words else {}


def _between(low: float | None, high: float | None) -> dict[str, float] | None:
    given = {name: value for name, value in (("gte", low), ("lte", high)) if value is not None}
    return given or None


def _of_class(form: Form, classifiers: Mapping[str, list[str]]) -> dict[str, Any] | None:
    least = form.number("probability", 0, 1)
    classes = form.several("class")
    if not form.text("classifier"):
        for name in ("class", "probability"):
            if form.text(name):
                form.mistakes[name] = "choose the classifier, too"
        return None
    classifier = form.choice("classifier", list(classifiers), "")
    if not classifier:
        return None
    unknown = [name for name in classes if name not in classifiers[classifier]]
    if unknown:
        form.mistakes["class"] = f"{classifier} has no class {', '.join(unknown)}"
        return None
    asked: dict[str, Any] = {"classifier": classifier, "ranking": 1}
    if classes:
        asked["class"] = classes
    if least is not None:
        asked["probability"] = {"gte": least}
    return asked


def _cone(form: Form) -> dict[str, Any] | None:
    place = form.position("position")
    radius = form.number("radius", 0.001, MOST_RADIUS_ARCSEC)
    if place is None:
        return None
    return {"cone": {"ra": place.ra, "dec": place.dec, "radius": radius or DEFAULT_RADIUS_ARCSEC}}


def _regions(form: Form) -> dict[str, Any]:
    """A filter has one region, by whose sky map objects are sorted; a cone beside it is a filter of its own."""
    cone, skymap = _cone(form), _skymap(form)
    if skymap is None:
        return {"region": cone}
    return {"region": skymap, "and": [{"region": cone}] if cone else None}


def _skymap(form: Form) -> dict[str, Any] | None:
    level = form.number("level", 0.01, 0.999)
    if not form.text("skymap"):
        return None
    return {"skymap": {"id": form.text("skymap"), "credibleLevel": level or DEFAULT_LEVEL}}
