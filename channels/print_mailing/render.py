"""Content as letters: A4 after DIN 5008 form B, with address window, date, offer, and a QR code with a personal link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from campaigns import personalise
from campaigns.blocks import ContentError

from .. import words
from ..base import Rendition
from ..compiled import Blocks, Brand, Fields, Marks, first, per_content
from ..typeset import Json, Sheet, qr, runs, sheet

TEMPLATE = "print_mailing/templates/letter.typ"
ADDRESS_LINES = 6
PICTURE_PPI = 110
# As long as they get, to see what fits.
SAMPLE = personalise.sample_fields() | {
    "link": "https://steering.example.com/r/" + "x" * 40,
    "sender_address": "Muster GmbH, Musterstraße 1, 10115 Berlin",
    "address_lines": ["Frau Prof. Dr. Maximiliane Oberhauser-Lindner", "Musterstraße 1", "10115 Berlin"],
}


@dataclass(frozen=True)
class Letter:
    sheet: Sheet
    warnings: tuple[str, ...]


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """The letter of one person. `fields["address_lines"]` is what stands in the window."""
    return Rendition({"pdf": letters(blocks, [fields])}, compile_letter(blocks).warnings)


def letters(blocks: Blocks, list_of_fields: Sequence[Fields]) -> bytes:
    """One PDF with exactly one page for each person, in their order. Raises ContentError where a page is not enough."""
    made = compile_letter(blocks).sheet
    return made.compile([_person(made, fields) for fields in list_of_fields])


def picture(blocks: Blocks, fields: Fields) -> bytes:
    """The letter as PNG, for previews."""
    made = compile_letter(blocks).sheet
    return made.compile([_person(made, fields)], picture_ppi=PICTURE_PPI)


@per_content("print_mailing")
def compile_letter(blocks: list[dict[str, Any]], own: Brand) -> Letter:
    """Laid out once with a made-up person with long names, so that what does not fit is found before anything is sent."""
    headline, call = first(blocks, "headline"), first(blocks, "call_to_action")
    if headline is None:
        raise ContentError("blocks", "a letter needs a headline, which is its subject")
    marks = Marks()
    subject = runs(marks.text(headline, "subject") or marks.text(headline, "text"))
    made = sheet(
        TEMPLATE,
        blocks,
        own,
        marks,
        subject=subject,
        call=call["id"] if call else None,
        greets=not _greets_itself(blocks),
        **{"subject-id": headline["id"], "subject-for-reference": own.name},
    )
    made.compile([_person(made, SAMPLE)])
    return Letter(made, _unlinked(blocks, call))


def _greets_itself(blocks: Blocks) -> bool:
    """Whether a text holds the salutation already."""
    texts = [personalise.parse(block["text"]) for block in blocks if block["type"] == "text"]
    return any(placeholder.field == "salutation_line" for text in texts for placeholder in text.placeholders)


def _unlinked(blocks: Blocks, call: Mapping[str, Any] | None) -> tuple[str, ...]:
    others = [block["id"] for block in blocks if block["type"] == "call_to_action" and block is not call]
    return (f"The letter has one QR code; it does not carry: {', '.join(others)}",) if others else ()


def _person(made: Sheet, fields: Fields) -> Json:
    return {
        "values": made.values_for(fields),
        "address": [personalise.clean(line) for line in fields.get("address_lines", ())][:ADDRESS_LINES],
        "return-address": fields["sender_address"],
        "salutation": personalise.Placeholder("salutation_line").fill(fields),
        "day": words.day(timezone.localdate(), fields),
        "qr": qr(fields["link"]),
        "scan": words.say("scan", fields),
        "closing": words.say("closing", fields),
        "object": words.say("object", fields),
    }
