"""Stamps: the three small images of an alert."""

import asyncio
from typing import Annotated

import strawberry
from anyio import to_thread

from domain.stamp import Orientation, decode_stamp, orientation_of
from domain.stamp import Stamp as DecodedStamp
from domain.survey import SurveyName
from graphql_schema.context import Info
from graphql_schema.scalars import FloatArray
from graphql_schema.types.enums import Band, StampKind
from storage.packet_archive import PacketArchive
from storage.stamps import AlertStamps, read_stamp


class Image:
    """A stamp in the archive, read and decoded when it is first looked at."""

    def __init__(self, archive: PacketArchive, stamps: AlertStamps, kind: StampKind) -> None:
        self.kind = kind
        self._archive = archive
        self._stamps = stamps
        self._reading: asyncio.Future[DecodedStamp] | None = None

    async def decoded(self) -> DecodedStamp:
        """Raises ArchiveUnavailable, StampError."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
        return await self._reading

    async def _read(self) -> DecodedStamp:
        data = await read_stamp(self._archive, self._stamps, self.kind)
        assert data is not None, "only stamps that are there have an image"
        return await to_thread.run_sync(decode_stamp, self.kind, data)


@strawberry.type(description="How a stamp lies on the sky, in the picture of `pngUrl`.")
class StampOrientation:
    north: float = strawberry.field(
        description="Direction of north, degrees counter-clockwise from up: 0 is up, 90 to the left."
    )
    east_is_left: bool = strawberry.field(
        description="Whether east is to the left when north is up, as on the sky; if not, the picture is mirrored."
    )
    pixel_scale: float = strawberry.field(description="Side of a pixel, arcsec.")
    is_measured: bool = strawberry.field(
        description="Whether the world coordinates of the image say so. If not, it is the survey's rule: ZTF's "
        "stamps have north up, but for what its camera is turned against the sky, which its packets do not tell."
    )

    @classmethod
    def from_domain(cls, found: Orientation) -> "StampOrientation":
        return cls(
            north=found.north_degrees,
            east_is_left=found.east_is_left,
            pixel_scale=found.pixel_arcsec,
            is_measured=found.is_measured,
        )


@strawberry.type(description="One small image around the object.")
class Stamp:
    image: strawberry.Private[Image]
    path: strawberry.Private[str]
    survey: strawberry.Private[SurveyName]

    @strawberry.field(description="Which of the three images.")
    def kind(self) -> StampKind:
        return self.image.kind

    @strawberry.field(description="Width in pixels.")
    async def width(self) -> int:
        return int((await self.image.decoded()).pixels.shape[1])

    @strawberry.field(description="Height in pixels.")
    async def height(self) -> int:
        return int((await self.image.decoded()).pixels.shape[0])

    @strawberry.field(description="Where to get the image as FITS, relative to this server.")
    def fits_url(self) -> str:
        return f"{self.path}.fits"

    @strawberry.field(
        description="Where to get the image as PNG, relative to this server. `?scale=` enlarges it (1 to 16), "
        "`stretch=` is asinh, linear, log or percentile, `north=up` turns it so that north is up and east left."
    )
    def png_url(self) -> str:
        return f"{self.path}.png"

    @strawberry.field(
        description="How the image lies on the sky; null when neither the packet nor a rule of the survey tells."
    )
    async def orientation(self) -> StampOrientation | None:
        found = orientation_of(self.survey, await self.image.decoded())
        return None if found is None else StampOrientation.from_domain(found)

    @strawberry.field(
        description="Pixel values in the survey's units, row by row in the order of the FITS array; null where "
        "there is no data. ZTF's first row is the northernmost and its first column the easternmost."
    )
    async def pixels(self) -> FloatArray:
        values = (await self.image.decoded()).pixels.ravel().tolist()
        return FloatArray([value if value == value else None for value in values])


@strawberry.type(description="The stamps of one alert.")
class Stamps:
    row: strawberry.Private[AlertStamps]
    survey: strawberry.Private[SurveyName]

    @strawberry.field(description="The alert's identifier, as text.")
    def candid(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.candid))

    @strawberry.field(description="Time of the alert's exposure, MJD (UTC).")
    def mjd(self) -> float:
        return self.row.mjd

    @strawberry.field(description="Filter of the alert's exposure.")
    def band(self) -> Band:
        return Band(self.row.band)

    @strawberry.field(description="One of the images; null when the packet lacks it.")
    def stamp(
        self, info: Info, kind: Annotated[StampKind, strawberry.argument(description="Which of the three.")]
    ) -> Stamp | None:
        if kind not in self.row.spans:
            return None
        path = f"/stamps/{self.survey.lower()}/{self.row.candid}/{kind.lower()}"
        return Stamp(image=Image(info.context.archive, self.row, kind), path=path, survey=self.survey)
