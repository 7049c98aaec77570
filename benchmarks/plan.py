"""What to run, with what and how much of it."""

from dataclasses import dataclass

from benchmarks.databases import BenchDatabases


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run of the benchmarks."""

    databases: BenchDatabases
    rounds: int
    objects: int
    """Objects that cones are searched among."""
    discovery: str
    """The order in which they were found, one of prepared.DISCOVERIES."""
    detections: int
    """Detections that are there before any is written or read."""
    alerts: int
    """Size of the simulated night."""
    catalog_rows: int
    """Rows of the catalogue that is loaded and searched."""
    stream_objects: int
    """Objects that the database knows before the stream begins."""
    stream_detections: int
    """Their detections."""
    stream_alerts: int
    """Alerts in the stream."""
    pipeline_alerts: int
    """Alerts in the stream whose objects are classified, too."""
    workers: int
    """Processes of `arrayan classify run`."""
    only_fill: bool
    """Fill what takes long, and measure nothing: for a machine that is to be had for minutes only."""
