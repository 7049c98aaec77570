"""Which target of the TOM an object of Arrayán belongs to."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from tom_targets.models import Target

from tom_arrayan.documents import LIGHT_CURVES, NAMES_NEAR
from tom_arrayan.endpoint import Endpoint, Json


def target_known_as(names: Iterable[str]) -> Any | None:
    """The target that has one of these names, or has one for an alias; None when none does."""
    wanted = list(names)
    having = Q(name__in=wanted) | Q(aliases__name__in=wanted)
    return Target.objects.filter(having).order_by("pk").first()


def names_elsewhere(found: Json) -> list[str]:
    """What other surveys call an object: their objects within an arcsecond."""
    return [
        neighbor["object"]["name"]
        for neighbor in found["neighbors"]
        if neighbor["object"]["survey"] != found["survey"]
    ]


def light_curves(endpoint: Endpoint, names: list[str], place: tuple[float, float] | None) -> list[Json]:
    """The objects that have one of these names, and those of other surveys at the same place, with all that was
    measured. When no object has such a name, those within an arcsecond of the place. ArrayanError."""
    found = _named(endpoint, names)
    if not found and place is not None:
        near = endpoint.ask(NAMES_NEAR, {"ra": place[0], "dec": place[1]})["coneSearch"]["edges"]
        return _named(endpoint, [edge["node"]["name"] for edge in near])
    there = {one["name"] for one in found}
    elsewhere = {name for one in found for name in names_elsewhere(one)} - there
    return [*found, *_named(endpoint, sorted(elsewhere))]


def _named(endpoint: Endpoint, names: list[str]) -> list[Json]:
    if not names:
        return []
    objects: list[Json] = endpoint.ask(LIGHT_CURVES, {"names": names[:1000]})["objects"]["nodes"]
    return objects
