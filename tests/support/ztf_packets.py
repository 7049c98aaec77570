"""ZTF packets made to order: real Avro in the survey's own schema 4.02, a test saying only what matters to it."""

import copy
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import fastavro
import numpy as np

from domain.dead_letter import Origin
from domain.packet import Packet, ReceivedAlert
from surveys.avro import Record, read_container
from surveys.ztf import Ztf
from tests.support.databases import REPOSITORY

Schema = dict[str, Any]

SCHEMA: Schema = json.loads((REPOSITORY / "surveys/schemas/ztf/4.02/alert.avsc").read_text())
JD = 2459000.75
NAME = "ZTF20aaaaaaa"


def candid_of(jd: float, place: int = 115010000) -> int:
    """The candid that ZTF gives a detection: millionths of a day since 2017, then nine digits of place."""
    return round((jd - 2457754.5) * 1e6) * 10**9 + place


def packet(name: str = NAME, jd: float = JD, *, place: int = 115010000, **changes: Any) -> Record:
    """A packet without history. Changes go to the candidate, or by these names to the alert itself:
    prv_candidates, fp_hists, candid, cutoutScience, cutoutTemplate, cutoutDifference."""
    candid = changes.pop("candid", None) or candid_of(jd, place)
    alert = {field: changes.pop(field) for field in tuple(changes) if field in _TYPES["alert"]}
    return {
        "schemavsn": "4.02",
        "publisher": "tests",
        "objectId": name,
        "candid": candid,
        "candidate": _row("candidate", {"jd": jd, "candid": candid, "drb": 0.95, **changes}),
        "prv_candidates": None,
        "fp_hists": None,
        **{f"cutout{kind}": stamp(number) for number, kind in enumerate(("Science", "Template", "Difference"))},
        **alert,
    }


def previous(jd: float = JD - 3, *, place: int = 115010000, **changes: Any) -> Record:
    """A detection in a history."""
    return _row("prv_candidate", {"jd": jd, "candid": candid_of(jd, place), **changes})


def upper_limit(jd: float = JD - 5, *, pid: int = 500, limit: float | None = 20.5, **changes: Any) -> Record:
    """A non-detection in a history."""
    unset = dict.fromkeys(("candid", "isdiffpos", "ra", "dec", "magpsf", "sigmapsf", "distnr", "magnr", "sigmagnr"))
    return _row("prv_candidate", {"jd": jd, "pid": pid, "diffmaglim": limit, **unset, **changes})


def forced(jd: float = JD - 4, *, pid: int = 600, **changes: Any) -> Record:
    """Forced photometry in a history."""
    return _row("fp_hist", {"jd": jd, "pid": pid, **changes})


def stamp(seed: int = 0, shape: tuple[int, int] = (63, 63)) -> Record:
    """A cutout: gzipped FITS with noise."""
    pixels = np.random.default_rng(seed).normal(0, 1, shape).astype(">f4")
    cards = [
        "SIMPLE  =  T",
        "BITPIX  = -32",
        "NAXIS   = 2",
        f"NAXIS1  = {shape[1]}",
        f"NAXIS2  = {shape[0]}",
        "END",
    ]
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    data = pixels.tobytes()
    fits = header + data.ljust(-(-len(data) // 2880) * 2880, b"\0")
    return {"fileName": "stamp.fits.gz", "stampData": gzip.compress(fits, compresslevel=1, mtime=0)}


def schema_with(record: str, **types: Any) -> Schema:
    """The schema with other types of some fields of one of its records; None leaves the field out."""
    changed = copy.deepcopy(SCHEMA)
    for found in _records(changed):
        if found["name"] == record:
            found["fields"] = [
                {"name": field["name"], "type": types.get(field["name"], field["type"])}
                for field in found["fields"]
                if types.get(field["name"], field["type"]) is not None
            ]
    return changed


def container(
    *records: Record, schema: Schema = SCHEMA, codec: str = "null", records_per_block: int | None = None
) -> bytes:
    """An Avro container of some records."""
    file = io.BytesIO()
    interval = 16000 if records_per_block is None else 1 if records_per_block == 1 else 10**9
    fastavro.writer(file, schema, records, codec=codec, sync_interval=interval, sync_marker=b"0123456789abcdef")
    return file.getvalue()


def received(record: Record, schema: Schema = SCHEMA) -> ReceivedAlert:
    """A packet as it stands when it has been read and understood."""
    (read,) = read_container(container(record, schema=schema))
    return ReceivedAlert.of(Ztf().parse(read.record), Packet(read.schema.text, read.datum), Origin("test"))


def all_received(records: Iterable[Record]) -> list[ReceivedAlert]:
    return [received(record) for record in records]


def _row(record: str, changes: Mapping[str, Any]) -> Record:
    if unknown := changes.keys() - _TYPES[record].keys():
        raise KeyError(f"a {record} has no {sorted(unknown)}")
    values = {**_ordinary(_TYPES[record]), **{k: v for k, v in _ORDINARY.items() if k in _TYPES[record]}}
    return {**values, **changes}


def _ordinary(types: Mapping[str, Any]) -> Record:
    plain = {"string": "", "int": 0, "long": 0, "float": 0.0, "double": 0.0}
    return {name: plain.get(kind) if isinstance(kind, str) else None for name, kind in types.items()}


_ORDINARY: Record = {
    "jd": JD,
    "fid": 1,
    "pid": 1246250000015,
    "diffmaglim": 20.5,
    "programid": 1,
    "isdiffpos": "t",
    "ra": 150.1,
    "dec": -2.2,
    "magpsf": 18.5,
    "sigmapsf": 0.1,
    "distnr": 0.5,
    "magnr": 19.0,
    "sigmagnr": 0.02,
    "chinr": 1.0,
    "sharpnr": 0.0,
    "rb": 0.9,
    "sgscore1": 0.9,
    "distpsnr1": 0.5,
    "ssnamenr": "null",
    "ssdistnr": -999.0,
    "ssmagnr": -999.0,
    "magzpsci": 26.0,
    "forcediffimflux": 500.0,
    "forcediffimfluxunc": 20.0,
}


def _records(schema: Any) -> list[Schema]:
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [record for branch in schema for record in _records(branch)]
    if not isinstance(schema, dict):
        return []
    if schema["type"] == "array":
        return _records(schema["items"])
    if schema["type"] != "record":
        return []
    return [schema, *(record for field in schema["fields"] for record in _records(field["type"]))]


_TYPES: dict[str, dict[str, Any]] = {
    record["name"]: {field["name"]: field["type"] for field in record["fields"]} for record in _records(SCHEMA)
}
