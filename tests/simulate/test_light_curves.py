"""Light curves against what is known of their classes."""

import numpy as np
import pytest
from astropy.timeseries import LombScargle
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.bands import G, R
from simulate.light_curves.blazar import draw_blazar
from simulate.light_curves.cataclysmic import draw_cataclysmic
from simulate.light_curves.core_collapse import draw_supernova_ibc, draw_supernova_ii
from simulate.light_curves.damped_random_walk import damped_random_walk, structure_function
from simulate.light_curves.quasar import draw_quasar, draw_walk
from simulate.light_curves.registry import FAMILIES
from simulate.light_curves.rr_lyrae import draw_rr_lyrae
from simulate.light_curves.superluminous import draw_superluminous
from simulate.light_curves.supernova_ia import draw_supernova_ia
from simulate.random_stream import random_stream
from simulate.source import Sightline, Source

NIGHT = 61350.3


def sightline(latitude: float = 50.0) -> Sightline:
    return Sightline(
        galactic_latitude=latitude,
        ecliptic_latitude=5.0,
        visit_mjd=np.array([NIGHT - 0.03, NIGHT]),
        visit_fid=np.array([G, R]),
        survey_mjd=np.arange(NIGHT - 60, NIGHT + 0.1, 3.0),
    )


def magnitudes(source: Source, mjd: np.ndarray, fid: int, key: int = 5) -> np.ndarray:
    fids = np.full(len(mjd), fid)
    with np.errstate(divide="ignore"):
        return np.asarray(-2.5 * np.log10(source.light_curve.flux(mjd, fids, random_stream(key))))


@pytest.mark.parametrize("subclass", sorted(FAMILIES))
@given(seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_flux_is_finite_and_positive_for_all_families(subclass: str, seed: int) -> None:
    source = FAMILIES[subclass].draw(random_stream(seed), sightline())
    mjd = np.sort(random_stream(seed, 1).uniform(58200, NIGHT, 60))
    flux = source.light_curve.flux(mjd, np.tile([1, 2, 3], 20), random_stream(seed, 2))
    assert flux.shape == (60,)
    assert np.isfinite(flux).all()
    if subclass != "bogus":
        assert (flux >= 0).all()
    assert (flux < 10 ** (-0.4 * 3)).all()


@pytest.mark.parametrize("subclass", ["RRL", "CEP", "DSCT", "E", "LPV", "Periodic-Other"])
def test_period_is_recovered_from_dense_sampling(subclass: str) -> None:
    found = 0
    for seed in range(6):
        source = FAMILIES[subclass].draw(random_stream(seed), sightline())
        period = source.period_days
        mjd = np.sort(random_stream(seed, 9).uniform(NIGHT - 14 * period, NIGHT, 400))
        brightness = magnitudes(source, mjd, G)
        frequency = np.linspace(0.3 / period, 3.3 / period, 3000)
        terms = 1 if subclass in ("LPV", "DSCT") else 4
        power = LombScargle(mjd, brightness, nterms=terms, normalization="standard").power(frequency)
        best = 1 / frequency[np.argmax(power)]
        found += any(abs(best / period / multiple - 1) < 0.03 for multiple in (0.5, 1.0, 2.0, 1 / 3))
    assert found >= 5


def test_rrab_brightens_faster_than_it_fades() -> None:
    source = next(s for s in (draw_rr_lyrae(random_stream(k), sightline()) for k in range(20)) if s.kind == "RRab")
    mjd = NIGHT + np.linspace(0, source.period_days, 400, endpoint=False)
    steps = np.diff(magnitudes(source, mjd, G))
    assert (steps < 0).mean() < 0.3


def test_amplitude_is_as_told_and_smaller_in_r() -> None:
    source = draw_rr_lyrae(random_stream(4), sightline())
    mjd = NIGHT + np.linspace(0, source.period_days, 500)
    in_g, in_r = np.ptp(magnitudes(source, mjd, G)), np.ptp(magnitudes(source, mjd, R))
    assert in_g == pytest.approx(source.parameters["amplitude_mag"], rel=0.02)
    assert in_r / in_g == pytest.approx(0.72, rel=0.02)


def test_random_walk_follows_its_structure_function() -> None:
    rng = random_stream(11)
    tau, sigma = 100.0, 0.2
    lags = np.array([1.0, 10.0, 50.0, 200.0, 800.0])
    walks = np.array([damped_random_walk(np.concatenate([[0.0], lags]), tau, sigma, rng) for _ in range(4000)])
    measured = np.sqrt(np.mean((walks[:, 1:] - walks[:, :1]) ** 2, axis=0))
    np.testing.assert_allclose(measured, structure_function(lags, tau, sigma), rtol=0.05)
    assert np.std(walks) == pytest.approx(sigma, rel=0.03)


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=30), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_random_walk_is_equal_at_equal_times(times: list[float], seed: int) -> None:
    mjd = np.array(times + times)
    walk = damped_random_walk(mjd, 100.0, 0.2, random_stream(seed))
    np.testing.assert_array_equal(walk[: len(times)], walk[len(times) :])


def test_quasar_parameters_have_the_measured_medians() -> None:
    rng = random_stream(12)
    tau, sigma = np.array([draw_walk(rng) for _ in range(4000)]).T
    assert np.median(tau) == pytest.approx(380, rel=0.12)
    assert np.median(sigma) == pytest.approx(0.12, rel=0.06)
    assert np.corrcoef(np.log10(tau), np.log10(sigma))[0, 1] == pytest.approx(0.46, abs=0.06)


def test_quasars_vary_more_in_the_blue() -> None:
    source = draw_quasar(random_stream(3), sightline())
    mjd = np.arange(NIGHT - 3000, NIGHT, 10.0)
    in_g, in_r = (np.std(magnitudes(source, mjd, fid)) for fid in (G, R))
    assert in_g / in_r == pytest.approx((477 / 642) ** -0.48, rel=1e-6)


def test_blazars_vary_faster_than_quasars() -> None:
    mjd = np.arange(NIGHT - 30, NIGHT, 1.0)
    scatter = {
        draw: np.median([np.std(magnitudes(draw(random_stream(k), sightline()), mjd, R)) for k in range(40)])
        for draw in (draw_blazar, draw_quasar)
    }
    assert scatter[draw_blazar] > 4 * scatter[draw_quasar]


def test_dwarf_nova_is_bright_in_the_night_and_faint_before() -> None:
    source = draw_cataclysmic(random_stream(2), sightline())
    before, now = source.first_light_mjd - 0.5, source.peak_mjd
    quiet, bright = magnitudes(source, np.array([before, now]), G)
    assert quiet - bright > 1.8


def _absolute_peak_r(source: Source) -> float:
    from simulate.cosmology import distance_modulus

    mjd = np.linspace(source.first_light_mjd, source.first_light_mjd + 250, 2000)
    return float(magnitudes(source, mjd, R).min() - distance_modulus(source.redshift))


def test_supernova_types_peak_in_the_known_order() -> None:
    peak = {
        draw: np.median([_absolute_peak_r(draw(random_stream(k), sightline())) for k in range(60)])
        for draw in (draw_superluminous, draw_supernova_ia, draw_supernova_ibc, draw_supernova_ii)
    }
    assert peak[draw_superluminous] < -20.5
    assert -19.6 < peak[draw_supernova_ia] < -18.6
    assert peak[draw_superluminous] < peak[draw_supernova_ia] < peak[draw_supernova_ibc] < peak[draw_supernova_ii]


def _decline_15(source: Source, fid: int) -> float:
    mjd = np.linspace(source.first_light_mjd, source.first_light_mjd + 200, 4000)
    brightness = magnitudes(source, mjd, fid)
    top = int(np.argmin(brightness))
    later = mjd[top] + 15 * (1 + source.redshift)
    return float(np.interp(later, mjd, brightness) - brightness[top])


def test_type_ia_declines_as_it_should() -> None:
    sources = [draw_supernova_ia(random_stream(k), sightline()) for k in range(40)]
    assert 0.7 < np.median([_decline_15(source, G) for source in sources]) < 1.15
    assert 0.45 < np.median([_decline_15(source, R) for source in sources]) < 0.8
    wide = [source for source in sources if source.parameters["stretch"] > 1.03]
    narrow = [source for source in sources if source.parameters["stretch"] < 0.93]
    assert np.mean([_decline_15(s, G) for s in wide]) < np.mean([_decline_15(s, G) for s in narrow])


def test_type_ii_has_a_plateau_that_others_have_not() -> None:
    plateau, none = (
        np.median([_decline_15(draw(random_stream(k), sightline()), R) for k in range(60)])
        for draw in (draw_supernova_ii, draw_supernova_ibc)
    )
    assert plateau < 0.25 < none


def test_supernovae_are_dark_before_their_explosion() -> None:
    for draw in (draw_supernova_ia, draw_supernova_ibc, draw_supernova_ii, draw_superluminous):
        source = draw(random_stream(8), sightline())
        mjd = np.array([source.first_light_mjd - 0.01, source.peak_mjd])
        flux = source.light_curve.flux(mjd, np.array([G, G]), random_stream(1))
        assert flux[0] == 0 < flux[1]
