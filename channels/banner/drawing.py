"""A banner as a picture: the same division as the page, drawn with the measured font."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from campaigns import assets

from .. import colours
from ..compiled import Brand
from .fitting import BOX, LINE, Fitted, box_width, columns, font, height, stacked
from .sizes import ACTION, CODE, OFFER, Size

LARGEST = 150_000  # bytes, as ad servers take
EDGE, SOFT = "#c9d1dc", "#566072"
FINE = 4  # rounded corners are drawn so much larger


@dataclass(frozen=True)
class Look:
    """What is not text: whose it is, the picture, and the line at the foot."""

    own: Brand
    picture: str  # source of an asset; empty: none
    foot: str


def draw(size: Size, fitted: Fitted, look: Look) -> bytes:
    """PNG."""
    canvas = Image.new("RGB", (size.width, size.height), colours.WHITE)
    _paste_picture(canvas, size, look)
    pen = ImageDraw.Draw(canvas)
    for fields, left, top in _places(size, fitted, has_picture=bool(look.picture)):
        _write(canvas, fields, fitted, (left, top), size, look)
    pixels = 9 if size.height <= 50 else 10
    pen.text((size.width - 6, size.height - 3), look.foot, font=font(CODE, pixels), fill=SOFT, anchor="rd")
    pen.rectangle((0, 0, size.width - 1, size.height - 1), outline=EDGE)
    return _encoded(canvas)


def _paste_picture(canvas: Image.Image, size: Size, look: Look) -> None:
    left, top, width, height_ = size.frame(has_picture=bool(look.picture))
    if not look.picture:
        canvas.paste(look.own.colour, (left, top, left + width, top + height_))
        return
    data = assets.read(assets.crop(look.picture, width, height_))
    with Image.open(io.BytesIO(data)) as picture:
        shown = ImageOps.fit(picture.convert("RGBA"), (width, height_))
    canvas.paste(shown, (left, top), shown)


def _places(size: Size, fitted: Fitted, *, has_picture: bool) -> list[tuple[Sequence[str], int, int]]:
    """Fields that stand below each other, with the left and top of each such column."""
    texts = {field: lines[0] for field, lines in fitted.lines.items()}
    places: list[tuple[Sequence[str], int, int]] = []
    for column in columns(size, texts, fitted.fonts, has_picture=has_picture):
        above = column.height - stacked(size, column.fields, fitted.lines, fitted.fonts)
        if size.is_row:
            places.append((column.fields, column.left, round(column.top + above / 2)))
        else:  # texts from the top, the button at the bottom
            places.append(([field for field in column.fields if field != ACTION], column.left, column.top))
            button = [field for field in column.fields if field == ACTION]
            bottom = column.top + column.height - stacked(size, button, fitted.lines, fitted.fonts)
            places += [(button, column.left, round(bottom))] if button else []
    return places


def _write(
    canvas: Image.Image, fields: Sequence[str], fitted: Fitted, place: tuple[int, int], size: Size, look: Look
) -> None:
    left, top = place
    brand = colours.legible(look.own.colour, colours.WHITE)
    pen = ImageDraw.Draw(canvas)
    for field in fields:
        pixels, lines = fitted.fonts[field], fitted.lines[field]
        if field in BOX:
            _box(canvas, field, lines[0], pixels, (left, top), look.own)
        for n, line in enumerate(lines if field not in BOX else ()):
            middle = top + (n + 0.5) * LINE[field] * pixels
            pen.text(
                (left, middle),
                line,
                font=font(field, pixels),
                fill=brand if field == OFFER else colours.INK,
                anchor="lm",
            )
        top += height(field, lines, pixels) + size.gap


def _box(canvas: Image.Image, field: str, text: str, pixels: int, place: tuple[int, int], own: Brand) -> None:
    """A button in the company's colour, or a code with a line around it."""
    wide, high = box_width(text, field, pixels), height(field, [text], pixels)
    edge = colours.legible(own.colour, colours.WHITE)
    shape = Image.new("RGB", (wide * FINE, high * FINE), colours.WHITE)
    ImageDraw.Draw(shape).rounded_rectangle(
        (0, 0, wide * FINE - 1, high * FINE - 1),
        radius=4 * FINE,
        fill=own.colour if field == ACTION else colours.WHITE,
        outline=own.colour if field == ACTION else edge,
        width=FINE,
    )
    canvas.paste(shape.resize((wide, high), Image.Resampling.LANCZOS), place)
    ink = colours.text_on(own.colour) if field == ACTION else colours.INK
    middle = (place[0] + wide / 2, place[1] + high / 2)
    ImageDraw.Draw(canvas).text(middle, text, font=font(field, pixels), fill=ink, anchor="mm")


def _encoded(canvas: Image.Image) -> bytes:
    """In all its colours, or in 256 of them where that is too heavy."""
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    if out.tell() <= LARGEST:
        return out.getvalue()
    small = io.BytesIO()
    canvas.quantize(256, method=Image.Quantize.MEDIANCUT).save(small, "PNG", optimize=True)
    return small.getvalue()
