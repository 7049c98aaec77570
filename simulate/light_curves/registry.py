"""Every family by the subclass it makes, and where on the sky it lives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simulate.light_curves.asteroid import draw_asteroid
from simulate.light_curves.blazar import draw_blazar
from simulate.light_curves.bogus import draw_bogus
from simulate.light_curves.cataclysmic import draw_cataclysmic
from simulate.light_curves.cepheid import draw_cepheid
from simulate.light_curves.core_collapse import draw_supernova_ibc, draw_supernova_ii
from simulate.light_curves.delta_scuti import draw_delta_scuti
from simulate.light_curves.eclipsing_binary import draw_eclipsing_binary
from simulate.light_curves.long_period import draw_long_period
from simulate.light_curves.other_periodic import draw_other_periodic
from simulate.light_curves.quasar import draw_active_nucleus, draw_quasar
from simulate.light_curves.rr_lyrae import draw_rr_lyrae
from simulate.light_curves.superluminous import draw_superluminous
from simulate.light_curves.supernova_ia import draw_supernova_ia
from simulate.light_curves.young_star import draw_young_star
from simulate.source import Sightline, Source

Draw = Callable[[np.random.Generator, Sightline], Source]


@dataclass(frozen=True)
class Family:
    """How to draw one object, and the density of its kind on the sky, at most 1, as exp(-|latitude| / scale)."""

    draw: Draw
    disc_scale_deg: float = np.inf
    """Galactic latitude over which a disc population thins out by e."""
    ecliptic_scale_deg: float = np.inf
    hidden_below_deg: float = 0.0
    """Galactic latitude below which the Galaxy hides it."""

    def density(self, galactic_latitude: float, ecliptic_latitude: float) -> float:
        if abs(galactic_latitude) < self.hidden_below_deg:
            return 0.0
        galactic, ecliptic = abs(galactic_latitude), abs(ecliptic_latitude)
        return float(np.exp(-galactic / self.disc_scale_deg - ecliptic / self.ecliptic_scale_deg))


FAMILIES: Mapping[str, Family] = {
    "SNIa": Family(draw_supernova_ia, hidden_below_deg=8),
    "SNIbc": Family(draw_supernova_ibc, hidden_below_deg=8),
    "SNII": Family(draw_supernova_ii, hidden_below_deg=8),
    "SLSN": Family(draw_superluminous, hidden_below_deg=8),
    "QSO": Family(draw_quasar, hidden_below_deg=10),
    "AGN": Family(draw_active_nucleus, hidden_below_deg=10),
    "Blazar": Family(draw_blazar, hidden_below_deg=8),
    "CV/Nova": Family(draw_cataclysmic, disc_scale_deg=25),
    "YSO": Family(draw_young_star, disc_scale_deg=8),
    "LPV": Family(draw_long_period, disc_scale_deg=12),
    "E": Family(draw_eclipsing_binary, disc_scale_deg=18),
    "DSCT": Family(draw_delta_scuti, disc_scale_deg=20),
    "RRL": Family(draw_rr_lyrae, disc_scale_deg=60),
    "CEP": Family(draw_cepheid, disc_scale_deg=8),
    "Periodic-Other": Family(draw_other_periodic, disc_scale_deg=18),
    "asteroid": Family(draw_asteroid, ecliptic_scale_deg=9),
    "bogus": Family(draw_bogus, disc_scale_deg=40),
}
