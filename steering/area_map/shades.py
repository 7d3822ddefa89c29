"""The colours of the map: told apart by everybody (Okabe and Ito; steps of one colour), and never by colour alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaigns.money import shown

from .spots import Spot

STEPS = ("#c6dbef", "#6baed6", "#2171b5", "#08306b")
HATCH = "url(#hatch)"


@dataclass(frozen=True)
class Shade:
    fill: str
    said: str


NOT_CHOSEN = Shade("#d1d5db", "not chosen")
HELD_OUT = Shade(HATCH, "held out")
LOSS = Shade("#d55e00", "costs more than it brings")
TREATED = Shade("#0072b2", "treated, compared with a pair")
NOT_COMPARED = Shade("#56b4e9", "chosen, not compared")
NO_WEEK = Shade("#6baed6", "chosen, in no particular week")
Shading = tuple[Callable[[Spot], Shade], Sequence[Shade]]


@dataclass(frozen=True)
class Shades:
    """`of` gives the shade of a spot; `legend` has those that are used, in their order."""

    of: Callable[[Spot], Shade]
    legend: tuple[Shade, ...]


def shades(spots: Sequence[Spot], *, by: str, currency: str) -> Shades:
    """Of what is chosen by its expected gain, its week, or its group; the rest is grey, or hatched where it is held out."""
    chosen = [spot for spot in spots if spot.chosen]
    of_chosen, order = {"week": _by_week, "group": _by_group}.get(by, _by_gain)(chosen, currency)

    def of(spot: Spot) -> Shade:
        if spot.chosen:
            return of_chosen(spot)
        return HELD_OUT if spot.held else NOT_CHOSEN

    used = {of(spot) for spot in spots}
    return Shades(of, tuple(shade for shade in (*order, NOT_CHOSEN, HELD_OUT) if shade in used))


def _by_gain(chosen: Sequence[Spot], currency: str) -> Shading:
    """Quarters of those that earn something."""
    gains = sorted(spot.gain for spot in chosen if spot.gain >= 0)
    ends = sorted(
        {gains[max(0, -(-len(gains) * part // len(STEPS)) - 1)] for part in range(1, len(STEPS) + 1)} if gains else ()
    )
    steps = [Shade(colour, f"gains up to {shown(end, currency)}") for colour, end in zip(STEPS, ends, strict=False)]

    def of(spot: Spot) -> Shade:
        if spot.gain < 0:
            return LOSS
        return next(step for step, end in zip(steps, ends, strict=True) if spot.gain <= end)

    return of, (LOSS, *steps)


def _by_week(chosen: Sequence[Spot], currency: str) -> Shading:
    """Weeks of a plan in up to four steps; of a group counts its first."""
    last = max((spot.weeks[1] for spot in chosen if spot.weeks), default=1)
    parts = min(last, len(STEPS))
    bounds = [(last * part // parts + 1, last * (part + 1) // parts) for part in range(parts)]
    steps = [Shade(colour, _weeks(bound)) for colour, bound in zip(STEPS, bounds, strict=False)]

    def of(spot: Spot) -> Shade:
        if spot.weeks is None:
            return NO_WEEK
        return next(step for step, bound in zip(steps, bounds, strict=True) if spot.weeks[0] <= bound[1])

    return of, (*steps, NO_WEEK)


def _by_group(chosen: Sequence[Spot], currency: str) -> Shading:
    return (lambda spot: TREATED if spot.group == "treated" else NOT_COMPARED), (TREATED, NOT_COMPARED)


def _weeks(bound: tuple[int, int]) -> str:
    return f"week {bound[0]}" if bound[0] == bound[1] else f"weeks {bound[0]} to {bound[1]}"
