"""Light curves and stamps drawn by matplotlib."""

from collections.abc import Iterable, Sequence
from typing import Any

from arrayan_client.errors import InvalidInput
from arrayan_client.optional import optional
from arrayan_client.records import Detection, ForcedPhotometry, LightCurve, NonDetection
from arrayan_client.stamps import NORTH_AT_ROW_ZERO, Stamp, Stamps

COLOURS = {"u": "#7a4fbf", "g": "#2a9d5c", "r": "#c8443c", "i": "#d98c1f", "z": "#7d5a44", "y": "#4a4a4a"}
OTHER_COLOUR = "#3b6ea8"
QUANTITIES = {
    "difference": ("magnitude", "magnitude_error", "difference magnitude (AB)"),
    "apparent": ("apparent_magnitude", "apparent_magnitude_error", "apparent magnitude (AB)"),
    "flux": ("flux", "flux_error", "difference flux (nJy)"),
}
"""Names of value and error, and the label of the axis."""

Measured = Sequence[Detection] | Sequence[ForcedPhotometry]


def plot_light_curve(
    curve: LightCurve,
    *,
    quantity: str = "difference",
    limits: bool = True,
    forced: bool = True,
    period: float | None = None,
    ax: Any = None,
) -> Any:
    """The axes of a light curve; see `Arrayan.plot_lightcurve`. Raises MissingPackage, InvalidInput."""
    if quantity not in QUANTITIES:
        raise InvalidInput(f"quantity must be one of {', '.join(QUANTITIES)}, got {quantity!r}")
    if period is not None and not period > 0:
        raise InvalidInput(f"period must be greater than 0 days, got {period!r}")
    axes = ax if ax is not None else optional("matplotlib.pyplot", "a plot").subplots(figsize=(8, 4.5))[1]
    for band in _bands(curve):
        colour = COLOURS.get(band, OTHER_COLOUR)
        if forced:
            points = [point for point in curve.forced_photometry if str(point.band) == band]
            _errorbars(axes, points, quantity, period, colour, marker=".", alpha=0.35, label=None)
        if limits and quantity != "flux":
            _limits(axes, [point for point in curve.non_detections if str(point.band) == band], period, colour)
        detections = [point for point in curve.detections if str(point.band) == band]
        _errorbars(axes, detections, quantity, period, colour, marker="o", alpha=1.0, label=band)
    _label(axes, curve, quantity, period)
    return axes


def plot_stamps(stamps: Stamps, *, cmap: str = "viridis", figure: Any = None) -> Any:
    """The figure of an alert's images, north up for ZTF; see `Arrayan.plot_stamps`. Raises MissingPackage."""
    images = stamps.images
    made = figure if figure is not None else optional("matplotlib.pyplot", "a plot").figure(figsize=(9, 3.4))
    panels = made.subplots(1, len(images), squeeze=False)[0]
    for panel, stamp in zip(panels, images, strict=False):
        _draw(panel, stamp, cmap, "upper" if stamps.survey in NORTH_AT_ROW_ZERO else "lower")
    made.suptitle(f"{stamps.name}   candid {stamps.candid}   {stamps.band}   MJD {stamps.mjd:.5f}")
    return made


def _bands(curve: LightCurve) -> list[str]:
    there = {str(point.band) for rows in (curve.detections, curve.non_detections) for point in rows}
    there |= {str(point.band) for point in curve.forced_photometry}
    return sorted(there, key=lambda band: ([*COLOURS].index(band) if band in COLOURS else len(COLOURS), band))


def _errorbars(
    axes: Any,
    points: Measured,
    quantity: str,
    period: float | None,
    colour: str,
    *,
    marker: str,
    alpha: float,
    label: str | None,
) -> None:
    value, error, _ = QUANTITIES[quantity]
    known = [point for point in points if getattr(point, value) is not None]
    if known:
        times = _folded((point.mjd for point in known), period)
        values = [getattr(point, value) for point in known]
        errors = [getattr(point, error) or 0.0 for point in known]
        repeat = 1 if period is None else 2
        axes.errorbar(
            times,
            values * repeat,
            yerr=errors * repeat,
            fmt=marker,
            color=colour,
            alpha=alpha,
            label=label,
            markersize=5,
            elinewidth=1,
        )


def _limits(axes: Any, points: Sequence[NonDetection], period: float | None, colour: str) -> None:
    if points:
        times = _folded((point.mjd for point in points), period)
        limits = [point.limiting_magnitude for point in points] * (1 if period is None else 2)
        axes.plot(times, limits, "v", color=colour, alpha=0.4, markersize=5, markerfacecolor="none")


def _folded(times: Iterable[float], period: float | None) -> list[float]:
    """The phases of two cycles, or the times as they are."""
    if period is None:
        return list(times)
    phases = [time / period % 1.0 for time in times]
    return phases + [phase + 1.0 for phase in phases]


def _label(axes: Any, curve: LightCurve, quantity: str, period: float | None) -> None:
    axes.set_title(curve.object.name)
    axes.set_xlabel("MJD (UTC)" if period is None else f"phase (period {period:g} d)")
    axes.set_ylabel(QUANTITIES[quantity][2])
    if quantity != "flux" and not axes.yaxis_inverted():
        axes.invert_yaxis()
    if axes.get_legend_handles_labels()[1]:
        axes.legend(title="band")
    axes.grid(alpha=0.2)


def _draw(panel: Any, stamp: Stamp, cmap: str, origin: str) -> None:
    numpy = optional("numpy", "a plot of stamps")
    pixels = stamp.array()
    known = pixels[numpy.isfinite(pixels)]
    low, high = numpy.percentile(known, [1.0, 99.5]) if known.size else (0.0, 1.0)
    panel.imshow(pixels, origin=origin, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
    panel.set_title(stamp.kind.lower())
    panel.set_xticks([])
    panel.set_yticks([])
