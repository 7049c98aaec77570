"""LSST packets made to order: real Avro in the bundled schemas, a test saying only what matters to it."""

import io
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import fastavro
import numpy as np
from astropy.io import fits

from domain.dead_letter import Origin
from domain.packet import Packet, ReceivedAlert
from surveys.avro import Record, read_container
from surveys.lsst import Lsst
from surveys.schema_registry import BUNDLED_SCHEMAS

Schema = dict[str, Any]

VERSION = "10.0"
MJD_TAI = 61000.25
DIA_OBJECT_ID = 170028528328769656
SS_OBJECT_ID = 21163633152112203


def packet(
    *,
    dia_object_id: int | None = DIA_OBJECT_ID,
    ss_object_id: int | None = 0,
    version: str = VERSION,
    **changes: Any,
) -> Record:
    """A packet without history. Changes go to the diaSource, or by these names to the alert itself:
    prvDiaSources, prvDiaForcedSources, prvDiaNondetectionLimits, diaObject, ssSource, ssObject, MPCORB,
    mpc_orbits, cutoutScience, cutoutTemplate, cutoutDifference."""
    fields = _types(version)
    alert = {name: changes.pop(name) for name in tuple(changes) if name in fields["alert"].keys() - {"diaSourceId"}}
    own = source(dia_object_id=dia_object_id, ss_object_id=ss_object_id, version=version, **changes)
    has_object = bool(dia_object_id)
    return {
        **_ordinary(fields["alert"]),
        "diaSource": own,
        "diaObject": _row("diaObject", version, {"diaObjectId": dia_object_id}) if has_object else None,
        **{name: own["diaSourceId"] for name in ("alertId", "diaSourceId") if name in fields["alert"]},
        **{f"cutout{kind}": cutout(seed) for seed, kind in enumerate(("Science", "Template", "Difference"))},
        **alert,
    }


def source(
    mjd_tai: float = MJD_TAI,
    *,
    dia_object_id: int | None = DIA_OBJECT_ID,
    ss_object_id: int | None = 0,
    version: str = VERSION,
    **changes: Any,
) -> Record:
    """A diaSource, of the alert itself or of its history; its id follows from its time unless one is given."""
    changes = {"diaSourceId": source_id_of(mjd_tai), **changes}
    ids = {"diaObjectId": dia_object_id, "ssObjectId": ss_object_id, "midpointMjdTai": mjd_tai}
    return _row("diaSource", version, {**ids, **changes})


def source_id_of(mjd_tai: float) -> int:
    return 10**17 + round(mjd_tai * 1e6)


def forced(mjd_tai: float = MJD_TAI - 2, *, version: str = VERSION, **changes: Any) -> Record:
    """A diaForcedSource of a history."""
    ids = {"diaForcedSourceId": source_id_of(mjd_tai) + 10**16, "midpointMjdTai": mjd_tai}
    return _row("diaForcedSource", version, {**ids, **changes})


def solar_system_source(*, version: str = VERSION, **changes: Any) -> Record:
    return _row("ssSource", version, changes)


@lru_cache
def cutout(seed: int = 0, size: int = 30) -> bytes:
    """A cutout as Rubin sends it: the image, its uncertainty, and the point spread function."""
    random = np.random.default_rng(seed)
    file = io.BytesIO()
    fits.HDUList(
        [
            fits.PrimaryHDU(random.normal(0, 1, (size, size)).astype(np.float32)),
            fits.ImageHDU(random.uniform(0.9, 1.1, (size, size)).astype(np.float32), name="UNCERT"),
            fits.ImageHDU(random.uniform(0, 1, (41, 41)), name="PSFIMAGE"),
        ]
    ).writeto(file)
    return file.getvalue()


def schema_of(version: str = VERSION) -> Schema:
    """The bundled schema, as JSON."""
    major, minor = map(int, version.split("."))
    schema: Schema = json.loads(BUNDLED_SCHEMAS.version(major, minor).text)
    return schema


def datum(record: Record, version: str = VERSION) -> bytes:
    """A record in Avro, without anything around it."""
    file = io.BytesIO()
    fastavro.schemaless_writer(file, schema_of(version), record)
    return file.getvalue()


def message(record: Record, version: str = VERSION, *, schema_id: int | None = None) -> bytes:
    """A Kafka message: zero, the schema's id, the datum."""
    major, minor = map(int, version.split("."))
    number = 100 * major + minor if schema_id is None else schema_id
    return b"\0" + number.to_bytes(4, "big") + datum(record, version)


def container(*records: Record, version: str = VERSION, schema: Schema | None = None, codec: str = "null") -> bytes:
    """An Avro container of some records."""
    file = io.BytesIO()
    fastavro.writer(file, schema or schema_of(version), records, codec=codec, sync_marker=b"0123456789abcdef")
    return file.getvalue()


def received(record: Record, version: str = VERSION) -> ReceivedAlert:
    """A packet as it stands when it has been read and understood."""
    (read,) = read_container(container(record, version=version))
    return ReceivedAlert.of(Lsst().parse(read.record), Packet(read.schema.text, read.datum), Origin("test"))


def _row(record: str, version: str, changes: Mapping[str, Any]) -> Record:
    types = _types(version)[record]
    if unknown := changes.keys() - types.keys():
        raise KeyError(f"a {record} of {version} has no {sorted(unknown)}")
    return {**_ordinary(types), **{k: v for k, v in _ORDINARY.items() if k in types}, **changes}


def _ordinary(types: Mapping[str, Any]) -> Record:
    plain = {"string": "", "int": 1, "long": 1, "float": 0.0, "double": 0.0}
    return {
        name: plain.get(kind, 0) if isinstance(kind, str) else _ordinary_of(kind) for name, kind in types.items()
    }


def _ordinary_of(kind: Any) -> int | None:
    """Zero for an instant, null for what may be null."""
    return 0 if isinstance(kind, dict) and kind["type"] == "long" else None


_ORDINARY: Record = {
    "ra": 150.1,
    "dec": -2.2,
    "band": "r",
    "psfFlux": 5000.0,
    "psfFluxErr": 250.0,
    "scienceFlux": 9000.0,
    "scienceFluxErr": 300.0,
    "templateFlux": 4000.0,
    "templateFluxErr": 50.0,
    "isNegative": False,
    "is_negative": False,
    "reliability": 0.875,
    "extendedness": 0.25,
    "snr": 20.0,
}


@lru_cache
def _types(version: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}

    def visit(schema: Any) -> None:
        if isinstance(schema, list):
            for branch in schema:
                visit(branch)
        elif isinstance(schema, dict) and schema["type"] == "array":
            visit(schema["items"])
        elif isinstance(schema, dict) and schema["type"] == "record":
            found[schema["name"]] = {field["name"]: field["type"] for field in schema["fields"]}
            for field in schema["fields"]:
                visit(field["type"])

    visit(schema_of(version))
    return found
