"""Content as an unaddressed leaflet, front and back, with a QR code. Everybody in an area sees the same: nothing personal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.blocks import ContentError

from .. import page_boxes, printable, qr, words
from ..base import Rendition
from ..compiled import Blocks, Brand, Fields, Marks, first, per_content
from ..typeset import Document, Json, Sheet, runs, sheet

TEMPLATE = "direct_post/templates/leaflet.typ"
PICTURE_PPI = 90
MOST_MODULES = 97  # along a side of a QR code
SAMPLE = {"link": "https://steering.example.com/", "sender_address": "Muster GmbH, Musterstraße 1, 10115 Berlin"}


@dataclass(frozen=True)
class Size:
    """Of the sheet as it is delivered, in millimetres, and of what is on it compared with A5."""

    width: int
    height: int
    scale: float


SIZES: Mapping[str, Size] = {
    "A6": Size(105, 148, 0.71),
    "A5": Size(148, 210, 1.0),
    "A4": Size(210, 297, 1.41),
    "DIN lang": Size(99, 210, 0.78),
}
USUAL = "A5"


@dataclass(frozen=True)
class Leaflet:
    sheet: Sheet
    warnings: tuple[str, ...]
    linked: str = ""  # block to which its code leads


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """In every size in which it fits; `pdf` is the usual one. The warnings say why the others are missing."""
    made, warnings = compile_leaflet(blocks), []
    parts: dict[str, str | bytes] = {"pdf": pdf(blocks, fields)}
    for name in SIZES.keys() - {USUAL}:
        try:
            parts[f"pdf_{name.lower().replace(' ', '_')}"] = pdf(blocks, fields, size=name)
        except ContentError as error:
            warnings.append(f"There is no leaflet in {name}: {error.reason}")
    return Rendition(parts, (*made.warnings, *sorted(warnings)))


def pdf(blocks: Blocks, fields: Fields, *, size: str = USUAL, has_crop_marks: bool = False) -> bytes:
    """Two pages with 3 mm of bleed. Raises ContentError for what does not fit."""
    made = compile_leaflet(blocks)
    return page_boxes.written(_document(made.sheet, _led(made, fields), SIZES[size], marks=has_crop_marks).pdf())


def picture(blocks: Blocks, fields: Fields) -> bytes:
    """Front and back beside each other as PNG, as they are when cut, for previews."""
    leaflet = compile_leaflet(blocks)
    made = _document(leaflet.sheet, _led(leaflet, fields), SIZES[USUAL])
    shown = Document(made.template, made.data | {"preview": True, "bleed": 0}, made.files, ahead="ahead.pdf")
    pictures = shown.png(PICTURE_PPI)
    return pictures if isinstance(pictures, bytes) else pictures[0]


@per_content("direct_post")
def compile_leaflet(blocks: list[dict[str, Any]], own: Brand) -> Leaflet:
    """Laid out once, so that what does not fit is found before anything is ordered."""
    if first(blocks, "headline") is None:
        raise ContentError("blocks", "a leaflet needs a headline")
    printable.check_blocks(blocks)
    call = first(blocks, "call_to_action")
    marks = Marks(is_public=True)
    label = runs(marks.text(call, "label")) if call else None
    made = sheet(TEMPLATE, blocks, own, marks, call=label)
    _document(made, SAMPLE, SIZES[USUAL]).pdf()
    return Leaflet(made, tuple(_left_out(blocks)), call["id"] if call else "")


def _led(made: Leaflet, fields: Fields) -> Fields:
    """With the link of the call to action, beside which the code stands."""
    return {**fields, "link": fields.get("links", {}).get(made.linked) or fields["link"]}


def _left_out(blocks: Blocks) -> Iterator[str]:
    """A leaflet has one picture and one QR code."""
    seen: set[str] = set()
    others = [
        block["id"]
        for block in blocks
        if block["type"] in ("image", "call_to_action") and (block["type"] in seen or seen.add(block["type"]))
    ]
    if others:
        yield f"The leaflet does not carry: {', '.join(others)}"


def _document(made: Sheet, fields: Fields, size: Size, *, marks: bool = False) -> Document:
    code = _code(str(fields["link"]))
    data = made.data | {
        "people": [_everybody(made, fields, size) | {"code": {"at": 0, "side": code.side}}],
        "codes": True,
        "print": True,
        "bleed": page_boxes.BLEED,
        "marks": marks,
    }
    return Document(made.template, data, {**made.files, "codes.bin": code.pixels})


def _code(link: str) -> qr.Code:
    try:
        (code,) = qr.codes([link])
    except ValueError as error:
        raise ContentError("link", "is too long for a QR code") from error
    if code.side > MOST_MODULES:
        raise ContentError("link", "is too long for a QR code that can be read from paper")
    return code


def _everybody(made: Sheet, fields: Fields, size: Size) -> Json:
    return {
        "values": made.values_for(fields),
        "language": words.language(fields),
        "size": [size.width, size.height],
        "scale": size.scale,
        "scan": words.say("scan", fields),
        "imprint": words.say("imprint", fields, sender=str(fields["sender_address"])),
    }
