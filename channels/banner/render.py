"""Content as banners in three sizes: HTML creatives with their style inside, one link over all of it.

A banner carries the first headline, offer, call to action and image, and warns of what it leaves out. ROOM says how many
characters fit; the texts are measured with a rather long made-up customer, and whoever exceeds that is cut off with an
ellipsis rather than refused, because it is too late then.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from campaigns import assets, personalise
from campaigns.blocks import ContentError

from .. import words
from ..base import Rendition
from ..compiled import (
    Blocks,
    Brand,
    Compiled,
    Fields,
    Marks,
    Slot,
    candidates,
    lay_out,
    left_out,
    one_for_all,
    per_content,
    safe,
    shown_if,
    spoken_to,
    without_condition,
)


@dataclass(frozen=True)
class Size:
    """A size with its room in characters, and the longest word that is not broken."""

    width: int
    height: int
    headline: int
    offer: int
    action: int
    word: int

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}"


SIZES = (
    Size(300, 250, headline=56, offer=56, action=24, word=24),
    Size(728, 90, headline=44, offer=44, action=22, word=20),
    Size(160, 600, headline=64, offer=56, action=18, word=14),
)
CARRIED = ("headline", "offer", "call_to_action", "image")
HEADLINE, OFFER, ACTION = ("headline", "text"), ("offer", "title"), ("call_to_action", "label")


@dataclass(frozen=True)
class Banner:
    creatives: Mapping[str, Compiled]  # by size
    warnings: tuple[str, ...]


def render(blocks: Blocks, fields: Fields) -> Rendition:
    fields = spoken_to(fields, blocks)
    banner = compile_banner(blocks, words.language(fields))
    parts = {f"html_{size}": creative.fill(fields) for size, creative in banner.creatives.items()}
    return Rendition(parts, banner.warnings)


@per_content("banner")
def compile_banner(blocks: list[dict[str, Any]], own: Brand) -> Banner:
    among = {type_: candidates(blocks, type_) for type_ in CARRIED}
    one_for_all(blocks, "headline", "a banner needs a headline")
    for type_, found in among.items():
        for block in found:
            for size in SIZES:
                _check_room({**dict.fromkeys(CARRIED), type_: block}, size)
    creatives = {size.name: _for_each(among, size, own) for size in SIZES}
    return Banner(creatives, left_out(blocks, [block for found in among.values() for block in found], "The banner"))


def _for_each(among: Mapping[str, Blocks], size: Size, own: Brand) -> Compiled:
    """One page for all, or the page of those blocks that are the first which are shown to the person."""

    @cache
    def page(*chosen: int | None) -> Compiled:
        return _lay_out(_pick(among, chosen), size, own)

    if all(not block.get("only_if") for found in among.values() for block in found):
        return page(*(0 if found else None for found in among.values()))
    return Compiled((lambda fields: page(*(_shown(found, fields) for found in among.values())).fill(fields),))


def _shown(found: Blocks, fields: Fields) -> int | None:
    return next((n for n, block in enumerate(found) if shown_if(block)(fields)), None)


def _pick(among: Mapping[str, Blocks], chosen: Sequence[int | None]) -> dict[str, Mapping[str, Any] | None]:
    return {
        type_: None if n is None else without_condition(found[n])
        for (type_, found), n in zip(among.items(), chosen, strict=True)
    }


def _check_room(carried: Mapping[str, Mapping[str, Any] | None], size: Size) -> None:
    for (type_, name), most in ((HEADLINE, size.headline), (OFFER, size.offer), (ACTION, size.action)):
        block = carried[type_]
        if block is None:
            continue
        path = f"{block['id']}.{name}"
        text = personalise.parse(block[name], path=path).fill(personalise.sample_fields())
        remedy = "write a shorter one for the banner"
        if len(text) > most:
            raise ContentError(path, f"has {len(text)} characters, {size.name} has room for {most}; {remedy}")
        longest = max(text.replace("-", "- ").split(), key=len)
        if type_ == "headline" and len(longest) > size.word:
            raise ContentError(path, f"{longest!r} is too long a word for {size.name} (at most {size.word}); {remedy}")


def _lay_out(carried: Mapping[str, Mapping[str, Any] | None], size: Size, own: Brand) -> Compiled:
    marks = Marks(html.escape)
    offer, action, image = carried["offer"], carried["call_to_action"], carried["image"]
    target = action or (image if image and image.get("url") else None)
    coupon = marks.coupon(offer) if offer else None
    page = lay_out(
        "banner/templates/banner.html",
        size={"name": size.name, "width": size.width, "height": size.height},
        brand=own,
        language=marks.slot(words.language),
        link=marks.link(target) if target else marks.slot(lambda fields: fields["link"]),
        headline=marks.text(carried["headline"] or {}, "text"),
        offer=marks.text(offer, "title") if offer else "",
        code=safe(marks.raw(_code(coupon))) if coupon else "",
        action=marks.text(action, "label") if action else "",
        picture={"source": assets.url(image["source"]), "alt": marks.text(image, "alt")} if image else None,
        advertisement=marks.word("advertisement"),
    )
    return marks.compile(page)


def _code(coupon: Slot) -> Slot:
    """Nothing at all where there is no code."""
    return lambda fields: f'<span class="code" style="display:block">{code}</span>' if (code := coupon(fields)) else ""
