"""What the tab on the page of a target shows: classes, stamps and links of its objects."""

from typing import Any

from django.urls import reverse

from tom_arrayan.documents import TARGET
from tom_arrayan.endpoint import Endpoint, Json, configured
from tom_arrayan.moments import instant

KINDS = ("science", "template", "difference")
SECONDS = 10.0


def objects_of(target: Any) -> list[Json]:
    """The objects of a target, one for each of its names that the server knows. ArrayanError."""
    endpoint = configured()
    found = endpoint.ask(TARGET, {"names": target.names}, seconds=SECONDS)["objects"]["nodes"]
    return [_shown(endpoint, one) for one in found]


def _shown(endpoint: Endpoint, found: Json) -> Json:
    return {
        **found,
        "firstTime": instant(found["firstTime"]),
        "lastTime": instant(found["lastTime"]),
        "page": endpoint.page(f"/object/{found['survey']}/{found['name']}"),
        "classifications": [_with_percent(answer) for answer in found["classifications"]],
        "alerts": [_stamps(endpoint, found["survey"], alert, title) for title, alert in _alerts(found)],
    }


def _alerts(found: Json) -> list[tuple[str, Json]]:
    """The first alert that has stamps, and the newest where it is another one."""
    first = found["stamps"]
    if first is None:
        return []
    with_stamps = [row for row in found["lightCurve"]["detections"] if row["hasStamps"]]
    newest = max(with_stamps, key=lambda row: float(row["mjd"]), default=first)
    if newest["candid"] == first["candid"]:
        return [("First alert", first)]
    return [("First alert", first), ("Newest alert", newest)]


def _stamps(endpoint: Endpoint, survey: str, alert: Json, title: str) -> Json:
    """An alert with the addresses of its pictures: of the server where browsers reach it, else of this TOM."""
    pictures = [(kind, _picture(endpoint, survey, alert["candid"], kind)) for kind in KINDS]
    return {"title": title, "pictures": pictures, **{name: alert[name] for name in ("candid", "mjd", "band")}}


def _picture(endpoint: Endpoint, survey: str, candid: str, kind: str) -> str:
    own = reverse("tom_arrayan:stamp", kwargs={"survey": survey, "candid": int(candid), "kind": kind})
    return endpoint.page(f"/stamps/{survey}/{candid}/{kind}.png") or str(own)


def _with_percent(answer: Json) -> Json:
    """An answer with its probabilities in per cent, for the width of bars."""
    ranked = sorted(answer["probabilities"], key=lambda one: int(one["ranking"]))
    return {
        **answer,
        "classifiedAt": instant(answer["classifiedAt"]),
        "probabilities": [{**one, "percent": f"{100 * one['probability']:.1f}"} for one in ranked],
    }
