"""A store of a test's own, and a small sky to fill it with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.packet import ReceivedAlert
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from surveys.avro import Record
from tests.support.ztf_packets import JD, all_received, forced, packet, previous, upper_limit


@contextmanager
def alert_store(url: str, archive: Path) -> Iterator[AlertStore]:
    """A store over a connection of its own."""
    with connect(url, role="test") as connection:
        yield AlertStore(connection, PacketArchive(str(archive)))


def small_sky() -> list[Record]:
    """26 packets of 4 objects whose histories overlap and say more, or less, than the alerts themselves."""
    return [
        record
        for number, name in enumerate(["ZTF20aaaaaaa", "ZTF20aaaaaab", "ZTF18zzzzzzz", "ZTF21abcdefg"])
        for record in _light_curve(name, number)
    ]


def small_sky_received() -> list[ReceivedAlert]:
    return all_received(small_sky())


def _light_curve(name: str, number: int) -> list[Record]:
    """Six alerts, three days apart, and one of them again as a broker without its stamps sends it."""
    records = [_alert(name, number, night) for night in range(6)]
    bare = {**records[3], **dict.fromkeys(("cutoutScience", "cutoutTemplate", "cutoutDifference"))}
    return [*records, bare] if number < 2 else records


def _alert(name: str, number: int, night: int) -> Record:
    """Histories reach back three nights. The copies in them know no drb, and an rb that differs from packet to
    packet; so do the limits and the forced photometry."""
    jd = JD + 400 * number + 3 * night
    band = 1 + night % 2
    place = 115010000 + number
    sign = "f" if (night + number) % 3 == 0 else "t"
    distance = 0.5 if (night + number) % 4 else 5.0
    earlier = range(max(0, night - 3), night)
    return packet(
        name,
        jd,
        place=place,
        fid=band,
        isdiffpos=sign,
        distnr=distance,
        ra=(359.9999 + 0.0001 * night) % 360,
        dec=-2.2 + number,
        magpsf=19.0 - 0.1 * night,
        prv_candidates=[
            *(
                previous(
                    JD + 400 * number + 3 * n,
                    place=place,
                    fid=1 + n % 2,
                    isdiffpos="f" if (n + number) % 3 == 0 else "t",
                    distnr=0.5 if (n + number) % 4 else 5.0,
                    ra=(359.9999 + 0.0001 * n) % 360,
                    dec=-2.2 + number,
                    magpsf=19.0 - 0.1 * n,
                    rb=0.01 * night,
                )
                for n in (-2, *earlier)
            ),
            *(
                upper_limit(JD + 400 * number + 3 * n - 1, pid=1000 + n, fid=1 + n % 2, limit=20.0 + 0.1 * night)
                for n in earlier
            ),
        ],
        fp_hists=[
            forced(JD + 400 * number + 3 * n - 1, pid=1000 + n, fid=1 + n % 2, forcediffimflux=100.0 * night)
            for n in earlier
        ],
    )
