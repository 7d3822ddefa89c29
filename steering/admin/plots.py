"""Plots as SVG, made here: sharp at any size, in the page's own colours, and there without a script. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

from django.utils.safestring import SafeString, mark_safe

TEAL, AMBER, GREY = "#0d9488", "#d97706", "#9ca3af"
WIDE = 500
TICKS = 5
Number = Callable[[float], str]
Place = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """Points joined by a line; points whose y is not known are left out."""

    label: str
    x: Sequence[float | None]
    y: Sequence[float | None]
    colour: str = TEAL
    is_dashed: bool = False


@dataclass(frozen=True)
class Marks:
    """Points, each with an interval from low to high or without."""

    label: str
    x: Sequence[float | None]
    y: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    colour: str = TEAL


@dataclass(frozen=True)
class Axis:
    label: str
    told: Number = lambda value: f"{value:,.2f}"
    at: Sequence[float] = ()  # ticks; empty: round numbers
    with_zero: bool = False


@dataclass(frozen=True)
class Bar:
    """A row of a plot that lies: a value, with its interval or without."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    told: str = ""
    colour: str = TEAL
    opens_group: bool = False


def plot(
    series: Sequence[Line | Marks], *, x: Axis, y: Axis, about: str, width: int = 390, height: int = 270
) -> SafeString:
    """Lines and points over two axes. `about` says what is drawn, to those who cannot see it."""
    ticks = [_ticks(_values(series, name), axis) for name, axis in (("x", x), ("y", y))]
    left, right, top, bottom = 60, 22, 12 + 18 * ceil(len(series) / 2), 46
    place = _placing([(t[0], t[-1]) for t in ticks], (left, width - right), (height - bottom, top))
    parts = [
        *(_grid_line(place(ticks[0][0], tick), place(ticks[0][-1], tick), is_zero=tick == 0) for tick in ticks[1]),
        *(_text(place(ticks[0][0], tick), y.told(tick), anchor="end", dx=-8, dy=4) for tick in ticks[1]),
        *(_text(place(tick, ticks[1][0]), x.told(tick), dy=18) for tick in ticks[0]),
        _text(((left + width - right) / 2, height - 6), x.label),
        _text((14, (top + height - bottom) / 2), y.label, turned=True),
        *(_draw(one, place) for one in series),
        *_legend(series, left),
    ]
    return _svg(parts, width, height, about)


def bars(rows: Sequence[Bar], *, axis: Axis, about: str, width: int = 720, label_width: int = 190) -> SafeString:
    """One row each: a bar from zero, or a point with its interval where there is one."""
    values = [value for row in rows for value in (row.value, row.low, row.high, 0.0) if value is not None]
    ticks = _ticks(values, axis)
    gaps = [10 if row.opens_group else 0 for row in rows]
    top, step, right = 8, 26, 120
    height = top + step * len(rows) + sum(gaps) + 46
    place = _placing([(ticks[0], ticks[-1]), (0, 1)], (label_width, width - right), (0, 1))
    end = height - 44
    parts = [_grid_line((place(t, 0)[0], top), (place(t, 0)[0], end), is_zero=t == 0) for t in ticks]
    parts += [_text((place(t, 0)[0], end), axis.told(t), dy=18) for t in ticks]
    parts.append(_text((place((ticks[0] + ticks[-1]) / 2, 0)[0], height - 6), axis.label))
    middle = top - step / 2
    for row, gap in zip(rows, gaps, strict=True):
        middle += step + gap
        parts.append(_text((label_width - 10, middle), row.label, anchor="end", dy=4))
        parts.append(_text((width - right + 10, middle), row.told, anchor="start", dy=4))
        parts.append(_bar(row, middle, lambda value: place(value, 0)[0]))
    return _svg(parts, width, height, about)


def _bar(row: Bar, middle: float, at: Callable[[float], float]) -> str:
    if row.low is None or row.high is None:
        first, last = sorted((at(0.0), at(row.value)))
        return f'<rect x="{first:.1f}" y="{middle - 8:.1f}" width="{last - first:.1f}" height="16" rx="2" fill="{row.colour}"/>'
    return (
        f'<path d="M{at(row.low):.1f} {middle:.1f}H{at(row.high):.1f}M{at(row.low):.1f} {middle - 5:.1f}v10'
        f'M{at(row.high):.1f} {middle - 5:.1f}v10" stroke="{row.colour}" stroke-width="2" fill="none"/>'
        f'<circle cx="{at(row.value):.1f}" cy="{middle:.1f}" r="4.5" fill="{row.colour}"/>'
    )


def _draw(series: Line | Marks, place: Place) -> str:
    if isinstance(series, Line):
        points = [place(a, b) for a, b in zip(series.x, series.y, strict=True) if _is_known(a) and _is_known(b)]
        dashes = ' stroke-dasharray="5 4"' if series.is_dashed else ""
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        return f'<polyline points="{path}" fill="none" stroke="{series.colour}" stroke-width="2"{dashes}/>'
    return "".join(_mark(series, number, place) for number in range(len(series.x)))


def _mark(marks: Marks, number: int, place: Place) -> str:
    x, y = marks.x[number], marks.y[number]
    if not (_is_known(x) and _is_known(y)):
        return ""
    across, up = place(x, y)
    drawn = f'<circle cx="{across:.1f}" cy="{up:.1f}" r="4" fill="{marks.colour}"/>'
    ends = [side[number] for side in (marks.low, marks.high) if len(side)]
    if len(ends) == 2 and all(_is_known(end) for end in ends):
        low, high = (place(x, end)[1] for end in ends)
        drawn += (
            f'<path d="M{across:.1f} {low:.1f}V{high:.1f}M{across - 4:.1f} {low:.1f}h8M{across - 4:.1f} {high:.1f}h8"'
            f' stroke="{marks.colour}" stroke-width="1.5" fill="none"/>'
        )
    return drawn


def _legend(series: Sequence[Line | Marks], left: float) -> list[str]:
    """Two a row."""
    parts = []
    for number, one in enumerate(one for one in series if one.label):
        x, y = left + 165 * (number % 2), 12 + 18 * (number // 2)
        if isinstance(one, Line):
            dashes = ' stroke-dasharray="5 4"' if one.is_dashed else ""
            parts.append(f'<path d="M{x} {y}h18" stroke="{one.colour}" stroke-width="2"{dashes}/>')
        else:
            parts.append(f'<circle cx="{x + 9}" cy="{y}" r="4" fill="{one.colour}"/>')
        parts.append(_text((x + 24, y), one.label, anchor="start", dy=4))
    return parts


def _values(series: Sequence[Line | Marks], name: str) -> list[float]:
    found: list[float | None] = []
    for one in series:
        found += list(getattr(one, name))
        if name == "y" and isinstance(one, Marks):
            found += [*one.low, *one.high]
    return [value for value in found if _is_known(value)]


def _ticks(values: Sequence[float], axis: Axis) -> list[float]:
    """Round numbers that reach from below the least to above the largest value."""
    if axis.at:
        return list(axis.at)
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if axis.with_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 0:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / TICKS
    power = 10 ** floor(log10(raw))
    step = next(power * nice for nice in (1, 2, 5, 10) if raw <= power * nice)
    return [step * number for number in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def _placing(ranges: Sequence[tuple[float, float]], across: tuple[float, float], up: tuple[float, float]) -> Place:
    (x0, x1), (y0, y1) = ranges

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            across[0] + (x - x0) / (x1 - x0) * (across[1] - across[0]),
            up[0] + (y - y0) / (y1 - y0) * (up[1] - up[0]),
        )

    return place


def _grid_line(start: tuple[float, float], end: tuple[float, float], *, is_zero: bool) -> str:
    opacity = "0.6" if is_zero else "0.15"
    return f'<path d="M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}" stroke="currentColor" stroke-opacity="{opacity}"/>'


def _text(
    at: tuple[float, float], said: str, *, anchor: str = "middle", dx: float = 0, dy: float = 0, turned: bool = False
) -> str:
    x, y = at[0] + dx, at[1] + dy
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{escape(said)}</text>'


def _svg(parts: Sequence[str], width: int, height: int, about: str) -> SafeString:
    # All that is said is escaped above. What is wide is rather moved sideways than made too small to read.
    kind = "plot plot-wide" if width > WIDE else "plot"
    return mark_safe(  # noqa: S308
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(about)}">{"".join(parts)}</svg>'
    )


def _is_known(value: float | None) -> bool:
    return value is not None and isfinite(value)
