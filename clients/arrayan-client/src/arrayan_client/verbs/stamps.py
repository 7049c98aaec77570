"""Stamps, and everything else that a survey sent with an alert."""

from typing import Any

from arrayan_client.answers import failure_of
from arrayan_client.errors import ObjectNotFound
from arrayan_client.generated import operations as texts
from arrayan_client.generated.fragments import StampImage
from arrayan_client.generated.packet_of import PacketOf
from arrayan_client.generated.stamps_of import StampsOf
from arrayan_client.records import Packet, Stamp, Stamps
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Request, Steps
from arrayan_client.verbs.objects import found, named

STAMPS = Operation(texts.STAMPS_OF_GQL, StampsOf)
PACKET = Operation(texts.PACKET_OF_GQL, PacketOf)


def get_stamps(session: Session, name: str, candid: Any, survey: str | None) -> Steps[Stamps]:
    answer = yield from session.ask(STAMPS, {**named(name, survey), "candid": _text(candid)})
    node = found(answer.object_, name, survey)
    stamps = node.stamps
    if stamps is None:
        raise _no_alert("stamps", name, candid)
    images: list[Stamp | None] = []
    for image in (stamps.science, stamps.template, stamps.difference):
        images.append(None if image is None else (yield from _with_file(session, image)))
    science, template, difference = images
    return Stamps(
        str(node.survey), node.name, stamps.candid, stamps.mjd, str(stamps.band), science, template, difference
    )


def get_packet(session: Session, name: str, candid: Any, survey: str | None) -> Steps[Packet]:
    answer = yield from session.ask(PACKET, {**named(name, survey), "candid": _text(candid)})
    packet = found(answer.object_, name, survey).packet
    if packet is None:
        raise _no_alert("packet", name, candid)
    fields = {field.name: field.value for field in packet.fields}
    return Packet(packet.candid, packet.mjd, str(packet.band), fields)


def _with_file(session: Session, image: StampImage) -> Steps[Stamp]:
    answer = yield from session.answered(Request("GET", image.fits_url))
    if answer.status != 200:
        raise failure_of(answer)
    return Stamp(str(image.kind), image.width, image.height, tuple(image.pixels), answer.content)


def _text(candid: Any) -> str | None:
    return None if candid is None else str(candid)


def _no_alert(what: str, name: str, candid: Any) -> ObjectNotFound:
    of = f"{name}" if candid is None else f"alert {candid} of {name}"
    return ObjectNotFound(
        f"there are no {what} of {of}" if what == "stamps" else f"there is no {what} of {of}",
        hint="query_detections() shows in `has_stamps` which candid have them.",
        code="NOT_FOUND",
    )
