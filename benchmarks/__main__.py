"""python -m benchmarks [NAMES...]"""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    abuse,
    api,
    api_processor,
    append,
    catalog,
    cone,
    crossmatch,
    crossmatch_table,
    decode_share,
    early,
    ingest,
    late,
    light_curve,
    live,
    machine,
    pages,
    pipeline,
    scaling,
    skymap,
    stream,
    write,
)
from benchmarks.databases import BenchDatabases, timescaledb_url
from benchmarks.figure import BenchmarkUnavailable, Section
from benchmarks.plan import Plan
from benchmarks.prepared import DISCOVERIES
from benchmarks.progress import say
from benchmarks.report import print_report, write_json

BENCHMARKS: Mapping[str, Callable[[Plan], Section]] = {
    "api": api.run,
    "api_processor": api_processor.run,
    "cone": cone.run,
    "crossmatch": crossmatch.run,
    "crossmatch_table": crossmatch_table.run,
    "skymap": skymap.run,
    "write": write.run,
    "light_curve": light_curve.run,
    "ingest": ingest.run,
    "catalog": catalog.run,
    "abuse": abuse.run,
    "append": append.run,
    "decode_share": decode_share.run,
    "scaling": scaling.run,
    "stream": stream.run,
    "stream_lsst": stream.run_lsst,
    "pipeline": pipeline.run,
    "live": live.run,
    "pages": pages.run,
}
CLASSIFIERS: Mapping[str, Callable[[int], None]] = {"early": early.measure, "late": late.measure}
"""These need no database and have no peer; they print for themselves."""
DEFAULT = ("cone", "crossmatch", "skymap", "write", "light_curve", "ingest")
"""`catalog` loads 10 million rows; the others fill a database with 30 million detections: `make
bench-ingest`, `make bench-pipeline`."""


def main() -> int:
    arguments = _parser().parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS) - set(CLASSIFIERS)
    if unknown:
        there_are = ", ".join((*BENCHMARKS, *CLASSIFIERS))
        say(f"no benchmark is named {', '.join(sorted(unknown))}; there are {there_are}")
        return 2
    for name in CLASSIFIERS:
        if name in arguments.names:
            CLASSIFIERS[name](arguments.rounds)
    if arguments.names and set(arguments.names) <= set(CLASSIFIERS):
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the processes that we started end with us
    try:
        url = timescaledb_url()
        databases = BenchDatabases(url, fresh=arguments.fresh)
    except BenchmarkUnavailable as reason:
        say(str(reason))
        return 3
    plan = Plan(
        databases=databases,
        rounds=arguments.rounds,
        objects=arguments.objects,
        discovery=arguments.discovery,
        detections=arguments.detections,
        alerts=arguments.alerts,
        catalog_rows=arguments.catalog_rows,
        stream_objects=arguments.stream_objects,
        stream_detections=arguments.stream_detections,
        stream_alerts=arguments.stream_alerts,
        pipeline_alerts=arguments.pipeline_alerts,
        workers=arguments.workers,
        only_fill=arguments.only_fill,
    )
    try:
        described = machine.describe(url)
        sections = [_run(name, plan) for name in BENCHMARKS if name in (arguments.names or DEFAULT)]
    finally:
        databases.close()
    described["load"] += (
        f" at the start, {machine.load()} at the end (1, 5, 15 minutes; the benchmarks' own included)"
    )
    described["rounds"] = f"{plan.rounds}, after one that warms up; each ratio is the median of the rounds' own"
    print_report(sections, described)
    if arguments.json is not None:
        write_json(arguments.json, sections, described)
    return 0


def _run(name: str, plan: Plan) -> Section:
    try:
        return BENCHMARKS[name](plan)
    except BenchmarkUnavailable as reason:
        return Section(name=name, figures=[], notes=[f"not measured: {reason}"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure ratios to the peers on TimescaleDB; see docs/performance.md.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"which: {', '.join((*BENCHMARKS, *CLASSIFIERS))} (default: {', '.join(DEFAULT)})",
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (default: 7)")
    parser.add_argument("--objects", type=int, default=1_000_000, help="objects to search cones among")
    parser.add_argument(
        "--discovery",
        choices=DISCOVERIES,
        default="by_exposure",
        help="how these objects came into the table: field after field (default), or each from anywhere in the sky",
    )
    parser.add_argument("--detections", type=int, default=3_000_000, help="detections that are there before")
    parser.add_argument("--alerts", type=int, default=2_000, help="alerts of the simulated night")
    parser.add_argument("--catalog-rows", type=int, default=10_000_000, help="rows of the catalogue")
    parser.add_argument("--stream-objects", type=int, default=1_000_000, help="objects known before the stream")
    parser.add_argument("--stream-detections", type=int, default=30_000_000, help="detections of these objects")
    parser.add_argument("--stream-alerts", type=int, default=300_000, help="alerts in the stream")
    parser.add_argument("--pipeline-alerts", type=int, default=100_000, help="alerts of `pipeline`")
    parser.add_argument("--workers", type=int, default=2, help="processes of `arrayan classify run` in `pipeline`")
    parser.add_argument("--only-fill", action="store_true", help="of `pipeline`: fill, and measure another time")
    parser.add_argument("--fresh", action="store_true", help="fill the kept databases anew")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's values to a file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
