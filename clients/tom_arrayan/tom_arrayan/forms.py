"""The form that asks Arrayán for objects."""

from typing import Any

from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from tom_dataservices.forms import BaseQueryForm

from tom_arrayan.endpoint import configured
from tom_arrayan.errors import ArrayanError
from tom_arrayan.moments import mjd_from_text
from tom_arrayan.search import DEFAULT_MOST, DEFAULT_RADIUS, MOST, check
from tom_arrayan.taxonomy import ClassOfObjects, Taxonomy, taxonomy_of

MOST_RADIUS = 36000
REFUSED = "BAD_USER_INPUT"
TIMES = ("first_after", "first_before", "last_after", "last_before")
LIMITS = (("detections_min", "detections_max"), ("first_after", "first_before"), ("last_after", "last_before"))


def _moment(label: str) -> forms.CharField:
    return forms.CharField(required=False, label=label, help_text="MJD or date (UTC)")


def _days(label: str) -> forms.FloatField:
    return forms.FloatField(
        required=False, min_value=0, label=label, help_text="counted from each run of a saved query"
    )


class ArrayanQueryForm(BaseQueryForm):
    """Fields that are left empty ask for nothing. `notice` says what the form lacks while the server is away."""

    names = forms.CharField(
        required=False, label="Names", help_text="one or several, or one with * for any letters: ZTF26*"
    )
    position = forms.CharField(
        required=False, label="Position", help_text="150.1 -2.2, or 10:00:24 -02:12:00 (ICRS)"
    )
    radius = forms.FloatField(
        required=False, min_value=0, max_value=MOST_RADIUS, label="Radius, arcsec", initial=DEFAULT_RADIUS
    )
    survey = forms.ChoiceField(
        required=False, label="Survey", choices=[("", "any"), ("ZTF", "ZTF"), ("LSST", "LSST")]
    )
    classification = forms.CharField(required=False, label="Class")
    probability_min = forms.FloatField(
        required=False, min_value=0, max_value=1, label="Probability", help_text="at least, 0 to 1"
    )
    detections_min = forms.IntegerField(required=False, min_value=0, label="Detections, at least")
    detections_max = forms.IntegerField(required=False, min_value=0, label="Detections, at most")
    first_after = _moment("First detected after")
    first_before = _moment("First detected before")
    first_days = _days("First detected in the last ... days")
    last_after = _moment("Last detected after")
    last_before = _moment("Last detected before")
    last_days = _days("Last detected in the last ... days")
    reference = forms.ChoiceField(
        required=False,
        label="Reference source",
        choices=[("", "any"), ("no_star", "looks like a galaxy"), ("star", "looks like a star")],
    )
    order = forms.ChoiceField(
        required=False,
        label="Order",
        choices=[("newest", "last detection, newest first"), ("probability", "probability of the class")],
    )
    most = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST,
        initial=DEFAULT_MOST,
        label="Most objects",
        help_text="this page shows 100; a saved query run from the command line takes all",
    )

    notice = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            self.fields["classification"] = _class_field(taxonomy_of(configured()))
        except ArrayanError as error:
            self.notice = f"The classes cannot be listed: {error}. Type classifier and class as early:SN."
            self.fields["classification"].help_text = "classifier:class, such as early:SN"

    def get_layout(self) -> Layout:
        """Groups of fields in rows, below the notice."""
        return Layout(
            HTML('{% if form.notice %}<div class="alert alert-warning">{{ form.notice }}</div>{% endif %}'),
            "data_service",
            _group("Object", ("names", "survey"), ("position", "radius")),
            _group("Classification", ("classification", "probability_min"), ("reference", "order")),
            _group("Detections", ("detections_min", "detections_max")),
            _group("First detection", ("first_after", "first_before", "first_days")),
            _group("Last detection", ("last_after", "last_before", "last_days")),
            Row(Column("most", css_class="col-md-6")),
        )

    def clean(self) -> dict[str, Any]:
        """What was typed, checked here and by the server: it knows best what it can answer. A server that is away
        hinders nobody from saving a query."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_times(cleaned)
        self._check_limits(cleaned)
        if cleaned.get("probability_min") is not None and not cleaned.get("classification"):
            self.add_error("probability_min", "A probability is that of a class: choose one, or a classifier.")
        if cleaned.get("order") == "probability" and not (cleaned.get("classification") or "").partition(":")[2]:
            self.add_error("order", "Choose a class to sort by its probability.")
        if not self.errors:
            self._ask_server(cleaned)
        return cleaned

    def _check_times(self, cleaned: dict[str, Any]) -> None:
        for name in TIMES:
            if text := cleaned.get(name):
                try:
                    mjd_from_text(text)
                except ValueError as error:
                    self.add_error(name, str(error))

    def _check_limits(self, cleaned: dict[str, Any]) -> None:
        for least, most in LIMITS:
            if cleaned.get(least) in (None, "") or cleaned.get(most) in (None, ""):
                continue
            low, high = (mjd_from_text(str(cleaned[name])) for name in (least, most))
            if low > high:
                self.add_error(most, "This is less than the other limit: nothing can lie between.")

    def _ask_server(self, cleaned: dict[str, Any]) -> None:
        try:
            check(configured(), cleaned)
        except ArrayanError as error:
            if error.code == REFUSED:
                self.add_error(None, str(error))


def _class_field(taxonomy: Taxonomy) -> forms.ChoiceField:
    """Classes by classifier; one with parts stands for all of them."""
    groups = [
        (
            classifier,
            [
                (f"{classifier}:", f"{classifier}: any class"),
                *((f"{classifier}:{one.name}", _label(one)) for one in classes),
            ],
        )
        for classifier, classes in taxonomy.classifiers.items()
    ]
    return forms.ChoiceField(
        required=False,
        label="Class",
        choices=[("", "any"), *groups],
        help_text="the most probable one, unless you ask for a probability",
    )


def _label(one: ClassOfObjects) -> str:
    return one.name if one.leaves == (one.name,) else f"{one.name} ({', '.join(one.leaves)})"


def _group(title: str, *rows: tuple[str, ...]) -> Fieldset:
    return Fieldset(title, *(Row(*(Column(name) for name in names)) for names in rows))
