"""The supernova hunter's form, and the rows of its list."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from api.pages.asking import Question, document_text
from api.pages.form import Form
from api.pages.sky_map import WHOLE_SKY, ZOOMS, View

WINDOWS: Mapping[str, str] = {
    "0.5": "12 hours",
    "1": "24 hours",
    "2": "48 hours",
    "3": "72 hours",
    "7": "a week",
    "30": "a month",
}
NUMBERS = {str(number): str(number) for number in (10, 50, 100, 200, 400, 500)}
DEFAULT_WINDOW, DEFAULT_NUMBER = "1", "100"
PREFERRED_CLASSIFIER, PREFERRED_CLASS = "early", "SN"


class Column(NamedTuple):
    """A column of the list beside the object's name."""

    name: str
    title: str
    is_number: bool = False
    is_shown: bool = True
    meaning: str = ""


COLUMNS = (
    Column("probability", "Probability", True),
    Column("first", "First seen (UTC)"),
    Column("first_mjd", "First seen (MJD)", True, is_shown=False),
    Column("magnitude", "Magnitude", True, meaning="difference magnitude of the first detection, and its band"),
    Column("rise", "Rise", True, meaning="mag/day, at least, before the first detection"),
    Column("detections", "Detections", True),
    Column("last", "Last seen (UTC)", is_shown=False),
    Column("second", "Next class", is_shown=False, meaning="the most probable of the other classes"),
    Column("stellar", "Star-like", is_shown=False, meaning="whether the source of the reference image is a star"),
    Column("position", "RA Dec (deg)", is_shown=False),
    Column("hms", "RA Dec (hms)", is_shown=False),
    Column("tns", "TNS", meaning="search the Transient Name Server around the place"),
)


def chosen_columns(form: Form) -> list[str]:
    """The columns that are asked for, in their order; the usual ones when none is."""
    asked = form.several("column")
    names = [column.name for column in COLUMNS if column.name in asked]
    return names or [column.name for column in COLUMNS if column.is_shown]


class Closer(NamedTuple):
    """Queries of the same hunt with another look at the sky; None where there is no further."""

    nearer: str | None
    wider: str | None
    whole: str | None


def read_view(form: Form) -> View:
    """Which part of the sky the map shows; the whole while nobody chose."""
    place = form.position("at")
    zoom = int(form.choice("zoom", [str(zoom) for zoom in ZOOMS], str(WHOLE_SKY.zoom)))
    if place is None:
        return WHOLE_SKY._replace(zoom=zoom)
    return View(round(place.ra, 1) % 360, round(place.dec, 1), zoom)


def closer(asked: QueryParams, view: View) -> Closer:
    """How to look closer, or less closely."""
    kept = [(name, value) for name, value in asked.multi_items() if name not in {"at", "zoom"}]
    place = ZOOMS.index(view.zoom)

    def query(zoom: int | None) -> str:
        look = [] if zoom is None else [("at", f"{view.ra:g} {view.dec:g}"), ("zoom", str(zoom))]
        return "?" + urlencode([*kept, *look])

    return Closer(
        nearer=query(ZOOMS[place + 1]) if place + 1 < len(ZOOMS) else None,
        wider=query(ZOOMS[place - 1]) if place else None,
        whole=None if view == WHOLE_SKY else query(None),
    )


class Hunt(NamedTuple):
    """Which candidates: of which class, first seen in which days before `until_mjd`, and how many."""

    classifier: str
    class_name: str
    days: str
    number: str
    until_mjd: float
    is_open: bool
    """Whether the window ends at the newest alert, and so grows with what comes."""

    @property
    def question(self) -> Question:
        window = {"gte": self.until_mjd - float(self.days), "lte": self.until_mjd}
        asked = {"classifier": self.classifier, "class": [self.class_name], "ranking": 1}
        return Question.of(
            "hunter",
            where={"class": asked, "firstMjd": window},
            classifier=self.classifier,
            first=int(self.number),
        )


def read_hunt(form: Form, classifiers: Mapping[str, Sequence[str]], newest_mjd: float) -> Hunt | None:
    """What a form asks for; None while there is no classifier. `newest_mjd` is the time of the newest alert: the
    window ends there, so that a night of last year can be hunted in as well."""
    if not classifiers:
        return None
    first = PREFERRED_CLASSIFIER if PREFERRED_CLASSIFIER in classifiers else next(iter(classifiers))
    classifier = form.choice("classifier", list(classifiers), first)
    classes = list(classifiers[classifier])
    preferred = PREFERRED_CLASS if PREFERRED_CLASS in classes else classes[0]
    wanted = form.text("class")
    class_name = wanted if wanted in classes else preferred
    until = form.time("until")
    return Hunt(
        classifier=classifier,
        class_name=class_name,
        days=form.choice("days", WINDOWS, DEFAULT_WINDOW),
        number=form.choice("number", NUMBERS, DEFAULT_NUMBER),
        until_mjd=until if until is not None else newest_mjd,
        is_open=until is None,
    )


def widening(hunt: Hunt) -> Iterator[Hunt]:
    """The same hunt in its own window, and then in each longer one."""
    longer = [days for days in WINDOWS if float(days) >= float(hunt.days)]
    return (hunt._replace(days=days) for days in longer)


def live_address(root: str, hunt: Hunt) -> str:
    """Where a browser hears of new candidates, as server-sent events."""
    where = {"classifier": hunt.classifier, "classes": [hunt.class_name], "changedOnly": True}
    asked = {"query": document_text("hunter_live"), "variables": json.dumps({"where": where})}
    return f"{root}/graphql?{urlencode(asked, quote_via=quote)}"


def candidate_row(node: Mapping[str, Any], class_name: str) -> dict[str, Any]:
    """An object of the answer with what the list shows: its probability for the class, its first magnitude and how
    fast it rose before, of the band it was first seen in."""
    probabilities = {
        one["class"]: one["probability"] for answer in node["classifications"] for one in answer["probabilities"]
    }
    bands = sorted(node["bandStatistics"], key=lambda band: band["firstMjd"])
    others = sorted((share, name) for name, share in probabilities.items() if name != class_name)
    first = bands[0] if bands else {"band": None, "magnitudeFirst": None, "riseRate": None}
    return {
        **node,
        "probability": probabilities.get(class_name),
        "second": others[-1] if others else None,
        "tns": next((link["url"] for link in node["links"] if link["name"] == "TNS"), None),
        "first_band": first["band"],
        "first_magnitude": first["magnitudeFirst"],
        "rise_rate": max((band["riseRate"] for band in bands if band["riseRate"] is not None), default=None),
    }
