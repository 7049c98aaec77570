"""What ZTF packets say, read by fastavro and computed by numpy without any of our code: the oracle for a night."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
import numpy as np
import pyarrow.parquet

RawRow = dict[str, Any]
BANDS = {1: "g", 2: "r", 3: "i"}
ZTF_SCHEMA: RawRow = json.loads(
    (Path(__file__).parents[2] / "surveys" / "schemas" / "ztf" / "4.02" / "alert.avsc").read_text()
)


class Expected(NamedTuple):
    """Rows by object name and measurement; of each, those of the best packet."""

    alerts: set[tuple[str, int]]
    detections: dict[str, list[RawRow]]
    non_detections: dict[str, list[RawRow]]
    forced_photometry: dict[str, list[RawRow]]


def raw_records(folder: Path) -> list[RawRow]:
    """Every record of every Avro file."""
    return [record for file in sorted(folder.rglob("*.avro")) for record in avro_records(file)]


def ztf_records(folder: Path) -> list[RawRow]:
    """Those, and every row of a Parquet file of ZTF alerts, by the names of the files."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".avro", ".parquet"))
    return [
        record
        for file in files
        for record in (parquet_records(file) if file.suffix == ".parquet" else avro_records(file))
    ]


def avro_records(file: Path) -> list[RawRow]:
    with file.open("rb") as stream:
        return list(fastavro.reader(stream))  # type: ignore[arg-type]


def parquet_records(file: Path) -> list[RawRow]:
    """The rows of a Parquet file, with the fields that packets of schema 4.02 have, in their order.

    Without those whose previous detections have lost digits: `parquet_rows` counts them.
    """
    alert = _fields(ZTF_SCHEMA)
    within = {name: _fields(kind.get("items", kind)) for name, kind in alert.items() if kind}
    within |= dict.fromkeys(("cutoutTemplate", "cutoutDifference"), within["cutoutScience"])
    found = []
    for row in parquet_rows(file):
        if any(isinstance(one["candid"], float) for one in row["prv_candidates"] or ()):
            continue
        record = {name: row.get(name) for name in alert}
        for name, fields in within.items():
            value = record[name]
            if isinstance(value, list):
                record[name] = [{field: one[field] for field in fields} for one in value]
            elif value is not None:
                record[name] = {field: value[field] for field in fields}
        found.append(record)
    return found


def parquet_rows(file: Path) -> list[RawRow]:
    """All of them, as pyarrow reads them."""
    rows: list[RawRow] = pyarrow.parquet.ParquetFile(file).read().to_pylist()
    return rows


def _fields(record: RawRow) -> dict[str, RawRow]:
    """Of a record of the schema: its fields, with the record or array that each holds, or nothing."""
    found = {}
    for field in record["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        found[field["name"]] = next((kind for kind in kinds if isinstance(kind, dict)), {})
    return found


def expected_light_curves(records: Iterable[RawRow]) -> Expected:
    """The union of what packets hold: a detection's own packet first (with stamps before without), then the
    earliest of those that copy it."""
    detections: dict[tuple[str, int, float], tuple[Any, RawRow]] = {}
    limits: dict[tuple[str, int, float], tuple[Any, RawRow]] = {}
    forced: dict[tuple[str, int, float], tuple[Any, RawRow]] = {}
    alerts = set()

    def offer(table: dict[tuple[str, int, float], tuple[Any, RawRow]], key: Any, rank: Any, row: RawRow) -> None:
        if key not in table or rank < table[key][0]:
            table[key] = (rank, row)

    for record in records:
        name, own = record["objectId"], record["candidate"]
        candid = own["candid"]
        alerts.add((name, candid))
        stamps = all((record.get(f"cutout{kind}") or {}).get("stampData") for kind in ("Science", "Difference"))
        offer(detections, (name, candid, own["jd"]), (0, not stamps, candid), own | {"has_stamps": stamps})
        for row in record["prv_candidates"] or ():
            if "forcediffimflux" in row:
                offer(forced, (name, row["pid"], row["jd"]), candid, row)
            elif row["candid"] is None:
                if finite(row["diffmaglim"]) is not None:
                    offer(limits, (name, row["pid"], row["jd"]), candid, row)
            else:
                offer(detections, (name, row["candid"], row["jd"]), (1, True, candid), row | {"has_stamps": False})
        for row in record.get("fp_hists") or ():
            offer(forced, (name, row["pid"], row["jd"]), candid, row)
    return Expected(alerts, by_name(detections), by_name(limits), by_name(forced))


def by_name(table: dict[tuple[str, int, float], tuple[Any, RawRow]]) -> dict[str, list[RawRow]]:
    found: dict[str, list[RawRow]] = defaultdict(list)
    for (name, number, jd), (_, row) in sorted(table.items(), key=lambda item: (item[0][2], item[0][1])):
        found[name].append(row | {"number": number, "mjd": jd - 2400000.5})
    return found


def finite(value: float | None, unset: float = -999.0) -> float | None:
    return None if value is None or not math.isfinite(value) or value == unset else value


def is_positive(row: RawRow) -> bool:
    return row["isdiffpos"] in ("t", "1")


def is_corrected(row: RawRow) -> bool:
    distance = finite(row.get("distnr"))
    return distance is not None and distance < 1.4 and finite(row.get("magnr")) is not None


def corrected_magnitudes(row: RawRow) -> tuple[float | None, float | None, float | None]:
    """Apparent magnitude, its error, and its error for extended sources, in relative fluxes."""
    if not is_corrected(row):
        return None, None, None
    reference, difference = np.power(10.0, -np.array([row["magnr"], row["magpsf"]]) / 2.5)
    total = reference + (difference if is_positive(row) else -difference)
    if total <= 0:
        return None, None, None
    extended = difference * row["sigmapsf"] / total
    sigma = finite(row.get("sigmagnr"))
    radicand = -1.0 if sigma is None else (difference * row["sigmapsf"]) ** 2 - (reference * sigma) ** 2
    error = float(np.sqrt(radicand) / total) if radicand >= 0 else None
    return float(-2.5 * np.log10(total)), error, float(extended)


def dubious_flags(rows: list[RawRow]) -> list[bool]:
    """Of rows of one object in the order of time."""
    first: dict[int, bool] = {}
    flags = []
    for row in rows:
        corrected = is_corrected(row)
        started = first.setdefault(row["fid"], corrected)
        flags.append((not corrected and not is_positive(row)) or corrected != started)
    return flags
