"""Texts that read badly for somebody of whom nothing is known."""

import re
from collections.abc import Iterator

from campaigns import personalise, placeholders
from campaigns.blocks import BLOCK_TYPES
from campaigns.findings import Finding

from .. import preview_people
from ..compiled import Fields
from .case import Block, View, texts

MARK = "\ue000"
BROKEN = re.compile(r"(?<=\S) +[,.!?;:](?=\s|$)|^[ ,.!?;:]|\S {2,}\S")


def read_badly(view: View) -> Iterator[Finding]:
    """`Hallo {{ first_name | fallback("") }},` leaves a gap before the comma."""
    nobody = dict(personalise.in_language(preview_people.nobody_knows(view.case.blocks), view.language)) | {
        "coupon_code": "CODE"
    }
    for block in view.shown:
        for name, text in texts(block):
            yield from _of_text(view, block, name, placeholders.parse(text), nobody)


def _of_text(view: View, block: Block, name: str, text: placeholders.Text, nobody: Fields) -> Iterator[Finding]:
    empty = [one.field for one in text.placeholders if one.fallback is not None and not one.fallback.strip()]
    if not empty:
        return
    path = view.place(block, name)
    if not text.fill(nobody).strip():
        if BLOCK_TYPES[block["type"]].fields[name].required:
            reason = f"nothing stands here for people whose {empty[0]} is not known: give a fall-back with some words"
            yield view.error(path, "no_fallback", reason)
    elif broken := next((line for line in _lines(text, nobody) if BROKEN.search(line)), ""):
        reason = f"without a {empty[0]} it reads “{broken[:60]}”: give a fall-back that takes its place in the sentence"
        yield view.warning(path, "poor_fallback", reason)


def _lines(text: placeholders.Text, nobody: Fields) -> list[str]:
    """Those in which a placeholder stands, filled."""
    filled = "".join(part if isinstance(part, str) else f"{MARK}{part.fill(nobody)}" for part in text.parts)
    return [line.replace(MARK, "") for line in filled.split("\n") if MARK in line]
