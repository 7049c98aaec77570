"""Pages about an object elsewhere, by its place or by its name."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from domain.survey import SurveyName


class Link(NamedTuple):
    """A page elsewhere: who offers it, and its address."""

    name: str
    url: str


PLACE_LINKS: Sequence[Link] = (
    Link(
        "SIMBAD",
        "https://simbad.cds.unistra.fr/simbad/sim-coo?Coord={ra}%20{dec}&CooFrame=ICRS&Radius=5&Radius.unit=arcsec",
    ),
    Link(
        "NED",
        "https://ned.ipac.caltech.edu/conesearch?search_type=Near%20Position%20Search"
        "&coordinates={ra}d%20{dec}d&radius=0.17&in_csys=Equatorial&in_equinox=J2000",
    ),
    Link("TNS", "https://www.wis-tns.org/search?ra={ra}&decl={dec}&radius=10&coords_unit=arcsec"),
    Link("VizieR", "https://vizier.cds.unistra.fr/viz-bin/VizieR?-c={ra}%20{dec}&-c.rs=10"),
    Link("Legacy Survey", "https://www.legacysurvey.org/viewer?ra={ra}&dec={dec}&layer=ls-dr10&zoom=16"),
    Link("Pan-STARRS", "https://ps1images.stsci.edu/cgi-bin/ps1cutouts?pos={ra}%20{dec}&filter=color"),
)
"""Templates with ra and dec in degrees."""

NAME_LINKS: Mapping[SurveyName, Sequence[Link]] = {
    SurveyName.ZTF: (
        Link("ALeRCE", "https://alerce.online/object/{name}"),
        Link("Fink", "https://ztf.fink-portal.org/{name}"),
        Link("Lasair", "https://lasair-ztf.lsst.ac.uk/objects/{name}/"),
    ),
    SurveyName.LSST: (
        Link("ALeRCE", "https://lsst.alerce.online/object/{name}"),
        Link("Fink", "https://lsst.fink-portal.org/{name}"),
        Link("Lasair", "https://lasair.lsst.ac.uk/objects/{name}/"),
    ),
}
"""Templates with a survey's own name of the object."""


def links_of(survey: SurveyName, name: str, ra: float, dec: float) -> list[Link]:
    """Pages that show the place or the object."""
    by_place = [Link(link.name, link.url.format(ra=f"{ra:.6f}", dec=f"{dec:.6f}")) for link in PLACE_LINKS]
    by_name = [Link(link.name, link.url.format(name=quote(name))) for link in NAME_LINKS[survey]]
    return by_place + by_name
