"""HATS catalogues (IVOA note, version 1.0): Parquet files by HEALPix pixel, which LSDB reads.

    <name>/hats.properties, partition_info.csv
    <name>/dataset/_metadata, _common_metadata
    <name>/dataset/Norder=<order>/Dir=<10000s>/Npix=<pixel>.parquet

Rows of a file are in the order of `_healpix_29`. The properties are written last: a folder without them is none.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from takeout.arrow import arrow_array, arrow_schema
from takeout.column import Column, Kind, Row, Table
from takeout.healpix_partitions import Partition, Pixel

PIXEL_COLUMN = Column("_healpix_29", Kind.INT64, "Nested HEALPix pixel, order 29.", ucd="pos.healpix")
COMPRESSION = "zstd"


class Nested(NamedTuple):
    """A table in every row of another: a column whose values are lists, one for each of its columns."""

    name: str
    table: Table

    @property
    def field(self) -> Any:
        lists = [
            field.with_type(pa.list_(field.type)).with_nullable(True) for field in arrow_schema(self.table, {})
        ]
        return pa.field(
            self.name, pa.struct(lists), nullable=True, metadata={"description": self.table.description}
        )

    def array(self, rows_of_each: Sequence[Sequence[Row]]) -> Any:
        """The rows of the table for each row of the other."""
        lengths = [len(rows) for rows in rows_of_each]
        flat = [row for rows in rows_of_each for row in rows]
        offsets = pa.array([0, *_running(lengths)], pa.int32())
        columns = list(zip(*flat, strict=True)) or [() for _ in self.table.columns]
        lists = [
            pa.ListArray.from_arrays(offsets, arrow_array(column, values))
            for column, values in zip(self.table.columns, columns, strict=True)
        ]
        return pa.StructArray.from_arrays(lists, fields=list(self.field.type))


def _running(numbers: Sequence[int]) -> Iterator[int]:
    total = 0
    for number in numbers:
        total += number
        yield total


class Catalog(NamedTuple):
    """A catalogue to be: `kind` is HATS's word, object or source; `nested` are tables in its rows."""

    kind: str
    table: Table
    nested: tuple[Nested, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        return (PIXEL_COLUMN, *self.table.columns)

    @property
    def schema(self) -> Any:
        described = arrow_schema(self.table._replace(columns=self.columns), {})
        return pa.schema([*described, *(one.field for one in self.nested)], described.metadata)


class CatalogWriter:
    """Writes one catalogue into a new folder, partition by partition."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder
        self._dataset = folder / "dataset"
        self._schema = catalog.schema
        self._written: list[Partition] = []
        self._footers: list[Any] = []
        self._bytes = 0
        self._dataset.mkdir(parents=True)

    @contextmanager
    def partition(self, pixel: Pixel) -> Iterator["PartitionWriter"]:
        """Takes the rows of a pixel, in the order of their order-29 pixels."""
        file = self._dataset / pixel.file
        file.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(file, self._schema, compression=COMPRESSION) as writer:
            rows = PartitionWriter(self._catalog, self._schema, writer)
            yield rows
        footer = pq.read_metadata(file)
        footer.set_file_path(pixel.file)
        self._footers.append(footer)
        self._written.append(Partition(pixel, rows.count))
        self._bytes += file.stat().st_size

    def finish(self, builder: str) -> None:
        """Make a catalogue of it."""
        pq.write_metadata(self._schema, self._dataset / "_common_metadata")
        pq.write_metadata(self._schema, self._dataset / "_metadata", metadata_collector=self._footers)
        lines = [f"{pixel.order},{pixel.number}\n" for pixel, _ in self._written]
        (self._folder / "partition_info.csv").write_text("Norder,Npix\n" + "".join(lines))
        properties = "".join(f"{name}={value}\n" for name, value in self._properties(builder).items())
        (self._folder / "hats.properties").write_text(f"#HATS catalog\n{properties}", encoding="utf-8")

    def _properties(self, builder: str) -> dict[str, object]:
        rows = [partition.rows for partition in self._written]
        sizes = [self._dataset.joinpath(pixel.file).stat().st_size for pixel, _ in self._written]
        return {
            "obs_collection": self._catalog.table.name,
            "dataproduct_type": self._catalog.kind,
            "hats_nrows": sum(rows),
            "hats_col_ra": "ra",
            "hats_col_dec": "dec",
            "hats_col_healpix": PIXEL_COLUMN.name,
            "hats_col_healpix_order": 29,
            "hats_npix_suffix": ".parquet",
            "hats_max_rows": max(rows, default=0),
            "hats_max_bytes": max(sizes, default=0),
            "hats_order": max((pixel.order for pixel, _ in self._written), default=0),
            "moc_sky_fraction": f"{sum(_share(pixel) for pixel, _ in self._written):.5f}",
            "hats_builder": builder,
            "hats_creation_date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M}UTC",
            "hats_estsize": sum(sizes) // 1024,
            "hats_release_date": "2025-08-22",
            "hats_version": "v1.0",
            "obs_description": self._catalog.table.description,
        }


def _share(pixel: Pixel) -> float:
    return 1.0 / (12 << 2 * pixel.order)


class PartitionWriter:
    """Writes the rows of one file."""

    def __init__(self, catalog: Catalog, schema: Any, writer: Any) -> None:
        self._catalog = catalog
        self._schema = schema
        self._writer = writer
        self.count = 0

    def write(self, rows: Sequence[Row], nested: Sequence[Sequence[Sequence[Row]]] = ()) -> None:
        """Rows with their pixel first; for each nested table, its rows for each of them. They become a group."""
        columns = zip(*rows, strict=True)
        arrays = [
            arrow_array(column, values) for column, values in zip(self._catalog.columns, columns, strict=True)
        ]
        arrays += [one.array(each) for one, each in zip(self._catalog.nested, nested, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema), len(rows))
        self.count += len(rows)
