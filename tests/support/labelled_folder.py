"""A small folder of labelled light curves, with the columns that training data have."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from classify.features.photometry import BANDS
from classify.training.labelled import LabelledCurve

OBJECT_COLUMNS = ("object_id", "group_id", "source", "class_late", "is_simulated", "label_conflict")


def write_labelled(folder: Path, curves: list[LabelledCurve], *, conflict: tuple[str, ...] = ()) -> None:
    """`objects.parquet` and `lightcurves.parquet` of these."""
    objects, points = [], []
    for curve in curves:
        row = (
            curve.object_id,
            curve.group,
            curve.source,
            curve.label,
            curve.is_simulated,
            curve.object_id in conflict,
        )
        objects.append(dict(zip(OBJECT_COLUMNS, row, strict=True)))
        photometry = curve.photometry
        for number, band in enumerate(BANDS):
            inside = slice(*photometry.start[number : number + 2].tolist())
            for time, magnitude, error, sign in zip(
                photometry.time[inside].tolist(),
                photometry.magnitude[inside].tolist(),
                photometry.error[inside].tolist(),
                photometry.sign[inside].tolist(),
                strict=True,
            ):
                points.append(
                    {
                        "object_id": curve.object_id,
                        "mjd": time + photometry.first_mjd,
                        "band": band.value,
                        "mag": magnitude,
                        "magerr": error,
                        "flux_ujy": None,
                        "fluxerr_ujy": None,
                        "upper_limit": False,
                        "diff_pos": None if sign == 0 else sign > 0,
                    }
                )
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(objects), folder / "objects.parquet")
    schema = pa.schema(
        [
            *(("object_id", pa.string()), ("mjd", pa.float64()), ("band", pa.string()), ("mag", pa.float32())),
            *(("magerr", pa.float32()), ("flux_ujy", pa.float32()), ("fluxerr_ujy", pa.float32())),
            *(("upper_limit", pa.bool_()), ("diff_pos", pa.bool_())),
        ]
    )
    parquet.write_table(pa.Table.from_pylist(points, schema), folder / "lightcurves.parquet")
