"""Polygons on the sky, with arcs of great circles for edges.

Whether a place is inside is told by counting: its way to a pole that lies off the polygon's edges crosses an odd
number of them if only one of the two is inside. The pole may be any such place, so that the same arithmetic works
everywhere, RA 0 and the celestial poles included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidPosition
from domain.sky import (
    HEALPIX_ORDER,
    Coverage,
    Position,
    direction,
    max_pixel_radius,
    merged_pixels,
    pixel_directions,
)

Vectors = NDArray[np.float64]
"""Shape (n, 3)."""

MAX_VERTICES = 500
TOUCHING = 5e-10
"""Nearer than this, radians (0.1 mas), two parts of an outline are said to touch."""
ROUNDING = 1e-9
"""Radians; more than the error of a distance computed here."""
ENOUGH_CELLS = 300
"""The cover is refined until so many cells lie on the outline: of a square, they are a sixth of its area then."""


class Edges(NamedTuple):
    """Normals, an edge a row, of three great circles each: those through the pole and the western and eastern end,
    and the edge itself. The way of a place p to the pole crosses an edge where `p @ west >= 0`, `p @ east < 0` and
    `p @ along < 0`."""

    west: Vectors
    east: Vectors
    along: Vectors


@dataclass(frozen=True, slots=True)
class Polygon:
    """The smaller of the two parts into which a closed line of great circles cuts the sky, whichever way round its
    vertices are given. A place on the line itself may count as inside or as outside."""

    vertices: tuple[Position, ...]
    pole: tuple[float, float, float]
    """Direction from which edges are counted: neither it nor its antipode is near one."""
    holds_pole: bool

    def edges(self) -> Edges:
        """The great circles of the test for being inside."""
        return _edges(_directions(self.vertices), np.array(self.pole))

    def holds(self, places: Vectors) -> NDArray[np.bool_]:
        """Which places lie inside."""
        west, east, along = self.edges()
        crossed = (places @ west.T >= 0) & (places @ east.T < 0) & (places @ along.T < 0)
        return np.asarray((crossed.sum(axis=1) % 2 == 1) != self.holds_pole)


def polygon(vertices: Sequence[Position]) -> Polygon:
    """A checked polygon; a last vertex that repeats the first closes it and is left out.

    Raises InvalidPosition for fewer than 3 vertices and more than MAX_VERTICES, for outlines that cross or touch
    themselves, and for those that are as large inside as outside.
    """
    corners = tuple(vertices)
    if len(corners) > 3 and corners[-1] == corners[0]:
        corners = corners[:-1]
    if not 3 <= len(corners) <= MAX_VERTICES:
        raise InvalidPosition(f"a polygon has 3 to {MAX_VERTICES} different vertices, got {len(corners)}")
    places = _directions(corners)
    _check_edges(places)
    _check_outline(places)
    pole = _pole_off_the_edges(places)
    area = _area_without(places, pole)
    if abs(area - 2 * pi) < ROUNDING:
        raise InvalidPosition("the polygon is as large inside as outside: it halves the sky")
    return Polygon(corners, (float(pole[0]), float(pole[1]), float(pole[2])), area > 2 * pi)


@lru_cache(maxsize=64)
def polygon_cover(region: Polygon) -> Coverage:
    """Pixels of the polygon, from coarse to fine: one off the outline is inside or outside as its centre is."""
    places = _directions(region.vertices)
    cells, order = np.arange(12, dtype=np.int64), 0
    inside: list[NDArray[np.int64]] = []
    orders: list[NDArray[np.int64]] = []
    while True:
        centers = pixel_directions(cells, order)
        off = _distances(centers, places) > max_pixel_radius(order) + ROUNDING
        kept = cells[off][region.holds(centers[off])]
        inside.append(kept)
        orders.append(np.full(kept.size, order))
        cells = cells[~off]
        if cells.size >= ENOUGH_CELLS or order == HEALPIX_ORDER:
            break
        cells, order = (4 * cells[:, None] + np.arange(4)).ravel(), order + 1
    whole = merged_pixels(np.concatenate(inside), np.concatenate(orders))
    return Coverage(whole, merged_pixels(cells, order))


def _directions(vertices: Sequence[Position]) -> Vectors:
    return direction([vertex.ra for vertex in vertices], [vertex.dec for vertex in vertices])


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _check_edges(starts: Vectors) -> None:
    """Raise InvalidPosition for an edge that has no direction."""
    ends = np.roll(starts, -1, axis=0)
    count = len(starts)
    short = np.flatnonzero(np.linalg.norm(ends - starts, axis=-1) < TOUCHING)
    if short.size:
        index = int(short[0])
        raise InvalidPosition(f"vertices {index} and {(index + 1) % count} of the polygon are the same place")
    opposite = np.flatnonzero(np.linalg.norm(ends + starts, axis=-1) < 1e-6)
    if opposite.size:
        index = int(opposite[0])
        raise InvalidPosition(
            f"vertices {index} and {(index + 1) % count} of the polygon lie opposite to each other: "
            "name a vertex between them"
        )


def _check_outline(starts: Vectors) -> None:
    """Raise InvalidPosition for an outline that crosses or touches itself."""
    count = len(starts)
    ends = np.roll(starts, -1, axis=0)
    normal = _unit(np.cross(starts, ends))
    of_start = normal @ starts.T  # [edge, vertex]: on which side of the edge the vertex lies
    of_end = np.roll(of_start, -1, axis=1)
    # Edge e, from A to B, crosses edge f, from C to D: both pairs on different sides, and not at the antipode.
    crosses = (of_start * of_end < 0) & ((of_start * of_end).T < 0) & (of_start * of_start.T < 0)
    apart = (np.arange(count)[None, :] - np.arange(count)[:, None]) % count
    crossing = np.argwhere(crosses & (apart > 1) & (apart < count - 1))
    if crossing.size:
        first, second = crossing[0].tolist()
        raise InvalidPosition(
            f"the outline of the polygon crosses itself: the edges from vertex {first} and from vertex {second}"
        )
    near = _arc_distances(starts, starts, ends) < TOUCHING  # [vertex, edge]
    vertex, edge = np.nonzero(near)
    strangers = (edge != vertex) & ((edge + 1) % count != vertex)
    if strangers.any():
        index = int(np.flatnonzero(strangers)[0])
        raise InvalidPosition(
            f"the outline of the polygon touches itself: vertex {vertex[index]} lies on the edge from vertex "
            f"{edge[index]}"
        )


def _distances(places: Vectors, starts: Vectors) -> NDArray[np.float64]:
    """Angles between places and the nearest point of an outline, radians."""
    ends = np.roll(starts, -1, axis=0)
    rows = max(1, 500_000 // len(starts))
    parts = [
        _arc_distances(places[begin : begin + rows], starts, ends).min(axis=1)
        for begin in range(0, len(places), rows)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _arc_distances(places: Vectors, starts: Vectors, ends: Vectors) -> NDArray[np.float64]:
    """Angles between places (rows) and arcs (columns), radians."""
    normal = _unit(np.cross(starts, ends))
    beside = (places @ np.cross(normal, starts).T >= 0) & (places @ np.cross(ends, normal).T >= 0)
    to_circle = np.abs(np.arcsin(np.clip(places @ normal.T, -1, 1)))
    to_start = _angles(places, starts)
    to_end = np.roll(to_start, -1, axis=1)
    return np.asarray(np.where(beside, to_circle, np.minimum(to_start, to_end)))


def _angles(places: Vectors, others: Vectors) -> NDArray[np.float64]:
    """Angles between all places and all others, radians, accurate when small."""
    chord = np.linalg.norm(places[:, None] - others[None], axis=-1)
    return np.asarray(2 * np.arcsin(np.clip(chord / 2, 0, 1)))


def _pole_off_the_edges(starts: Vectors) -> Vectors:
    """Of some directions all over the sky, the one that is, with its antipode, farthest from the outline."""
    number = np.arange(200)
    z = (number + 0.5) / 200  # half of the sky: the antipodes are the other
    longitude = number * pi * (3 - 5**0.5)
    across = np.sqrt(1 - z * z)
    candidates = np.stack([across * np.cos(longitude), across * np.sin(longitude), z], axis=-1)
    free = np.minimum(_distances(candidates, starts), _distances(-candidates, starts))
    return np.asarray(candidates[int(free.argmax())])


def _edges(starts: Vectors, pole: Vectors) -> Edges:
    ends = np.roll(starts, -1, axis=0)
    eastward = np.cross(starts, ends) @ pole > 0
    west, east = np.where(eastward[:, None], starts, ends), np.where(eastward[:, None], ends, starts)
    return Edges(np.cross(pole, west), np.cross(pole, east), np.cross(west, east))


def _area_without(starts: Vectors, pole: Vectors) -> float:
    """Area, steradian, of the part of the sky that a pole is not in: the sum of the signed triangles between the
    edges and its antipode, none of which reaches the pole (Van Oosterom & Strackee 1983)."""
    total = 0.0
    for start, end in zip(starts, np.roll(starts, -1, axis=0), strict=True):
        volume = -float(pole @ np.cross(start, end))
        total += 2 * atan2(volume, 1 + float(start @ end - pole @ start - end @ pole))
    return abs(total)
