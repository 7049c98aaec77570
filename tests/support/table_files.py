"""One small table of the sky, written in every format that is read."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table

IDS = ["a 1", "b,2", "c;3"]
RA = [10.25, 359.999999, 0.0]
DEC = [-45.5, 89.9999, 0.0]
MAGNITUDES = [17.32, None, 21.0]
"""32-bit floats where a format has them; the second is missing."""
COUNTS = [1, 2, 2**53 + 1]
VALUES: list[list[str | None]] = [["17.32", "1"], [None, "2"], ["21.0", "9007199254740993"]]


def astropy_table() -> Table:
    """The table with units, descriptions and UCDs."""
    magnitudes = np.ma.MaskedArray(np.array([17.32, 0, 21.0], dtype=np.float32), mask=[False, True, False])
    table = Table({"Source_ID": IDS, "RAJ2000": RA, "DEJ2000": DEC, "gmag": magnitudes, "n": np.array(COUNTS)})
    table["RAJ2000"].unit = table["DEJ2000"].unit = "deg"
    table["gmag"].unit = "mag"
    table["gmag"].description = "Mean magnitude"
    for name, ucd in (
        ("RAJ2000", "pos.eq.ra;meta.main"),
        ("DEJ2000", "pos.eq.dec;meta.main"),
        ("Source_ID", "meta.id;meta.main"),
    ):
        table[name].meta["ucd"] = ucd
    return table


def csv(path: Path) -> None:
    path.write_text(
        'Source_ID,RAJ2000,DEJ2000,gmag,n\n"a 1",10.25,-45.5,17.32,1\n"b,2",359.999999,89.9999,,2\n'
        "c;3,0.0,0,21.0,9007199254740993\n"
    )


def tsv(path: Path) -> None:
    path.write_text(
        "# made by hand\nSource_ID\tRAJ2000\tDEJ2000\tgmag\tn\r\na 1\t10.25\t-45.5\t17.32\t1\r\n"
        "b,2\t359.999999\t89.9999\tNaN\t2\r\nc;3\t0.0\t0\t21.0\t9007199254740993\r\n"
    )


def ecsv(path: Path) -> None:
    astropy_table().write(path, format="ascii.ecsv")


def votable(path: Path, form: str = "tabledata") -> None:
    astropy_table().write(path, format="votable", tabledata_format=form)


def votable_binary(path: Path) -> None:
    votable(path, "binary")


def votable_binary2(path: Path) -> None:
    votable(path, "binary2")


def fits(path: Path) -> None:
    astropy_table().write(path, format="fits")


def parquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def field(name: str, kind: Any, metadata: Mapping[str, str] | None = None) -> Any:
        return pa.field(name, kind, metadata=metadata)

    schema = pa.schema(
        [
            field("Source_ID", pa.string()),
            field("RAJ2000", pa.float64(), {"unit": "deg"}),
            field("DEJ2000", pa.float64(), {"unit": "deg"}),
            field("gmag", pa.float32(), {"unit": "mag", "description": "Mean magnitude"}),
            field("n", pa.int64()),
        ]
    )
    pq.write_table(pa.Table.from_arrays([IDS, RA, DEC, MAGNITUDES, COUNTS], schema=schema), path)


def hats(folder: Path) -> None:
    """Two files, whose columns have names that only the properties explain."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "dataset" / "Norder=0" / "Dir=0").mkdir(parents=True)
    (folder / "hats.properties").write_text("#HATS catalog\nhats_col_ra=east\nhats_col_dec=north\nhats_nrows=3\n")
    for pixel, rows in enumerate((slice(0, 1), slice(1, 3))):
        columns = {
            "_healpix_29": [0] * len(IDS[rows]),
            "Source_ID": IDS[rows],
            "east": RA[rows],
            "north": DEC[rows],
            "gmag": pa.array(MAGNITUDES[rows], pa.float32()),
            "n": COUNTS[rows],
        }
        pq.write_table(pa.table(columns), folder / "dataset" / "Norder=0" / "Dir=0" / f"Npix={pixel}.parquet")
    pq.write_table(pa.table({"Norder": [0]}), folder / "dataset" / "_metadata")


WRITERS: Mapping[str, Callable[[Path], None]] = {
    "table.csv": csv,
    "table.tsv": tsv,
    "table.ecsv": ecsv,
    "table.vot": votable,
    "binary.vot": votable_binary,
    "binary2.vot": votable_binary2,
    "table.fits": fits,
    "table.parquet": parquet,
    "hats": hats,
}
SAYS_UNITS = frozenset(WRITERS) - {"table.csv", "table.tsv", "hats"}
