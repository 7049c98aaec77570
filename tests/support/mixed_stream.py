"""A stream as two surveys send it, with bytes among it that are no alerts; all of it known beforehand."""

import itertools
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from surveys.avro import Record
from tests.support import lsst_packets, ztf_packets
from tests.support.lsst_packets import DIA_OBJECT_ID, MJD_TAI, source_id_of
from tests.support.ztf_packets import JD, candid_of

EPOCHS = 5
POISON_EVERY = 15


class Sent(NamedTuple):
    """A message. `is_alert` tells what it is meant to be."""

    content: bytes
    is_alert: bool = True


def mixed_stream(messages: int, *, first: int = 0) -> list[Sent]:
    """So many messages: light curves of ZTF and LSST side by side, their alerts in any order, and poison. Those of
    another `first`, so many further, are others."""
    dice = random.Random(first)
    poison = [Sent(poison_of(first + number), is_alert=False) for number in range(messages // POISON_EVERY)]
    alerts = [*itertools.islice(_alerts(first), messages - len(poison))]
    mixed = [*alerts, *poison]
    dice.shuffle(mixed)
    return mixed


def _alerts(first: int) -> Iterable[Sent]:
    for number in itertools.count(first):
        yield from map(Sent, ztf_light_curve(number) if number % 3 else lsst_light_curve(number))


def ztf_light_curve(number: int) -> list[bytes]:
    """Alerts of one object, three days apart; each repeats those before it, in part and rounded otherwise, with
    limits and forced photometry. The first comes a second time as brokers send it, without stamps."""
    name = "ZTF20a" + "".join(chr(97 + number // 26**place % 26) for place in range(5, -1, -1))
    alerts = [_ztf_alert(name, number, epoch) for epoch in range(EPOCHS)]
    bare = {**alerts[0], **dict.fromkeys(("cutoutScience", "cutoutTemplate", "cutoutDifference"))}
    return [ztf_packets.container(record) for record in (*alerts, bare)]


def _ztf_alert(name: str, number: int, epoch: int) -> Record:
    place = 115010000 + number
    earlier = range(max(0, epoch - 3), epoch)
    return ztf_packets.packet(
        name,
        JD + 3 * epoch,
        place=place,
        fid=1 + epoch % 2,
        ra=(359.999 + number / 7) % 360,
        dec=-2.2 + number / 100,
        magpsf=19.0 - 0.1 * epoch,
        distnr=0.5 if (epoch + number) % 4 else 5.0,
        prv_candidates=[
            *(
                ztf_packets.previous(JD + 3 * n, place=place, fid=1 + n % 2, magpsf=19.0 - 0.1 * n, rb=0.01 * epoch)
                for n in (-2, *earlier)
            ),
            *(ztf_packets.upper_limit(JD + 3 * n - 1, pid=1000 + n, limit=20.0 + 0.1 * epoch) for n in earlier),
        ],
        fp_hists=[ztf_packets.forced(JD + 3 * n - 1, pid=1000 + n, forcediffimflux=100.0 * epoch) for n in earlier],
    )


def lsst_light_curve(number: int) -> list[bytes]:
    """Alerts of one object in the wire format of a schema registry; each repeats those before it."""
    mjds = [MJD_TAI + 3 * epoch + number / 1000 for epoch in range(EPOCHS)]
    name = DIA_OBJECT_ID + number
    return [
        lsst_packets.message(
            lsst_packets.packet(
                dia_object_id=name,
                midpointMjdTai=mjd,
                diaSourceId=source_id_of(mjd),
                dec=-2.2 + number / 100,
                prvDiaSources=[lsst_packets.source(earlier, dia_object_id=name) for earlier in mjds[:epoch]],
                prvDiaForcedSources=[lsst_packets.forced(earlier) for earlier in mjds[:epoch]],
            )
        )
        for epoch, mjd in enumerate(mjds)
    ]


def poison_of(number: int) -> bytes:
    """Bytes that are no alert, each in one of five ways: no Avro, cut short, of a schema that nobody knows,
    doctored, and of a place that is not in the sky."""
    place = 200000000 + number
    kinds = (
        lambda: b"no alert %d" % number,
        lambda: ztf_packets.container(ztf_packets.packet("ZTF21cutcutc", place=place))[:-40],
        lambda: b"\0\0\0\0\7whose is this? %d" % number,
        lambda: ztf_packets.container(
            ztf_packets.packet("ZTF21doctore", JD + 1, candid=candid_of(JD, place), prv_candidates=None)
        ),
        lambda: lsst_packets.message(lsst_packets.packet(dec=91.0 + number)),
    )
    return kinds[number % len(kinds)]()


def refused_by_the_database(number: int) -> Sent:
    """An alert that is read well, and holds a limit without the identifier that its row needs."""
    schema = ztf_packets.schema_with("prv_candidate", pid=["null", "long"])
    limit = {**ztf_packets.upper_limit(), "pid": None}
    record = ztf_packets.packet("ZTF21refused", place=300000000 + number, prv_candidates=[limit])
    return Sent(ztf_packets.container(record, schema=schema), is_alert=False)


def contents(messages: Sequence[Sent]) -> list[bytes]:
    return [message.content for message in messages]
