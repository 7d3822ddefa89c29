"""Content as an unaddressed leaflet, A5 and A4, with a QR code. Everybody sees the same: nothing personal goes onto it."""

from dataclasses import dataclass
from typing import Any

from campaigns.blocks import ContentError

from .. import qr, words
from ..base import Rendition
from ..compiled import Blocks, Brand, Fields, Marks, first, per_content
from ..typeset import Document, Json, Sheet, runs, sheet

TEMPLATE = "direct_post/templates/leaflet.typ"
A5, A4 = (148, 210), (210, 297)  # millimetres
PICTURE_PPI = 130
SAMPLE = {"link": "https://steering.example.com/", "sender_address": "Muster GmbH, Musterstraße 1, 10115 Berlin"}


@dataclass(frozen=True)
class Leaflet:
    sheet: Sheet
    warnings: tuple[str, ...]


def render(blocks: Blocks, fields: Fields) -> Rendition:
    made = compile_leaflet(blocks)
    pdf, pdf_a4 = (_document(made.sheet, fields, size).pdf() for size in (A5, A4))
    return Rendition({"pdf": pdf, "pdf_a4": pdf_a4}, made.warnings)


def picture(blocks: Blocks, fields: Fields) -> bytes:
    """The leaflet as PNG, for previews."""
    made = compile_leaflet(blocks).sheet
    picture = _document(made, fields, A5).png(PICTURE_PPI)
    return picture if isinstance(picture, bytes) else picture[0]


@per_content("direct_post")
def compile_leaflet(blocks: list[dict[str, Any]], own: Brand) -> Leaflet:
    """Laid out once, so that what does not fit is found before anything is ordered."""
    if first(blocks, "headline") is None:
        raise ContentError("blocks", "a leaflet needs a headline")
    call = first(blocks, "call_to_action")
    marks = Marks(is_public=True)
    label = runs(marks.text(call, "label")) if call else None
    made = sheet(TEMPLATE, blocks, own, marks, call=label)
    for size in (A5, A4):
        _document(made, SAMPLE, size).pdf()
    return Leaflet(made, _left_out(blocks))


def _left_out(blocks: Blocks) -> tuple[str, ...]:
    """A leaflet has one picture and one QR code."""
    seen: set[str] = set()
    others = [
        block["id"]
        for block in blocks
        if block["type"] in ("image", "call_to_action") and (block["type"] in seen or seen.add(block["type"]))
    ]
    return (f"The leaflet does not carry: {', '.join(others)}",) if others else ()


def _document(made: Sheet, fields: Fields, size: tuple[int, int]) -> Document:
    (code,) = qr.codes([fields["link"]])
    person = _everybody(made, fields, size) | {"code": {"at": 0, "side": code.side}}
    data = made.data | {"people": [person], "codes": True, "print": True}
    return Document(made.template, data, {**made.files, "codes.bin": code.pixels})


def _everybody(made: Sheet, fields: Fields, size: tuple[int, int]) -> Json:
    return {
        "values": made.values_for(fields),
        "size": size,
        "scan": words.say("scan", fields),
        "imprint": words.say("imprint", fields, sender=str(fields["sender_address"])),
    }
