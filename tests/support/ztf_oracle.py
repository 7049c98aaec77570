"""What ZTF packets say, read with fastavro or pyarrow and computed anew, without `surveys`, `domain` or `storage`.

Values carry the names that they have in the schema for clients.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite, log10, sqrt
from pathlib import Path
from typing import Any

import fastavro

from tests.support.raw_packets import parquet_records

Values = dict[str, Any]
Key = tuple[int, float]
"""Candid or image number, and MJD."""

BANDS = {1: "g", 2: "r", 3: "i"}
POGSON = 1.0857362047581294
ZERO_POINT = 31.4
"""AB magnitude of 1 nJy, by Rubin's convention (3631 Jy would be 31.40006)."""


@dataclass
class Told:
    """All that packets tell of one kind of measurement: per key the best rank, and what is told with it."""

    best: dict[Key, tuple[tuple[Any, ...], list[Values]]] = field(default_factory=dict)

    def add(self, key: Key, rank: tuple[Any, ...], values: Values) -> None:
        held = self.best.get(key)
        if held is None or rank < held[0]:
            self.best[key] = (rank, [values])
        elif rank == held[0]:
            held[1].append(values)

    def answers(self) -> dict[Key, list[Values]]:
        """Per key, the values that may be read back; more than one where copies of one packet differ."""
        return {key: values for key, (_, values) in self.best.items()}


@dataclass
class ToldLightCurve:
    """An object, as all its packets together tell it."""

    detections: Told = field(default_factory=Told)
    non_detections: Told = field(default_factory=Told)
    forced_photometry: Told = field(default_factory=Told)


def told_light_curves(files: Iterable[Path]) -> dict[str, ToldLightCurve]:
    """The light curves in Avro and Parquet files, by the object's name."""
    curves: dict[str, ToldLightCurve] = {}
    for record in records_of(files):
        _tell(curves.setdefault(record["objectId"], ToldLightCurve()), record)
    return curves


def records_of(files: Iterable[Path]) -> Iterator[Values]:
    for file in files:
        if file.suffix == ".parquet":
            yield from parquet_records(file)
            continue
        with file.open("rb") as stream:
            for record in fastavro.reader(stream):
                assert isinstance(record, dict)
                yield record


def _tell(curve: ToldLightCurve, record: Values) -> None:
    own = record["candidate"]
    candid = own["candid"]
    stamps = [
        (record.get(f"cutout{kind}") or {}).get("stampData") for kind in ("Science", "Template", "Difference")
    ]
    has_stamps = any(data and data[:2] == b"\x1f\x8b" for data in stamps)
    curve.detections.add((candid, mjd(own)), (False, not has_stamps, candid), detection(own, candid, has_stamps))
    for row in record["prv_candidates"] or []:
        if "forcediffimflux" in row:
            curve.forced_photometry.add((row["pid"], mjd(row)), (candid,), forced_photometry(row))
        elif row["candid"] is not None:
            rank = (row["candid"] != candid, True, candid)
            curve.detections.add((row["candid"], mjd(row)), rank, detection(row, row["candid"], False))
        elif number(row["diffmaglim"]) is not None:
            curve.non_detections.add((row["pid"], mjd(row)), (candid,), non_detection(row))
    for row in record.get("fp_hists") or []:
        curve.forced_photometry.add((row["pid"], mjd(row)), (candid,), forced_photometry(row))


def mjd(row: Values) -> float:
    return float(row["jd"] - 2400000.5)


def number(value: float | None, unset: float = -999.0) -> float | None:
    return None if value is None or not isfinite(value) or value == unset else value


def single(value: float | None) -> float | None:
    """As a 32-bit float, which is what the survey measured; some brokers write it as a 64-bit one."""
    return None if value is None else float(struct.unpack("f", struct.pack("f", value))[0])


def detection(row: Values, candid: int, has_stamps: bool) -> Values:
    positive = row["isdiffpos"] in ("t", "1")
    magnitude, error = number(row["magpsf"]), number(row["sigmapsf"])
    distance, reference = number(row.get("distnr")), number(row.get("magnr"))
    corrected = distance is not None and distance < 1.4 and reference is not None
    flux = None if magnitude is None else 10 ** (0.4 * (ZERO_POINT - magnitude))
    apparent: tuple[float | None, float | None, float | None] = (None, None, None)
    if corrected and magnitude is not None and reference is not None:
        apparent = apparent_magnitude(magnitude, error, reference, number(row.get("sigmagnr")), positive)
    return {
        "candid": str(candid),
        "mjd": mjd(row),
        "band": BANDS[row["fid"]],
        "ra": row["ra"],
        "dec": row["dec"],
        "isPositive": positive,
        "magnitude": single(magnitude),
        "magnitudeError": single(error),
        "limitingMagnitude": single(number(row.get("diffmaglim"))),
        "realBogus": single(number(row.get("rb"))),
        "deepRealBogus": single(number(row.get("drb"))),
        "corrected": corrected,
        "hasStamps": has_stamps,
        "flux": None if flux is None else flux if positive else -flux,
        "fluxError": None if flux is None or error is None else flux * error / POGSON,
        "apparentMagnitude": apparent[0],
        "apparentMagnitudeError": apparent[1],
        "apparentMagnitudeErrorExtended": apparent[2],
    }


def non_detection(row: Values) -> Values:
    return {"mjd": mjd(row), "band": BANDS[row["fid"]], "limitingMagnitude": single(number(row["diffmaglim"]))}


def forced_photometry(row: Values) -> Values:
    counts, noise = number(row["forcediffimflux"], -99999.0), number(row["forcediffimfluxunc"], -99999.0)
    zero_point = number(row.get("magzpsci"))
    values: Values = dict.fromkeys(
        ("flux", "fluxError", "magnitude", "magnitudeError", "apparentMagnitude", "apparentMagnitudeError")
    )
    values |= {
        "mjd": mjd(row),
        "band": BANDS[row["fid"]],
        "isPositive": None,
        "limitingMagnitude": single(number(row.get("diffmaglim"))),
    }
    if counts is None or zero_point is None:
        return values
    nanojansky = 10 ** (0.4 * (ZERO_POINT - zero_point))
    values |= {
        "flux": counts * nanojansky,
        "fluxError": None if noise is None else noise * nanojansky,
        "isPositive": counts >= 0,
    }
    if counts == 0:
        return values
    magnitude = zero_point - 2.5 * log10(abs(counts))
    error = None if noise is None else POGSON * noise / abs(counts)
    values |= {"magnitude": magnitude, "magnitudeError": error}
    distance, reference = number(row.get("distnr"), -99999.0), number(row.get("magnr"), -99999.0)
    if distance is not None and distance < 1.4 and reference is not None:
        reference_error = number(row.get("sigmagnr"), -99999.0)
        apparent = apparent_magnitude(magnitude, error, reference, reference_error, counts > 0)
        values |= {"apparentMagnitude": apparent[0], "apparentMagnitudeError": apparent[1]}
    return values


def apparent_magnitude(
    difference: float, error: float | None, reference: float, reference_error: float | None, positive: bool
) -> tuple[float | None, float | None, float | None]:
    """Förster et al. 2021, equations of section 3.4, by ratios to the reference's flux."""
    ratio = 10 ** (-0.4 * (difference - reference))
    total = 1 + ratio if positive else 1 - ratio
    if total <= 0:
        return None, None, None
    magnitude = reference - 2.5 * log10(total)
    if error is None:
        return magnitude, None, None
    extended = ratio * error / total
    if reference_error is None:
        return magnitude, None, extended
    variance = (ratio * error) ** 2 - reference_error**2
    return magnitude, sqrt(variance) / total if variance >= 0 else None, extended
