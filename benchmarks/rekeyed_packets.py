"""Real ZTF packets, given to other objects: as many as a benchmark needs, of real size and contents.

A real packet becomes a template: its record is written once with markers in the places of name, position, times
and candids, all of fixed width in Avro, so that a copy for another object is made by writing into its bytes.
"""

import io
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
import numpy as np

from benchmarks.history import KnownObjects, name_of
from domain.errors import ArrayanError
from domain.time import JD_OF_MJD_ZERO
from storage.packet_archive import SYNC_SIZE, container_header, encode_long
from surveys.avro import WriterSchema, read_container
from surveys.ztf import CANDID_EPOCH_JD, CANDID_PLACE, CUTOUTS

FIRST_NIGHT_JD = 60600.3 + JD_OF_MJD_ZERO
SMALLEST_BYTES, LARGEST_BYTES = 40_000, 150_000
"""Real-size packets, with three stamps: others were cut by those who kept them."""
SHARE_OF_NEW_OBJECTS = 0.3
NIGHTS = 3

DOUBLE = struct.Struct("<d")


class _Row(NamedTuple):
    """A measurement in a template: where its bytes lie, and its time and place beside the alert's own."""

    jd_at: int
    days: float
    candid_at: int | None
    ra_at: int | None
    dec_at: int | None
    ra_offset: float
    dec_offset: float


@dataclass(frozen=True, slots=True)
class Template:
    """A packet with known places for everything that belongs to an object or a night."""

    head: bytes
    datum: bytes
    tail: bytes
    name_at: int
    candid_at: int
    own: _Row
    history: tuple[_Row, ...]

    def packet(self, name: str, place: int, ra: float, dec: float, night: float) -> bytes:
        """An alert of a night about an object. The history is the same on every night: it lies before the first."""
        datum = bytearray(self.datum)
        datum[self.name_at : self.name_at + len(name)] = name.encode()
        for row in self.history:
            _write(datum, row, FIRST_NIGHT_JD + row.days, place, ra, dec)
        jd = FIRST_NIGHT_JD + 0.1 + night
        _write(datum, self.own, jd, place, ra, dec)
        candid = _candid(jd, place)
        datum[self.candid_at : self.candid_at + len(candid)] = candid
        return b"".join((self.head, datum, self.tail))


def templates(folder: Path) -> list[Template]:
    """Every real packet of usual size below a folder."""
    found = []
    for file in sorted(folder.rglob("*.avro")):
        content = file.read_bytes()
        if SMALLEST_BYTES < len(content) < LARGEST_BYTES:
            try:
                found += [_template(item.schema, item.record) for item in read_container(content)]
            except (ArrayanError, _Unusable):
                continue
    return found


def alerts(
    known: KnownObjects, number: int, some: list[Template], seed: int, *, first_new: int = 0
) -> Iterator[bytes]:
    """Packets of some nights in a row: a third of the objects of a night are new, the others come every night.

    New objects are numbered from `first_new`.
    """
    random = np.random.default_rng(seed)
    each = round(number * (1 - SHARE_OF_NEW_OBJECTS) / NIGHTS)
    pool = random.choice(len(known.names), each, replace=False)
    fresh = count(first_new)
    made = 0
    for night in range(NIGHTS):
        for index in random.permutation(pool).tolist():
            while made < number and random.random() < SHARE_OF_NEW_OBJECTS:
                new = next(fresh)
                place = len(known.names) + new
                yield some[place % len(some)].packet(
                    name_of(26, new), place, float(random.uniform(0, 360)), float(random.uniform(-30, 89)), night
                )
                made += 1
            if made >= number:
                return
            yield some[index % len(some)].packet(
                known.names[index], index, float(known.ra[index]), float(known.dec[index]), night
            )
            made += 1


class _Unusable(Exception):
    """A packet without three stamps, or whose markers are not found once."""


class _Markers:
    """Values that stand once in a datum, and what is written in their place."""

    def __init__(self) -> None:
        self.datum = b""

    def double(self, near: float) -> tuple[float, bytes]:
        value = near + secrets.randbelow(2**20) * 1e-7
        return value, DOUBLE.pack(value)

    def long(self) -> tuple[int, bytes]:
        value = 2**60 + secrets.randbelow(2**58)
        return value, encode_long(value)

    def find(self, raw: bytes) -> int:
        at = self.datum.find(raw)
        if at < 0 or self.datum.find(raw, at + 1) >= 0:
            raise _Unusable
        return at


def _template(schema: WriterSchema, record: dict[str, Any]) -> Template:
    if not all((record.get(field) or {}).get("stampData") for field in CUTOUTS.values()):
        raise _Unusable
    markers = _Markers()
    name = f"ZTF99{''.join(secrets.choice('bcdfghjk') for _ in range(7))}"
    candid, candid_raw = markers.long()
    candidate = record["candidate"]
    marked = {**record, "objectId": name, "candid": candid}
    marked["candidate"], own = _mark(markers, candidate, candidate)
    rows = []
    for field in ("prv_candidates", "fp_hists"):
        if record.get(field):
            pairs = [_mark(markers, dict(row), candidate) for row in record[field]]
            marked[field] = [row for row, _ in pairs]
            rows += [mark for _, mark in pairs]
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, schema.parsed, marked)
    markers.datum = stream.getvalue()
    sync = secrets.token_bytes(SYNC_SIZE)
    return Template(
        head=container_header(schema.text, sync) + encode_long(1) + encode_long(len(markers.datum)),
        datum=markers.datum,
        tail=sync,
        name_at=markers.find(name.encode()),
        candid_at=markers.find(candid_raw),
        own=_found(markers, own),
        history=tuple(_found(markers, row) for row in rows),
    )


Marked = tuple[dict[str, bytes], dict[str, float]]
"""Of a row: how its markers are written, and its time and place beside the alert's own."""


def _mark(markers: _Markers, row: dict[str, Any], own: dict[str, Any]) -> tuple[dict[str, Any], Marked]:
    raw: dict[str, bytes] = {}
    beside = {"days": row["jd"] - own["jd"], "ra": 0.0, "dec": 0.0}
    row = dict(row)
    for field in ("ra", "dec"):
        if row.get(field) is not None:
            beside[field] = row[field] - own[field]
            row[field], raw[field] = markers.double(row[field])
    if row.get("candid") is not None:
        row["candid"], raw["candid"] = markers.long()
    row["jd"], raw["jd"] = markers.double(row["jd"])
    return row, (raw, beside)


def _found(markers: _Markers, marked: Marked) -> _Row:
    raw, beside = marked
    at = {field: markers.find(written) for field, written in raw.items()}
    return _Row(
        at["jd"], beside["days"], at.get("candid"), at.get("ra"), at.get("dec"), beside["ra"], beside["dec"]
    )


def _candid(jd: float, place: int) -> bytes:
    return encode_long(int((jd - CANDID_EPOCH_JD) * 1e6) * CANDID_PLACE + place)


def _write(datum: bytearray, row: _Row, jd: float, place: int, ra: float, dec: float) -> None:
    DOUBLE.pack_into(datum, row.jd_at, jd)
    if row.candid_at is not None:
        candid = _candid(jd, place)
        datum[row.candid_at : row.candid_at + len(candid)] = candid
    if row.ra_at is not None and row.dec_at is not None:
        DOUBLE.pack_into(datum, row.ra_at, (ra + row.ra_offset) % 360)
        DOUBLE.pack_into(datum, row.dec_at, max(-90.0, min(90.0, dec + row.dec_offset)))
