"""Pictures of the sky that another service makes: where a browser gets them, once somebody asks for one.

The address is that of CDS's hips2fits or of a service that takes the same parameters; the server itself never asks
it.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from domain.sky import Position

SKY_SURVEYS: Mapping[str, str] = {
    "DSS2": "CDS/P/DSS2/color",
    "Pan-STARRS": "CDS/P/PanSTARRS/DR1/color-z-zg-g",
    "Legacy Surveys": "CDS/P/DESI-Legacy-Surveys/DR10/color",
    "SDSS": "CDS/P/SDSS9/color",
    "2MASS": "CDS/P/2MASS/color",
    "unWISE": "CDS/P/unWISE/color-W2-W1W2-W1",
    "GALEX": "CDS/P/GALEXGR6_7/color",
}
"""Surveys that can be asked for, by name, with the identifiers of their HiPS."""


class SkyImages:
    """Makes the addresses of pictures. `template` has {survey}, {ra}, {dec} (degrees), {field} (degrees) and
    {pixels} (a side) in it."""

    def __init__(self, template: str) -> None:
        self._template = template

    @property
    def host(self) -> str:
        """The service's scheme and host, as a security policy names it."""
        parts = urlsplit(self._template)
        return f"{parts.scheme}://{parts.netloc}"

    def address(self, survey: str, center: Position, field_arcsec: float, pixels: int) -> str:
        """A square picture of a survey (a key of SKY_SURVEYS), north up and east left."""
        return self._template.format(
            survey=quote(SKY_SURVEYS[survey], safe=""),
            ra=f"{center.ra:.7f}",
            dec=f"{center.dec:.7f}",
            field=f"{field_arcsec / 3600:.7f}",
            pixels=pixels,
        )
