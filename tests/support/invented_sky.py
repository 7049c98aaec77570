"""Makes what the manual needs beside the simulated night: catalogues of AGN and host galaxies, and a sky map.

    .venv/bin/python -m tests.support.invented_sky

They are invented as the night is: positions are those of its truth, moved by the errors of a catalogue.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from api.worked_queries import FOLDER
from cli.commands.up import SAMPLE_ALERTS, SAMPLE_SEED
from simulate.night import simulate_alerts
from simulate.truth import Truth
from tests.support.skymaps import multi_order_fits, two_arcs

SOURCE = "ZTF00gluncfw"
"""The object of the night that the sky map is drawn around: a supernova candidate first seen in this night."""
ERROR_ARCSEC = 0.2
"""Of the catalogues' positions, in each direction."""


def main() -> None:
    alerts = simulate_alerts(SAMPLE_ALERTS, SAMPLE_SEED, processes=2)
    truth = list({alert.truth.objectId: alert.truth for alert in alerts}.values())
    write_agn([one for one in truth if one.early_class == "AGN"])
    write_hosts([one for one in truth if one.early_class == "SN"])
    write_skymap(truth)


def write_agn(truth: Sequence[Truth]) -> None:
    random = np.random.default_rng(1)
    write_table(
        "invented_agn.csv",
        ("name", "ra", "dec", "kind", "redshift"),
        (
            (f"AGN {number:04}", *moved(one, random.normal(0, ERROR_ARCSEC, 2)), one.kind, f"{one.redshift:.4f}")
            for number, one in enumerate(truth, 1)
        ),
    )


def write_hosts(truth: Sequence[Truth]) -> None:
    """The host of a supernova lies as far from it as the truth says, in a direction that is drawn."""
    random = np.random.default_rng(2)
    rows = []
    for number, one in enumerate(truth, 1):
        angle = random.uniform(0, 2 * np.pi)
        offset = one.host_offset_arcsec * np.array([np.cos(angle), np.sin(angle)])
        place = moved(one, offset + random.normal(0, ERROR_ARCSEC, 2))
        rows.append((f"Galaxy {number:04}", *place, f"{one.redshift:.4f}"))
    write_table("invented_hosts.csv", ("name", "ra", "dec", "redshift"), rows)


def write_skymap(truth: Sequence[Truth]) -> None:
    """As detectors of gravitational waves send it, some degrees beside the source."""
    (source,) = (one for one in truth if one.objectId == SOURCE)
    sky = two_arcs(round(source.ra) + 3.0, round(source.dec) - 2.0, 6.0, coarse=2, fine=5)
    header = {"OBJECT": "INVENTED", "DATE-OBS": "2026-11-06T00:00:00", "INSTRUME": "H1,L1,V1"}
    packed = multi_order_fits(sky, **header, DISTMEAN=300.0, DISTSTD=80.0)
    (FOLDER / "invented_skymap.fits").write_bytes(packed)


def moved(one: Truth, offset_arcsec: Iterable[float]) -> tuple[str, str]:
    """Right ascension and declination as text, moved eastwards and northwards."""
    east, north = (value / 3600 for value in offset_arcsec)
    return f"{(one.ra + east / np.cos(np.radians(one.dec))) % 360:.6f}", f"{one.dec + north:.6f}"


def write_table(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with Path(FOLDER / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
