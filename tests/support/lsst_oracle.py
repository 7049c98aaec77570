"""What LSST packets say, read by fastavro and pyarrow without any of our code: the oracle for a night."""

import io
import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
import numpy as np
import pyarrow.parquet
from astropy.time import Time

RawRow = dict[str, Any]


class Raw(NamedTuple):
    """A packet, and the file it came from."""

    file: Path
    record: RawRow


class Told(NamedTuple):
    """Rows by object name, each once: from the alert of the source itself, else from the earliest history."""

    alerts: set[tuple[str, int]]
    detections: dict[str, list[RawRow]]
    forced_photometry: dict[str, list[RawRow]]


def raw_packets(alerts: Path) -> list[Raw]:
    """Every packet below lsst/, whatever its form."""
    found = []
    for file in sorted(path for path in (alerts / "lsst").rglob("*") if path.is_file()):
        found += [Raw(file, record) for record in _records(file, alerts / "schemas" / "lsst")]
    return found


def _records(file: Path, schemas: Path) -> Iterable[RawRow]:
    if file.suffix == ".parquet":
        return list(pyarrow.parquet.read_table(file).to_pylist())
    content = file.read_bytes()
    if file.suffix == ".avro":
        return list(fastavro.reader(io.BytesIO(content)))  # type: ignore[arg-type]
    number = int.from_bytes(content[1:5], "big")
    record: Any = fastavro.schemaless_reader(io.BytesIO(content[5:]), _published(schemas, number), None)
    return [record]


@cache
def _published(schemas: Path, number: int) -> Any:
    version = f"{number // 100}_{number % 100}"
    return fastavro.schema.load_schema(str(schemas / version / f"lsst.v{version}.alert.avsc"))


def name_of(record: RawRow) -> str:
    source = record["diaSource"]
    return str(source["diaObjectId"] or f"ss{source['ssObjectId']}")


def told(packets: Iterable[Raw]) -> Told:
    detections: dict[tuple[str, int], tuple[Any, RawRow]] = {}
    forced: dict[tuple[str, int], tuple[Any, RawRow]] = {}
    alerts = set()

    def offer(
        table: dict[tuple[str, int], tuple[Any, RawRow]], key: tuple[str, int], rank: Any, row: RawRow
    ) -> None:
        if key not in table or rank < table[key][0]:
            table[key] = (rank, row)

    for packet in packets:
        record, own = packet.record, packet.record["diaSource"]
        name, number = name_of(record), own["diaSourceId"]
        alerts.add((name, number))
        offer(detections, (name, number), (0, number), own | {"has_stamps": bool(record["cutoutScience"])})
        for row in record["prvDiaSources"] or ():
            offer(detections, (name, row["diaSourceId"]), (1, number), row | {"has_stamps": False})
        for row in record["prvDiaForcedSources"] or ():
            offer(forced, (name, row["diaForcedSourceId"]), number, row)
    return Told(alerts, _by_name(detections), _by_name(forced))


def _by_name(table: dict[tuple[str, int], tuple[Any, RawRow]]) -> dict[str, list[RawRow]]:
    found: dict[str, list[RawRow]] = defaultdict(list)
    for (name, number), (_, row) in table.items():
        found[name].append(row | {"number": number})
    for name, rows in found.items():
        mjds = Time([row["midpointMjdTai"] for row in rows], format="mjd", scale="tai").utc.mjd
        timed = [row | {"mjd": mjd} for row, mjd in zip(rows, mjds.tolist(), strict=True)]
        found[name] = sorted(timed, key=lambda row: (row["midpointMjdTai"], row["number"]))
    return found


def finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def magnitude(flux: float | None, error: float | None) -> tuple[float | None, float | None]:
    """AB magnitude of the size of a flux in nJy (0 mag: 3631 Jy), by numpy, and its error."""
    flux, error = finite(flux), finite(error)
    if not flux:
        return None, None
    size = abs(flux) * 1e-9
    zero_point = 10 ** (0.4 * (31.4 - 22.5))  # nJy at 22.5 mag; Rubin rounds 31.39994 to 31.4
    value = float(22.5 - 2.5 * np.log10(size / (zero_point * 1e-9)))
    return value, None if error is None else float(2.5 / np.log(10) * error / abs(flux))


def apparent(row: RawRow) -> tuple[float | None, float | None]:
    flux = finite(row.get("scienceFlux"))
    return (None, None) if flux is None or flux <= 0 else magnitude(flux, row["scienceFluxErr"])
