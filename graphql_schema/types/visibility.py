"""When an object can be observed."""

import strawberry

from domain.visibility import Visibility as Computed
from graphql_schema.scalars import FloatArray


@strawberry.type(
    description="A night at a site, every 10 minutes from local mean noon to noon; altitudes without refraction, "
    "good to an arcminute."
)
class Visibility:
    mjd: FloatArray = strawberry.field(description="Times, MJD (UTC).")
    altitude: FloatArray = strawberry.field(description="Altitude of the object, degrees.")
    airmass: FloatArray = strawberry.field(
        description="Airmass of the object (Pickering 2002); null below the horizon."
    )
    sun_altitude: FloatArray = strawberry.field(description="Altitude of the Sun, degrees; dark below -18.")
    moon_altitude: FloatArray = strawberry.field(description="Altitude of the Moon, degrees.")
    moon_separation: float = strawberry.field(
        description="Angle between object and Moon at local midnight, degrees."
    )
    moon_illumination: float = strawberry.field(description="Lit part of the Moon at local midnight, 0 to 1.")

    @classmethod
    def from_domain(cls, computed: Computed) -> "Visibility":
        return cls(
            mjd=FloatArray(computed.mjd.tolist()),
            altitude=FloatArray(computed.altitude.tolist()),
            airmass=FloatArray([value if value == value else None for value in computed.airmass.tolist()]),
            sun_altitude=FloatArray(computed.sun_altitude.tolist()),
            moon_altitude=FloatArray(computed.moon_altitude.tolist()),
            moon_separation=computed.moon_separation,
            moon_illumination=float(computed.moon_illumination),
        )
