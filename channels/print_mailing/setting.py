"""Letters set together: who gets which sheet, in one PDF whose pages are known to be whose.

What many letters have in common is set once. Letters of several pages are set a second time, when it is known of how many,
for every page says so. Whose a page is, its label tells: pages are counted from 1 in every letter.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.utils import timezone
from pypdf import PdfReader

from campaigns import placeholders
from campaigns.blocks import ContentError

from .. import printable, qr, words
from ..compiled import Fields
from ..typeset import MOST_HERE, Document, Json, Sheet
from .addresses import LINES
from .paper import PAPER, Paper

TEMPLATE = "print_mailing/templates/letter.typ"
MOST_PAGES = 6  # three sheets, printed on both sides, are a standard letter of 20 g
MOST_MODULES = 97  # along a side of a QR code: more is more than 52 mm wide
ROUNDS = 5
# Em of the letters of the address, at most; wider ones and other alphabets are measured by typst.
WIDE = dict.fromkeys("mwMWÆŒ@%&—", 1.0)
ADDRESS_EM = 80 / 25.4 * 72 / 10.5


@dataclass(frozen=True)
class Bundle:
    """Letters in one PDF, in the order of their people."""

    pdf: bytes
    pages: tuple[int, ...]  # of each letter

    @property
    def first_pages(self) -> list[int]:
        """Where each letter begins, counted from 1."""
        return [1 + before for before in accumulate((0, *self.pages[:-1]))]


def set_letters(people: Sequence[tuple[Sheet, Fields]], paper: Paper = PAPER, *, likely: int = 1) -> Bundle:
    """One letter for each. `likely`: pages that most will have. Raises ContentError for what cannot be printed."""
    data, codes = _data(people, paper)
    files = {name: file for sheet in _sheets(people) for name, file in sheet.files.items()} | {"codes.bin": codes}
    pages = [likely] * len(people)
    is_whole = [likely > 1] * len(people)
    data["labelled"] = likely > 1
    for _ in range(ROUNDS):
        for person, number, whole in zip(data["people"], pages, is_whole, strict=True):
            person |= {"pages": number, "whole": whole}
        pdf = Document(TEMPLATE, data, files, ahead="ahead.pdf").pdf(is_large=sum(pages) > MOST_HERE)
        found = _pages_of_each(pdf, len(people), is_labelled=data["labelled"])
        if found == pages:
            return Bundle(paper.with_boxes(pdf), tuple(found))
        data["labelled"] = True
        if found is not None:
            pages = found
            is_whole = [whole or number > 1 for whole, number in zip(is_whole, found, strict=True)]
    raise RuntimeError("letters do not come to rest")  # how a letter is broken does not depend on what it says of it


def picture(sheet: Sheet, fields: Fields, ppi: float) -> bytes:
    """The first page as PNG, for previews."""
    made = set_letters([(sheet, fields)])
    data, codes = _data([(sheet, fields)], PAPER)
    data["labelled"] = True
    data["people"][0] |= {"pages": made.pages[0], "whole": made.pages[0] > 1}
    pictures = Document(TEMPLATE, data, {**sheet.files, "codes.bin": codes}, ahead="ahead.pdf").png(ppi)
    return pictures if isinstance(pictures, bytes) else pictures[0]


def _sheets(people: Iterable[tuple[Sheet, Fields]]) -> list[Sheet]:
    return list({id(sheet): sheet for sheet, _ in people}.values())


def _data(people: Sequence[tuple[Sheet, Fields]], paper: Paper) -> tuple[Json, bytes]:
    sheets = _sheets(people)
    numbers = {id(sheet): number for number, sheet in enumerate(sheets)}
    codes, where = _codes([fields["link"] for _, fields in people])
    commons: dict[tuple[int, str, str], int] = {}
    rows = []
    for (sheet, fields), code in zip(people, where, strict=True):
        common = (numbers[id(sheet)], words.language(fields), str(fields["sender_address"]))
        rows.append(_person(sheet, fields) | {"code": code, "common": commons.setdefault(common, len(commons))})
    data = {
        "brand": sheets[0].data["brand"],
        "print": True,
        **paper.data,
        "codes": True,
        "sheets": [sheet.data for sheet in sheets],
        "commons": [
            {"sheet": sheet} | _said(language, sender) | _frozen(rows, number)
            for (sheet, language, sender), number in commons.items()
        ],
        "people": rows,
        "tight": _tight(rows),
    }
    return data, codes


def _tight(rows: Sequence[Json]) -> list[list[str]]:
    """Addresses that may be too wide, each once; whoever has one learns which."""
    found: dict[tuple[str, ...], int] = {}
    for row in rows:
        is_tight = any(map(_may_be_wide, row["address"]))
        row["tight"] = found.setdefault(tuple(row["address"]), len(found)) if is_tight else None
    return [list(address) for address in found]


def _codes(links: Sequence[str]) -> tuple[bytes, list[Json]]:
    """All QR codes in one file, and where in it each person's begins."""
    try:
        made = qr.codes(links)
    except ValueError as error:
        raise ContentError("link", "is too long for a QR code") from error
    if any(code.side > MOST_MODULES for code in made):
        raise ContentError("link", "is too long for a QR code that can be read from paper")
    starts = accumulate((0, *(len(code.pixels) for code in made[:-1])))
    return b"".join(code.pixels for code in made), [
        {"at": start, "side": code.side} for start, code in zip(starts, made, strict=True)
    ]


def _said(language: str, sender: str) -> Json:
    """What is the same on all letters in one language, so it is set once."""
    fields = {"language": language}
    said = {name: words.say(name, fields) for name in ("scan", "closing", "object")}
    pages = words.say("pages", fields, n="{n}", m="{m}")
    day = words.day(timezone.localdate(), fields)
    return said | {"language": language, "pages": pages, "day": day, "sender": sender}


def _frozen(rows: Sequence[Json], common: int) -> Json:
    """Slots that say the same in all of these letters, and what: so much need not be set for each."""
    values = [row["values"] for row in rows if row["common"] == common]
    same = [slot for slot, said in enumerate(zip(*values, strict=True)) if said.count(said[0]) == len(said)]
    return {"frozen": same, "values": values[0]}


def _person(sheet: Sheet, fields: Fields) -> Json:
    address = [placeholders.clean(line) for line in fields.get("address_lines", ())][:LINES]
    values, salutation = sheet.values_for(fields), placeholders.Placeholder("salutation_line").fill(fields)
    printable.check_person([*address, salutation, *values], fields)
    return {"values": values, "address": address, "salutation": salutation}


def _may_be_wide(line: str) -> bool:
    """Whether a line of the address could be wider than the window, whatever its letters."""
    if len(line) <= ADDRESS_EM:
        return False
    if not line.isascii() and any(letter > "\u024f" for letter in line):
        return True
    return sum(WIDE.get(letter, 0.8 if letter.isupper() else 0.6) for letter in line) > ADDRESS_EM


def _pages_of_each(pdf: bytes, letters: int, *, is_labelled: bool) -> list[int] | None:
    """How many pages each letter has; None where some have several and it cannot be seen which."""
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    total = root["/Pages"]["/Count"]
    if total == letters:
        return [1] * letters
    if not is_labelled:
        return None
    starts = [page for page, number in _labels(root["/PageLabels"]) if number == 1]
    found = [end - start for start, end in zip(starts, [*starts[1:], total], strict=True)]
    if len(found) != letters:
        raise RuntimeError(f"set {len(found)} letters instead of {letters}")
    if (most := max(found)) > MOST_PAGES:
        raise ContentError("blocks", f"the text is too long for a letter: it needs {most} pages and has {MOST_PAGES}")
    return found


def _labels(tree: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Pages (from 0) where page labels begin, and with which number (PDF 32000-1, 12.4.2)."""
    if "/Kids" in tree:
        return [label for kid in tree["/Kids"] for label in _labels(kid.get_object())]
    nums = tree["/Nums"]
    return [(nums[n], nums[n + 1].get_object().get("/St", 1)) for n in range(0, len(nums), 2)]
