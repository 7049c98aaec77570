"""Each verb, blocking and awaiting, gives what the endpoint says."""

from io import BytesIO
from typing import Any

import astropy.units as u
import httpx
import numpy
import pandas
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.time import Time

from arrayan_client import InvalidInput, ObjectNotFound, Skymap

from .conftest import Ask, Plain


def camel(name: str) -> str:
    first, *others = name.rstrip("_").split("_")
    return first + "".join(other.title() for other in others)


def same(records: Any, nodes: list[dict[str, Any]]) -> None:
    """Records have the values of nodes of GraphQL, field by field."""
    assert len(records) == len(nodes)
    for record, node in zip(records, nodes, strict=True):
        for name, value in node.items():
            dumped = record.model_dump(mode="json", by_alias=True)
            assert dumped[name] == value, name


def test_objects(ask: Ask, plain: Plain) -> None:
    conditions = {"detectionCount": {"gte": 2, "lte": 20}, "lastMjd": {"gte": 1}}
    nodes = plain(
        "query($where: ObjectFilter) { objects(where: $where, first: 50, orderBy: [{field: DETECTION_COUNT}]) "
        "{ nodes { id survey name ra dec detectionCount firstMjd lastMjd stellar meanColor } } }",
        where=conditions,
    )["objects"]["nodes"]
    found = ask("query_objects", ndet=(2, 20), lastmjd=1, order_by="detection_count", limit=50)
    same(found, nodes)
    assert found["name"] == [
        each.name for each in ask("query_objects", where=conditions, order_by="DETECTION_COUNT", limit=50)
    ]
    names = [node["name"] for node in nodes[:3]]
    assert {each.name for each in ask("query_objects", oid=names)} == set(names)
    assert [each.name for each in ask("query_objects_by_name", names)] == names
    assert [
        each.name for each in ask("iterate_objects", conditions, order_by="detection_count", limit=50)
    ] == found["name"]
    same([ask("query_object", names[0])], nodes[:1])
    assert ask("count_objects", conditions) >= len(nodes)


def test_empty_answers_are_empty_tables(ask: Ask, busiest: str) -> None:
    none = ask("query_objects", ndet=10_000)
    assert (len(none), none.complete, none["ra"]) == (0, True, [])
    assert len(none.to_table()) == len(none.to_pandas()) == len(none.to_polars()) == none.to_arrow().num_rows == 0
    assert none.to_table().colnames == list(none.to_pandas().columns) == none.to_polars().columns
    for rows in (
        ask("cone_search", (12.0, -89.0), 1),
        ask("query_detections", busiest, before_mjd=1.0),
        ask("crossmatch", []),
        ask("catalog_search", (12.0, -89.0), 1),
        ask("search_detections", 1.0, 2.0, position=(12.0, -89.0), radius=1),
        ask("query_neighbors", busiest, 0.001),
    ):
        assert len(rows) == 0
        assert len(rows.to_pandas()) == 0


def test_light_curve(ask: Ask, plain: Plain, busiest: str) -> None:
    node = plain(
        "query($name: String!) { object(name: $name) { lightCurve { detections { candid mjd band magnitude flux "
        "hasStamps } nonDetections { mjd limitingMagnitude } forcedPhotometry { mjd flux } } bandStatistics { band "
        "magnitudeMean magnitudeMedian riseRate } } }",
        name=busiest,
    )["object"]
    curve = ask("query_lightcurve", busiest)
    same(curve.detections, node["lightCurve"]["detections"])
    same(curve.non_detections, node["lightCurve"]["nonDetections"])
    same(curve.forced_photometry, node["lightCurve"]["forcedPhotometry"])
    same(ask("query_magstats", busiest), node["bandStatistics"])
    assert ask("query_detections", busiest) == curve.detections
    assert ask("query_non_detections", busiest) == curve.non_detections
    assert ask("query_forced_photometry", busiest) == curve.forced_photometry
    table = curve.to_table()
    assert len(table) == sum(map(len, (curve.detections, curve.non_detections, curve.forced_photometry)))
    assert table["flux"].unit == "nJy"


def test_classes(ask: Ask, plain: Plain, busiest: str) -> None:
    told = plain("{ classifiers { name version isCurrent classes { name parent } } }")["classifiers"]
    classifiers = ask("query_classifiers")
    same(classifiers, [{name: each[name] for name in ("name", "version", "isCurrent")} for each in told])
    classes = ask("query_classes", told[0]["name"])
    assert [{"name": each.name, "parent": each.parent} for each in classes] == told[0]["classes"]
    with pytest.raises(InvalidInput, match="no classifier 'nobody'"):
        ask("query_classes", "nobody")
    answers = plain(
        "query($name: String!) { object(name: $name) { classifications { classifier class probability candid mjd "
        "classifiedAt probabilities { class probability ranking } } features { name band value unit } } }",
        name=busiest,
    )["object"]
    probabilities = ask("query_probabilities", busiest)
    assert [(row.classifier, row.class_name, row.probability, row.ranking) for row in probabilities] == [
        (answer["classifier"], each["class"], each["probability"], each["ranking"])
        for answer in answers["classifications"]
        for each in answer["probabilities"]
    ]
    first = answers["classifications"][0]
    only = ask("query_classifications", busiest, classifier=first["classifier"])
    assert [(each.class_, each.probability) for each in only] == [(first["class"], first["probability"])]
    same(ask("query_features", busiest), answers["features"])
    assert len(ask("query_probabilities", busiest, history=True)) >= len(probabilities)
    sure = ask("query_classified", first["classifier"], limit=10)
    assert sure["probability"] == sorted(sure["probability"], reverse=True)
    assert set(sure["classifier"]) == {first["classifier"]}
    with pytest.raises(InvalidInput, match="need a classifier"):
        ask("query_objects", class_name="SN")


def test_places(ask: Ask, plain: Plain, busiest: str) -> None:
    target = ask("query_object", busiest)
    edges = plain(
        "query($ra: Float!, $dec: Float!) { coneSearch(ra: $ra, dec: $dec, radius: 3600) { edges { separation "
        "node { name } } } }",
        ra=target.ra,
        dec=target.dec,
    )["coneSearch"]["edges"]
    found = ask("cone_search", (target.ra, target.dec), 3600, limit=20)
    assert [(each.name, each.separation) for each in found] == [
        (edge["node"]["name"], edge["separation"]) for edge in edges
    ]
    detections = ask("search_detections", 1.0, 100_000.0, ra=target.ra, dec=target.dec, radius=3)
    assert set(detections["object_name"]) >= {busiest}
    assert len([name for name in detections["object_name"] if name == busiest]) == target.detection_count
    assert ask("query_neighbors", busiest, 600)["name"] == [
        each["node"]["name"] for each in edges if 0 < each["separation"] <= 600
    ]


def test_catalogues(ask: Ask, plain: Plain) -> None:
    catalogs = ask("query_catalogs")
    same(catalogs, plain("{ catalogs { name rows defaultRadius } }")["catalogs"])
    for catalog in catalogs[:1]:
        query = "query($name: String!) { objects(first: 1, where: {inCatalog: $name}) { nodes { name ra dec } } }"
        near = plain(query, name=catalog.name)["objects"]["nodes"][0]
        sources = ask("catalog_search", (near["ra"], near["dec"]), catalog.default_radius, catalogs=catalog.name)
        assert sources[0].separation <= catalog.default_radius
        assert {source.catalog for source in sources} == {catalog.name}
        of_object = ask("query_crossmatches", near["name"], radius=catalog.default_radius, catalogs=[catalog.name])
        assert [source.source_id for source in of_object] == [source.source_id for source in sources]
    with pytest.raises(InvalidInput, match="nobody"):
        ask("catalog_search", (1, 2), catalogs="nobody")
    with pytest.raises(InvalidInput, match="around numbers"):
        ask("catalog_search", "10:00:24 -02:12:00")


def test_stamps_and_packet(ask: Ask, url: str, busiest: str) -> None:
    stamps = ask("get_stamps", busiest)
    assert [stamp.kind for stamp in stamps.images] == ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
    direct = httpx.get(f"{url}/stamps/{stamps.survey}/{stamps.candid}/science.fits").content
    assert stamps.science is not None
    assert stamps.science.fits == direct
    with stamps.science.to_hdulist() as file:
        assert numpy.array_equal(file[0].data, stamps.science.array(), equal_nan=True)
        assert isinstance(file, fits.HDUList)
    together = stamps.to_hdulist()
    assert [hdu.name for hdu in together] == ["PRIMARY", "SCIENCE", "TEMPLATE", "DIFFERENCE"]
    packet = ask("get_packet", busiest, stamps.candid)
    assert packet.fields["objectId"] == busiest
    assert packet.candid == stamps.candid
    for verb in ("get_stamps", "get_packet"):
        with pytest.raises(ObjectNotFound, match="1 of"):
            ask(verb, busiest, 1)


def test_what_follows_from_a_light_curve(ask: Ask, busiest: str) -> None:
    periodogram = ask("query_periodogram", busiest)
    assert len(periodogram.periods) == len(periodogram.powers) > 100
    assert periodogram.periods == sorted(periodogram.periods)
    assert periodogram.peaks[0].power >= periodogram.peaks[1].power
    site = {"longitude": -70.4 * u.deg, "latitude": -24.6, "height": 2.4 * u.km}
    night = ask("query_visibility", busiest, Time("2026-11-20").iso, **site)
    assert night == ask("query_visibility", busiest, "2026-11-20", longitude=-70.4, latitude=-24.6, height=2400)
    assert len(night.altitude) == len(night.mjd)


def test_the_server(ask: Ask, plain: Plain) -> None:
    same(ask("query_surveys"), plain("{ surveys { survey objectCount } }")["surveys"])
    nights = plain("{ nights { edges { node { night stored classified } } } }")["nights"]["edges"]
    same(ask("query_nights"), [edge["node"] for edge in nights])


def test_events(ask: Ask, plain: Plain) -> None:
    first = ask("subscribe", "detected", after="0", limit=4)
    assert len({event.event_id for event in first}) == 4
    assert [event.event_id for event in ask("subscribe", "detected", after=first[0].event_id, limit=3)] == [
        event.event_id for event in first[1:]
    ]
    names = [event.object.name for event in first]
    assert [each.name for each in ask("query_objects_by_name", names)] == names
    classifier = ask("query_classifiers")[0].name
    answers = ask("subscribe", "classified", classifier=classifier, after="0", limit=3)
    assert {answer.classification.classifier for answer in answers} == {classifier}


def flat_map() -> bytes:
    """The same probability everywhere."""
    table = fits.BinTableHDU.from_columns(
        [fits.Column("PROB", "1D", array=numpy.full(12 * 16**2, 1 / (12 * 16**2)))]
    )
    header = {"PIXTYPE": "HEALPIX", "ORDERING": "NESTED", "COORDSYS": "C", "NSIDE": 16, "INDXSCHM": "IMPLICIT"}
    table.header.update(header)
    file = BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(file)
    return file.getvalue()


def test_sky_maps(ask: Ask, tmp_path: Any, everything: list[dict[str, Any]]) -> None:
    skymap = ask("upload_skymap", flat_map())
    assert isinstance(skymap, Skymap)
    assert skymap.area90 == pytest.approx(41252.96 * 0.9, rel=0.03)
    (tmp_path / "map.fits").write_bytes(flat_map())
    assert ask("upload_skymap", tmp_path / "map.fits").id == ask("get_skymap", skymap.id).id == skymap.id
    found = ask("search_skymap", skymap, 1.0, limit=None)
    assert {each["name"] for each in everything} <= set(found["name"])
    assert found["probability_density"] == pytest.approx([1 / 41252.96] * len(found), rel=1e-4)
    assert len(ask("search_skymap", skymap.id, 1.0, ndet=10_000)) == 0
    with pytest.raises(ObjectNotFound, match="no sky map"):
        ask("get_skymap", "0" * 32)
    with pytest.raises(InvalidInput):
        ask("upload_skymap", b"no map at all")
    with pytest.raises(InvalidInput, match="cannot be read"):
        ask("upload_skymap", tmp_path / "nowhere.fits")


@pytest.mark.parametrize("ending", ["csv", "vot", "fits", "parquet"])
def test_files(ask: Ask, busiest: str, tmp_path: Any, ending: str) -> None:
    detections = ask("query_detections", busiest)
    path = tmp_path / f"curve.{ending}"
    done = ask("download_lightcurve", busiest, path, table="detections")
    read = {
        "csv": lambda file: pandas.read_csv(file, float_precision="round_trip"),
        "parquet": pandas.read_parquet,
        "vot": lambda file: Table.read(file, format="votable"),
        "fits": lambda file: Table.read(file, hdu=1),
    }[ending](path)
    assert done.path == path
    assert list(read["mjd"]) == detections["mjd"]
    assert [int(value) for value in read["candid"]] == detections["candid"]
    assert len(ask("query_detections", busiest, bands="g")) == len(
        pandas.read_csv(ask("download_lightcurve", busiest, tmp_path / "g.csv", bands="g").path)
    )
    with pytest.raises(ObjectNotFound):
        ask("download_lightcurve", "ZTF00nothing", path)
