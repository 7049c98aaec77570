"""Run by a Python that has LSDB: opens exported catalogues and tells, as JSON, what it finds in them."""

import json
import sys
from pathlib import Path

import lsdb


def main(folder: Path) -> None:
    objects = lsdb.open_catalog(folder / "objects")
    detections = lsdb.open_catalog(folder / "detections")
    curves = lsdb.open_catalog(folder / "light_curves")
    table = curves.compute()
    some = objects.compute().iloc[0]
    near = objects.cone_search(ra=some["ra"], dec=some["dec"], radius_arcsec=5).compute()
    joined = objects.crossmatch(objects, radius_arcsec=1, suffixes=("_a", "_b")).compute()
    flat = table["detections"].explode().dropna(subset=["candid"])
    sys.stdout.write(
        json.dumps(
            {
                "objects": sorted(objects.compute()["name"]),
                "detections": sorted(map(int, detections.compute()["candid"])),
                "nested_detections": sorted(map(int, flat["candid"])),
                "light_curves": sorted(table["name"]),
                "near": sorted(near["name"]),
                "near_place": [some["name"]],
                "matched_with_itself": int((joined["name_a"] == joined["name_b"]).sum()),
                "partitions": len(objects.get_healpix_pixels()),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
