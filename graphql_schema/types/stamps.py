"""Stamps: the three small images of an alert."""

from typing import Annotated

import strawberry
from anyio import to_thread

from domain.stamp import Stamp as DecodedStamp
from domain.stamp import decode_stamp
from domain.survey import SurveyName
from graphql_schema.context import Info
from graphql_schema.scalars import FloatArray
from graphql_schema.types.enums import Band, StampKind
from storage.stamps import AlertStamps, read_stamp


@strawberry.type(description="One small image around the object.")
class Stamp:
    decoded: strawberry.Private[DecodedStamp]
    path: strawberry.Private[str]

    @strawberry.field(description="Which of the three images.")
    def kind(self) -> StampKind:
        return self.decoded.kind

    @strawberry.field(description="Width in pixels.")
    def width(self) -> int:
        return int(self.decoded.pixels.shape[1])

    @strawberry.field(description="Height in pixels.")
    def height(self) -> int:
        return int(self.decoded.pixels.shape[0])

    @strawberry.field(description="Where to get the image as FITS, relative to this server.")
    def fits_url(self) -> str:
        return f"{self.path}.fits"

    @strawberry.field(description="Where to get the image as PNG, relative to this server; `?scale=` enlarges it.")
    def png_url(self) -> str:
        return f"{self.path}.png"

    @strawberry.field(
        description="Pixel values in the survey's units, row by row in the order of the FITS array; null where "
        "there is no data. ZTF's first row is the northernmost and its first column the easternmost."
    )
    def pixels(self) -> FloatArray:
        values = self.decoded.pixels.ravel().tolist()
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
    async def stamp(
        self, info: Info, kind: Annotated[StampKind, strawberry.argument(description="Which of the three.")]
    ) -> Stamp | None:
        data = await read_stamp(info.context.archive, self.row, kind)
        if data is None:
            return None
        decoded = await to_thread.run_sync(decode_stamp, kind, data)
        path = f"/stamps/{self.survey.lower()}/{self.row.candid}/{kind.lower()}"
        return Stamp(decoded=decoded, path=path)
