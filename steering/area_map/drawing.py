"""The map as SVG, drawn here: no tiles of others, no script needed, and bounded however many areas there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians

import numpy as np
import shapely
from django.utils.safestring import SafeString, mark_safe

from .shades import HATCH, Shade, Shades
from .spots import Spot

WIDE, HIGH, MARGIN = 900, 640, 26
FINEST = 0.5  # pixels that an outline may be off
MOST_POINTS = 20_000
LABELS = 14  # of the largest groups
LEAST_RADIUS, RADII = 3.0, (7.0, 24.0)  # of groups; of the largest, by how many there are
COVERED = 0.4  # of the map, by circles: with more of it each hides others
KM_PER_DEGREE = 111.32
RULERS_KM = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Projection:
    """Degrees to pixels: a flat map, true in the middle, which is enough for a country."""

    west: float
    north: float
    scale: float  # pixels per degree of latitude
    squeeze: float  # of longitudes

    def __call__(self, longitude: np.ndarray | float, latitude: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        x = MARGIN + (np.asarray(longitude) - self.west) * self.squeeze * self.scale
        return x, MARGIN + (self.north - np.asarray(latitude)) * self.scale


@dataclass(frozen=True)
class Drawn:
    svg: SafeString
    left_out: int  # that have no place on the map


def draw(
    spots: Sequence[Spot], shades: Shades, *, said: Callable[[Spot], str], url: Callable[[Spot], str], about: str
) -> Drawn:
    """`said` is what is told of a spot, `url` where a group leads."""
    placed = [spot for spot in spots if spot.shape is not None or spot.at is not None]
    if not placed:
        return Drawn(mark_safe(""), len(spots))
    project, height = _fitted(placed)
    shapes = _simplified(placed, project)
    size = _sizes(placed, project)
    # Large ones first, so that none is hidden; the chosen above the others.
    order = sorted(
        range(len(placed)), key=lambda n: (placed[n].is_group and -placed[n].households, placed[n].chosen > 0)
    )
    parts = [
        _spot(placed[n], shapes[n], project, shades.of(placed[n]), size, said(placed[n]), url(placed[n])) for n in order
    ]
    parts += _labels([spot for spot in placed if spot.is_group], project)
    parts.append(_ruler(project, height))
    return Drawn(_svg(parts, height, about), len(spots) - len(placed))


def _fitted(spots: Sequence[Spot]) -> tuple[Projection, float]:
    """All of them, with a little around; and how high the map then is."""
    bounds = np.array([_bounds(spot) for spot in spots])
    west, south, east, north = *bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)
    squeeze = max(cos(radians((south + north) / 2)), 0.05)
    across, up = max((east - west) * squeeze, 1e-3), max(north - south, 1e-3)
    scale = min((WIDE - 2 * MARGIN) / across, (HIGH - 2 * MARGIN) / up)
    # What is narrow stands in the middle.
    west -= ((WIDE - 2 * MARGIN) / scale - (east - west) * squeeze) / 2 / squeeze
    return Projection(west, north, scale, squeeze), 2 * MARGIN + up * scale + 20


def _sizes(spots: Sequence[Spot], project: Projection) -> Callable[[Spot], float]:
    """The radius of a spot: groups are as large as they have households."""
    households = np.array([max(spot.households, 1) for spot in spots if spot.is_group] or [1])
    bounds = np.array([_bounds(spot) for spot in spots])
    short, long = sorted(np.ptp(np.array(project(bounds[:, 0], bounds[:, 1])), axis=1))
    room = long * max(short, long / 4)
    fair = (COVERED * room * households.max() / (np.pi * households.sum())) ** 0.5
    largest = float(np.clip(fair, *RADII))

    def radius(spot: Spot) -> float:
        return (
            LEAST_RADIUS + (largest - LEAST_RADIUS) * (spot.households / households.max()) ** 0.5
            if spot.is_group
            else 5.0
        )

    return radius


def _bounds(spot: Spot) -> tuple[float, float, float, float]:
    if spot.shape is not None:
        return spot.shape.bounds
    return (*spot.at, *spot.at)


def _simplified(spots: Sequence[Spot], project: Projection) -> np.ndarray:
    """Outlines with as many points as can be seen, and no more than a page can hold."""
    shapes = np.array([spot.shape for spot in spots], dtype=object)
    off = FINEST / project.scale
    drawn = shapely.simplify(shapes, off)
    while shapely.get_num_coordinates(drawn).sum() > MOST_POINTS and off < 10:
        off *= 2
        drawn = shapely.simplify(shapes, off)
    return drawn


def _spot(
    spot: Spot,
    shape: shapely.Geometry | None,
    project: Projection,
    shade: Shade,
    size: Callable[[Spot], float],
    said: str,
    url: str,
) -> str:
    attributes = f'class="spot{" chosen" if spot.chosen else ""}" data-said="{escape(said)}" fill="{shade.fill}"'
    title = f"<title>{escape(said)}</title>"
    if shape is not None:
        return f'<path {attributes} d="{_path(shape, project)}">{title}</path>'
    x, y = project(*spot.at)
    circle = f'<circle {attributes} cx="{x:.1f}" cy="{y:.1f}" r="{size(spot):.1f}">{title}</circle>'
    return f'<a href="{escape(url)}" tabindex="-1">{circle}</a>' if spot.is_group else circle


def _path(shape: shapely.Geometry, project: Projection) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return "".join(_ring(shapely.get_coordinates(ring), project) for ring in rings)


def _ring(points: np.ndarray, project: Projection) -> str:
    x, y = project(points[:-1, 0], points[:-1, 1])
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z"


def _labels(groups: Sequence[Spot], project: Projection) -> list[str]:
    """Of the largest, where they do not lie on one another."""
    taken: list[tuple[float, float, float]] = []
    parts, said = [], set()
    for spot in sorted(groups, key=lambda spot: -spot.households):
        x, y = (float(value) for value in project(*spot.at))
        if spot.label in said:
            continue
        half = 3.6 * len(spot.label)
        is_free = all(abs(y - other) > 16 or abs(x - across) > half + reach for across, other, reach in taken)
        if is_free and len(parts) < LABELS:
            taken.append((x, y, half))
            said.add(spot.label)
            anchor = "start" if x < 60 else "end" if x > WIDE - 60 else "middle"
            parts.append(
                f'<text class="label" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">{escape(spot.label)}</text>'
            )
    return parts


def _ruler(project: Projection, height: float) -> str:
    """How far a kilometre is."""
    pixels = project.scale / KM_PER_DEGREE
    km = max((one for one in RULERS_KM if one * pixels <= 220), default=RULERS_KM[0])
    end = MARGIN + km * pixels
    return (
        f'<path class="ruler" d="M{MARGIN} {height - 14:.1f}v4H{end:.1f}v-4"/>'
        f'<text x="{end + 6:.1f}" y="{height - 9:.1f}">{km:g} km</text>'
    )


def _svg(parts: Sequence[str], height: float, about: str) -> SafeString:
    hatch = (
        f'<defs><pattern id="{HATCH[5:-1]}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#fff3d6"/><rect width="3" height="6" fill="#e69f00"/></pattern></defs>'
    )
    # All that is said is escaped above.
    return mark_safe(  # noqa: S308
        f'<svg class="area-map" viewBox="0 0 {WIDE} {height:.0f}" role="img" aria-label="{escape(about)}">'
        f"{hatch}{''.join(parts)}</svg>"
    )
