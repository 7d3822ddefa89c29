"""Texts fitted into a banner by measuring their real glyphs: the largest fonts of a size in which all of them have room.

Measured in Liberation Sans, which has the widths of Arial and Helvetica; 6 % are kept free for programs that show another
font. So a picture and a page of the same size are divided alike.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from .sizes import ACTION, CODE, FIELDS, HEADLINE, OFFER, Size

FONTS = Path(__file__).parent.parent / "fonts"
MARGIN = 0.94
STEPS = 12
LINE = {HEADLINE: 1.18, OFFER: 1.22, CODE: 1.3, ACTION: 1.2}  # of a line, in heights of its font
# Room around what stands in a box, above and below, left and right, in heights of its font.
BOX = {CODE: (0.25, 0.6), ACTION: (0.5, 0.9)}
NO_BOX = (0.0, 0.0)
BESIDE = 16  # pixels between the columns of a row
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Fitted:
    """Of each field that is shown, its font in pixels and its lines; `left_out` are fields without room."""

    fonts: Mapping[str, int]
    lines: Mapping[str, Sequence[str]]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """Fields below each other; where they begin and how much room they have, in pixels."""

    fields: tuple[str, ...]
    left: int
    top: int
    width: float
    height: float


class NoRoomError(Exception):
    """`field` has no room at the least font that can be read, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def fit(size: Size, texts: Texts, *, has_picture: bool) -> Fitted:
    """Texts by field; an empty one is not shown. Raises NoRoomError where they cannot be read in any of the fonts."""
    shown = {field: texts[field] for field in FIELDS if texts.get(field) and field not in size.never}
    never = tuple(field for field in size.never if texts.get(field))
    without = [()] + [size.optional] * any(field in shown for field in size.optional)
    for left_out in without:
        kept = {field: text for field, text in shown.items() if field not in left_out}
        for fonts in _fonts(size, kept):
            if fitted := _at(size, kept, fonts, has_picture=has_picture):
                return replace(fitted, left_out=(*never, *(field for field in left_out if field in shown)))
    raise _reason(size, kept, fonts, has_picture=has_picture)


def cut(size: Size, texts: Texts, *, has_picture: bool) -> Fitted:
    """As fit(), but with what has no room cut off at an ellipsis, where it is too late to refuse it."""
    try:
        return fit(size, texts, has_picture=has_picture)
    except NoRoomError:
        kept = {
            field: texts[field] for field in FIELDS if texts.get(field) and field not in (*size.never, *size.optional)
        }
        *_, fonts = _fonts(size, kept)
        parted = columns(size, kept, fonts, has_picture=has_picture)
        lines = {field: _shortened(kept[field], field, fonts[field], one) for one in parted for field in one.fields}
        return Fitted(fonts, lines, tuple(field for field in FIELDS if texts.get(field) and field not in kept))


@lru_cache(maxsize=256)
def font(field: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"LiberationSans-{'Regular' if field == CODE else 'Bold'}.ttf"), pixels)


def height(field: str, lines: Sequence[str], pixels: int) -> int:
    return math.ceil((len(lines) * LINE[field] + 2 * BOX.get(field, NO_BOX)[0]) * pixels)


def box_width(text: str, field: str, pixels: int) -> int:
    return math.ceil(_width(text, field, pixels) / MARGIN + 2 * BOX[field][1] * pixels)


def _width(text: str, field: str, pixels: int) -> float:
    return font(field, pixels).getlength(text)


def _fonts(size: Size, texts: Texts) -> Iterator[dict[str, int]]:
    """From the largest to the least."""
    for step in range(STEPS, -1, -1):
        yield {field: round(low + (high - low) * step / STEPS) for field in texts for low, high in [size.fonts[field]]}


def columns(size: Size, texts: Texts, fonts: Mapping[str, int], *, has_picture: bool) -> list[Column]:
    """One, or in a row several that share what the button leaves."""
    left, top, width, room = size.room(has_picture=has_picture)
    if not size.is_row:
        return [Column(tuple(texts), left, top, width, room)]
    parted = [tuple(field for field in texts if field in size.stacked)]
    if others := tuple(field for field in texts if field not in (*size.stacked, ACTION)):
        parted.append(others)
    button = min(box_width(texts[ACTION], ACTION, fonts[ACTION]), width // 2) if ACTION in texts else 0
    shared = width - (button + BESIDE if button else 0) - BESIDE * (len(parted) - 1)
    each = shared / len(parted)
    made = [Column(fields, round(left + n * (each + BESIDE)), top, each, room) for n, fields in enumerate(parted)]
    return [*made, Column((ACTION,), left + width - button, top, button, room)] if button else made


def _at(size: Size, texts: Texts, fonts: Mapping[str, int], *, has_picture: bool) -> Fitted | None:
    """In these fonts, or less where a word is wider; None where they have no room."""
    used, lines = dict(fonts), dict[str, Sequence[str]]()
    for column in columns(size, texts, fonts, has_picture=has_picture):
        for field in column.fields:
            tried = range(fonts[field], size.fonts[field][0] - 1, -1)
            wrapped = ((pixels, _wrapped(texts[field], field, pixels, column.width)) for pixels in tried)
            used[field], lines[field] = next((one for one in wrapped if one[1]), (0, ()))
            if not lines[field]:
                return None
        if stacked(size, column.fields, lines, used) > column.height:
            return None
    return Fitted(used, lines)


def stacked(size: Size, fields: Sequence[str], lines: Mapping[str, Sequence[str]], fonts: Mapping[str, int]) -> int:
    """Their height with the gaps between them."""
    return sum(height(field, lines[field], fonts[field]) for field in fields) + size.gap * (len(fields) - 1)


def _wrapped(text: str, field: str, pixels: int, width: float) -> list[str] | None:
    """Lines of whole words; a button and a code have one. None where a word is wider than all of it."""
    if field in BOX:
        return [text] if box_width(text, field, pixels) <= width else None
    room = width * MARGIN
    words = _words(text)
    lines: list[str] = []
    line = ""
    for word in words:
        if _width(word.rstrip(), field, pixels) > room:
            return None
        if line and _width((line + word).rstrip(), field, pixels) > room:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()]


def _words(text: str) -> list[str]:
    """With the blank or hyphen after which a line may be broken."""
    return [piece for word in text.split() for piece in _pieces(word)]


def _pieces(word: str) -> list[str]:
    pieces = word.split("-")
    return [f"{piece}-" for piece in pieces[:-1]] + [f"{pieces[-1]} "]


def _shortened(text: str, field: str, pixels: int, column: Column) -> list[str]:
    lines, rest = [], " ".join(text.split())
    most = 1 if field in BOX else max(1, int(column.height / len(column.fields) / (LINE[field] * pixels)))
    room = (column.width - 2 * BOX.get(field, NO_BOX)[1] * pixels) * MARGIN
    while rest and len(lines) < most:
        end = _fitting(rest, field, pixels, room)
        at = rest.rfind(" ", 0, end + 1) if end < len(rest) else end
        at = at if at > 0 else end
        lines.append(rest[:at].strip())
        rest = rest[at:].strip()
    if rest:
        end = _fitting(lines[-1] + ELLIPSIS, field, pixels, room)
        lines[-1] = lines[-1][: max(0, min(end, len(lines[-1])) - (end <= len(lines[-1])))] + ELLIPSIS
    return lines


def _fitting(text: str, field: str, pixels: int, room: float) -> int:
    """How many of its characters have room, at least one."""
    return max(1, next((n for n in range(len(text), 0, -1) if _width(text[:n], field, pixels) <= room), 1))


def _reason(size: Size, texts: Texts, fonts: Mapping[str, int], *, has_picture: bool) -> NoRoomError:
    """The field to shorten: one with a word that is too wide, else the one with the most lines."""
    most = (0, HEADLINE)
    for column in columns(size, texts, fonts, has_picture=has_picture):
        for field in column.fields:
            lines = _wrapped(texts[field], field, fonts[field], column.width)
            if lines is None:
                widest = max(_words(texts[field]) if field in (HEADLINE, OFFER) else [texts[field]], key=len).strip()
                return NoRoomError(field, f"{widest!r} is too wide for {size.name} at {fonts[field]} pixels")
            if field in (HEADLINE, OFFER):
                most = max(most, (len(lines), field))
    field = most[1]
    return NoRoomError(
        field, f"has {len(texts[field])} characters, for which {size.name} has no room at {fonts[field]} pixels"
    )
