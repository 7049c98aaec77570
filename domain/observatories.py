"""Sites that people observe from, by name."""

from collections.abc import Mapping

from domain.visibility import Site

OBSERVATORIES: Mapping[str, Site] = {
    "Cerro Pachón (Rubin, Gemini South, SOAR)": Site(-70.7494, -30.2446, 2663.0),
    "Cerro Tololo": Site(-70.8150, -30.1652, 2215.0),
    "La Silla": Site(-70.7377, -29.2567, 2347.0),
    "Las Campanas": Site(-70.7017, -29.0083, 2380.0),
    "Paranal": Site(-70.4042, -24.6272, 2635.0),
    "Palomar": Site(-116.8650, 33.3563, 1712.0),
    "Kitt Peak": Site(-111.5967, 31.9583, 2096.0),
    "Maunakea": Site(-155.4722, 19.8261, 4205.0),
    "La Palma": Site(-17.8850, 28.7606, 2327.0),
    "Calar Alto": Site(-2.5467, 37.2236, 2168.0),
    "Sutherland": Site(20.8107, -32.3760, 1798.0),
    "Siding Spring": Site(149.0661, -31.2733, 1165.0),
}
"""East longitude and latitude, degrees, and height, m."""
