"""Colours that stay legible: how strongly two differ, and a company's colour made lighter or darker until it is read.

Contrast is that of WCAG 2.2 (1.4.3, "relative luminance"): 4.5 is the least for text, level AA.
"""

from functools import lru_cache

AA = 4.5
WHITE, BLACK = "#ffffff", "#000000"
INK, DARK_BAND = "#1f2733", "#28313f"  # text on light, and the lightest ground of dark pages
STEPS = 50


def contrast(one: str, other: str) -> float:
    """Of two colours such as `#1c4f82`, from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`share` of the other in the one, 0 to 1."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


@lru_cache(maxsize=64)
def legible(colour: str, ground: str) -> str:
    """The colour itself where text in it can be read on the ground, else the nearest lighter or darker one that can."""
    towards = max((WHITE, BLACK), key=lambda end: contrast(end, ground))
    steps = (mixed(colour, towards, step / STEPS) for step in range(STEPS + 1))
    return next(one for one in steps if contrast(one, ground) >= AA or one == towards)


def text_on(ground: str) -> str:
    """White where it can be read on the ground, else our ink or black."""
    return next((one for one in (WHITE, INK) if contrast(one, ground) >= AA), BLACK)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    """Of #rgb or #rrggbb."""
    digits = colour.removeprefix("#")
    full = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    return int(full[0:2], 16), int(full[2:4], 16), int(full[4:6], 16)
