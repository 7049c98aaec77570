"""What each command does with a client."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arrayan_client.cli.arguments import (
    count_text,
    limit_option,
    name_arguments,
    output_options,
    position_argument,
    range_text,
    survey_option,
)
from arrayan_client.cli.output import note, write_rows
from arrayan_client.cli.tables import read_table
from arrayan_client.client import Arrayan
from arrayan_client.columns import CLASSIFIED_EVENT_COLUMNS, DETECTED_EVENT_COLUMNS
from arrayan_client.errors import InvalidInput
from arrayan_client.tables import cell, plain

Parsers = Any
Run = Callable[[Arrayan, argparse.Namespace], None]


def add_commands(parsers: Parsers) -> None:
    """Every command with its arguments."""
    for add in (
        *(_objects, _object, _lightcurve, _probabilities, _features, _cone, _crossmatch, _catalogs, _catalog),
        *(_stamps, _packet, _classifiers, _classes, _skymap, _download, _subscribe, _nights),
    ):
        add(parsers)


def _command(parsers: Parsers, name: str, run: Run, help_text: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parsers.add_parser(
        name,
        help=help_text,
        description=f"{help_text[0].upper()}{help_text[1:]}.",
        epilog=f"example: arrayan-client {example}",
    )
    parser.set_defaults(run=run)
    return parser


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--classifier", help="name of a classifier; `arrayan-client classifiers` lists them")
    parser.add_argument("--class", dest="class_name", action="append", help="one of its classes; may be repeated")
    parser.add_argument(
        "--probability", type=range_text, metavar="P", help="of the class: 0.8 at least, or 0.5:0.8"
    )
    parser.add_argument("--ndet", type=count_text, metavar="N", help="number of detections: 5 at least, or 5:10")
    parser.add_argument("--firstmjd", type=range_text, metavar="MJD", help="first detection: FROM, FROM:TO or :TO")
    parser.add_argument("--lastmjd", type=range_text, metavar="MJD", help="last detection: FROM, FROM:TO or :TO")
    parser.add_argument("--where", type=_where, metavar="JSON", help="an ObjectFilter of the schema")
    survey_option(parser)


def _where(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"--where must be JSON: {error}") from None
    if not isinstance(read, dict):
        raise argparse.ArgumentTypeError('--where must be an object, such as {"stellar": false}')
    return read


def _objects(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        rows = arrayan.query_objects(
            classifier=given.classifier,
            class_name=given.class_name,
            probability=given.probability,
            ndet=given.ndet,
            firstmjd=given.firstmjd,
            lastmjd=given.lastmjd,
            where=given.where,
            survey=given.survey,
            order_by=given.order_by,
            order_mode="ASC" if given.ascending else "DESC",
            limit=given.limit,
        )
        write_rows(rows, given.format, given.output)

    parser = _command(
        parsers, "objects", run, "objects that pass conditions", "objects --classifier early --class SN --ndet 2"
    )
    _filters(parser)
    parser.add_argument(
        "--order-by", metavar="KEY", help="last_mjd (default), first_mjd, detection_count, name, ..."
    )
    parser.add_argument("--ascending", action="store_true", help="the smallest first")
    limit_option(parser, 100)
    output_options(parser)


def _object(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        fields = arrayan.query_object(given.name, given.survey).model_dump(mode="json")
        if given.format == "json":
            sys.stdout.write(json.dumps(fields, ensure_ascii=False, indent=1) + "\n")
            return
        for name, value in fields.items():
            sys.stdout.write(f"{name:20}{cell(value)}\n")

    parser = _command(parsers, "object", run, "one object by its name", "object ZTF20aaelulu")
    name_arguments(parser)
    parser.add_argument("-f", "--format", choices=("table", "json"), help="default: table")


def _lightcurve(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        curve = arrayan.query_lightcurve(
            given.name, given.survey, bands=given.bands, after_mjd=given.after_mjd, before_mjd=given.before_mjd
        )
        if given.plot is not None:
            axes = curve.plot(quantity=given.quantity, period=given.period)
            axes.figure.savefig(given.plot, bbox_inches="tight")
            note(f"drawn in {given.plot}")
            return
        tables: dict[str, Any] = {
            "detections": curve.detections,
            "non_detections": curve.non_detections,
            "forced_photometry": curve.forced_photometry,
            "all": curve.points,
        }
        write_rows(tables[given.table], given.format, given.output)

    parser = _command(
        parsers, "lightcurve", run, "the light curve of an object", "lightcurve ZTF20aaelulu -o sn.csv"
    )
    name_arguments(parser)
    parser.add_argument(
        "--table",
        default="all",
        choices=("all", "detections", "non_detections", "forced_photometry"),
        help="default: all, with their kind",
    )
    parser.add_argument("--bands", help="these bands, such as gr")
    parser.add_argument("--after-mjd", type=float, metavar="MJD", help="not before this time")
    parser.add_argument("--before-mjd", type=float, metavar="MJD", help="not after this time")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it: PNG, PDF, SVG (needs matplotlib)")
    parser.add_argument("--quantity", choices=("difference", "apparent", "flux"), default="difference")
    parser.add_argument("--period", type=float, metavar="DAYS", help="fold the drawing")
    output_options(parser)


def _probabilities(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        rows = arrayan.query_probabilities(
            given.name, given.survey, classifier=given.classifier, history=given.history
        )
        write_rows(rows, given.format, given.output)

    parser = _command(
        parsers, "probabilities", run, "what classifiers say of an object", "probabilities ZTF20aaelulu"
    )
    name_arguments(parser)
    parser.add_argument("--classifier", help="of this classifier alone")
    parser.add_argument("--history", action="store_true", help="every answer ever given, oldest first")
    output_options(parser)


def _features(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        write_rows(arrayan.query_features(given.name, given.survey), given.format, given.output)

    parser = _command(parsers, "features", run, "the features of an object's light curve", "features ZTF20aaelulu")
    name_arguments(parser)
    output_options(parser)


def _cone(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        rows = arrayan.cone_search(" ".join(given.position), given.radius, where=given.where, limit=given.limit)
        write_rows(rows, given.format, given.output)

    parser = _command(parsers, "cone", run, "objects around a place, nearest first", "cone 269.48 9.19 --radius 60")
    position_argument(parser)
    parser.add_argument("-r", "--radius", type=float, default=30.0, metavar="ARCSEC", help="default 30")
    parser.add_argument("--where", type=_where, metavar="JSON", help="an ObjectFilter of the schema")
    limit_option(parser, 100)
    output_options(parser)


def _crossmatch(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        table = read_table(given.file)
        rows = arrayan.crossmatch(
            table,
            given.radius,
            nearest=given.nearest,
            ra=given.ra,
            dec=given.dec,
            name=given.name,
            progress=sys.stderr.isatty(),
        )
        write_rows(rows[:] if given.all else _matches(rows), given.format, given.output)

    parser = _command(
        parsers, "crossmatch", run, "the objects near each position of a table", "crossmatch targets.csv --radius 2"
    )
    parser.add_argument("file", help="CSV with a line of names, or `-` for standard input; VOTable, FITS, Parquet")
    parser.add_argument("-r", "--radius", type=float, default=2.0, metavar="ARCSEC", help="default 2")
    parser.add_argument(
        "--nearest", type=int, default=1, metavar="N", help="most objects for a position (default 1)"
    )
    parser.add_argument("--all", action="store_true", help="rows for positions without an object, too")
    parser.add_argument("--ra", metavar="COLUMN", help="name of the column, where it is not the usual one")
    parser.add_argument("--dec", metavar="COLUMN", help="the same")
    parser.add_argument("--name", metavar="COLUMN", help="the same")
    output_options(parser)


def _matches(rows: Any) -> Any:
    return type(rows)([row for row in rows if row.is_match], rows.columns, query=rows.query)


def _catalogs(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        write_rows(arrayan.query_catalogs(), given.format, given.output)

    output_options(_command(parsers, "catalogs", run, "the catalogues that the server keeps", "catalogs"))


def _catalog(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        rows = arrayan.catalog_search(_numbers(given.position), given.radius, catalogs=given.catalog)
        write_rows(rows, given.format, given.output)

    parser = _command(
        parsers, "catalog", run, "sources of catalogues around a place", "catalog 269.48 9.19 --radius 10"
    )
    position_argument(parser)
    parser.add_argument("-r", "--radius", type=float, default=50.0, metavar="ARCSEC", help="default 50")
    parser.add_argument("--catalog", action="append", metavar="NAME", help="this one; may be repeated")
    output_options(parser)


def _numbers(words: list[str]) -> Any:
    numbers = " ".join(words).replace(",", " ").split()
    try:
        return tuple(map(float, numbers))
    except ValueError:
        raise InvalidInput(f"ra and dec in degrees are needed, got {' '.join(words)!r}") from None


def _stamps(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        stamps = arrayan.get_stamps(given.name, given.candid, given.survey)
        if given.plot is not None:
            stamps.plot().savefig(given.plot, bbox_inches="tight")
            note(f"drawn in {given.plot}")
            return
        if not given.directory.is_dir():
            raise InvalidInput(f"there is no folder {given.directory}")
        for stamp in stamps.images:
            path = given.directory / f"{stamps.name}_{stamps.candid}_{stamp.kind.lower()}.fits"
            path.write_bytes(stamp.fits)
            sys.stdout.write(f"{path}\n")

    parser = _command(parsers, "stamps", run, "the images of an alert as FITS files", "stamps ZTF20aaelulu")
    name_arguments(parser)
    parser.add_argument("--candid", help="the alert; the first that has images when none is named")
    parser.add_argument("-d", "--directory", type=Path, default=Path(), help="where to write them (default: here)")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw them instead (needs matplotlib and astropy)"
    )


def _packet(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        packet = arrayan.get_packet(given.name, given.candid, given.survey)
        if given.format == "json":
            sys.stdout.write(json.dumps(dict(packet.fields), ensure_ascii=False, indent=1) + "\n")
            return
        for name, value in packet.fields.items():
            sys.stdout.write(f"{name:32}{cell(value)}\n")

    parser = _command(
        parsers, "packet", run, "every field that the survey sent with an alert", "packet ZTF20aaelulu"
    )
    name_arguments(parser)
    parser.add_argument("--candid", help="the alert; the first one when none is named")
    parser.add_argument("-f", "--format", choices=("table", "json"), help="default: table")


def _classifiers(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        write_rows(arrayan.query_classifiers(), given.format, given.output)

    output_options(_command(parsers, "classifiers", run, "the classifiers and their versions", "classifiers"))


def _classes(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        rows = arrayan.query_classes(given.classifier, given.version)
        write_rows(rows, given.format, given.output)

    parser = _command(parsers, "classes", run, "the classes of a classifier", "classes early")
    parser.add_argument("classifier")
    parser.add_argument("--version", help="of this version; of the current one when none is named")
    output_options(parser)


def _skymap(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        skymap = arrayan.upload_skymap(given.file)
        note(f"map {skymap.id}: 90 % within {skymap.area90:.1f} square degrees")
        rows = arrayan.search_skymap(
            skymap, given.level, ndet=given.ndet, firstmjd=given.firstmjd, lastmjd=given.lastmjd, limit=given.limit
        )
        write_rows(rows, given.format, given.output)

    parser = _command(
        parsers, "skymap", run, "objects in a sky map, the most probable first", "skymap bayestar.fits --level 0.9"
    )
    parser.add_argument("file", help="a HEALPix map of probability as FITS, gzipped or not")
    parser.add_argument("--level", type=float, default=0.9, metavar="P", help="credible level (default 0.9)")
    parser.add_argument("--ndet", type=count_text, metavar="N", help="number of detections: 5 at least, or 5:10")
    parser.add_argument("--firstmjd", type=range_text, metavar="MJD", help="first detection: FROM, FROM:TO or :TO")
    parser.add_argument("--lastmjd", type=range_text, metavar="MJD", help="last detection: FROM, FROM:TO or :TO")
    limit_option(parser, 100)
    output_options(parser)


def _download(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        done = arrayan.download(given.file, given.where, format=given.format, limit=given.limit)
        note(f"{done.rows} rows in {done.path}{'' if done.complete else ', more were left out'}")

    parser = _command(
        parsers,
        "download",
        run,
        "objects as a file that the server makes, up to a million",
        "download night.parquet",
    )
    parser.add_argument("file", type=Path, help="ends in .csv, .vot, .fits or .parquet")
    parser.add_argument("--where", type=_where, metavar="JSON", help="an ObjectFilter of the schema")
    parser.add_argument("--limit", type=int, metavar="N", help="most rows")
    parser.add_argument("-f", "--format", choices=("csv", "vot", "fits", "parquet"))


def _nights(parsers: Parsers) -> None:
    def run(arrayan: Arrayan, given: argparse.Namespace) -> None:
        write_rows(arrayan.query_nights(given.survey, limit=given.limit), given.format, given.output)

    parser = _command(parsers, "nights", run, "what has come, by observing night", "nights")
    survey_option(parser)
    limit_option(parser, 30)
    output_options(parser)


def _subscribe(parsers: Parsers) -> None:
    parser = _command(
        parsers,
        "subscribe",
        _follow,
        "events as they happen, one a line",
        "subscribe --classifier early --class SN",
    )
    parser.add_argument(
        "--kind", choices=("classified", "detected"), default="classified", help="default: classified"
    )
    parser.add_argument("--classifier", help="of this classifier alone")
    parser.add_argument("--class", dest="class_name", action="append", help="one of these classes; may be repeated")
    parser.add_argument("--probability", type=range_text, metavar="P", help="of the class: 0.8 at least")
    parser.add_argument("--changed-only", action="store_true", help="only when the class is new")
    parser.add_argument("--where", type=_where, metavar="JSON", help="an ObjectFilter of the schema")
    survey_option(parser)
    parser.add_argument("--after", metavar="EVENT", help="begin behind this event; 0: at the oldest that is kept")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep the last event there, and go on behind it next time"
    )
    parser.add_argument("-n", "--limit", type=int, metavar="N", help="end after so many events")
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="end when none came for so long")
    parser.add_argument("-f", "--format", choices=("table", "json"), default="table", help="json: an object a line")


def _follow(arrayan: Arrayan, given: argparse.Namespace) -> None:
    after = given.after
    if after is None and given.state is not None and given.state.exists():
        after = given.state.read_text(encoding="utf-8").strip() or None
    common = {"where": given.where, "survey": given.survey, "after": after}
    ends = {"limit": given.limit, "idle_seconds": given.idle}
    events: Any
    if given.kind == "classified":
        answers = {"classifier": given.classifier, "class_name": given.class_name, "probability": given.probability}
        events = arrayan.subscribe("classified", changed_only=given.changed_only, **answers, **common, **ends)
        columns = CLASSIFIED_EVENT_COLUMNS
    else:
        events, columns = arrayan.subscribe("detected", **common, **ends), DETECTED_EVENT_COLUMNS
    with events:
        for event in events:
            values = {column.name: column.values([event])[0] for column in columns}
            sys.stdout.write(_line(values, given.format) + "\n")
            sys.stdout.flush()
            if given.state is not None:
                _keep(given.state, event.event_id)


def _line(values: dict[str, Any], form: str) -> str:
    if form == "json":
        return json.dumps({name: plain(value) for name, value in values.items()}, ensure_ascii=False)
    return "  ".join(cell(value) for value in values.values())


def _keep(state: Path, event_id: str) -> None:
    """Whole, whenever the machine stops."""
    part = state.with_name(state.name + ".part")
    part.write_text(f"{event_id}\n", encoding="utf-8")
    part.replace(state)
