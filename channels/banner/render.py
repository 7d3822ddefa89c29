"""Content as banners: a page and a picture in every size, one link over all of it, texts that can be read.

A banner carries the first headline, offer, call to action and image, and warns of what it leaves out. Its texts are
measured with a rather long made-up customer; a person whose name is longer still gets an ellipsis, because it is too late
to refuse it then. Pages for ad servers have a click tag: they put their own address there before they show it.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from campaigns import assets, personalise, placeholders
from campaigns.blocks import ContentError

from .. import colours, printable, words
from ..base import Rendition
from ..compiled import (
    Blocks,
    Brand,
    Compiled,
    Fields,
    Marks,
    Slot,
    candidates,
    escape_html,
    lay_out,
    left_out,
    one_for_all,
    per_content,
    safe,
    shown_if,
    spoken_to,
    without_condition,
)
from . import fitting, letters, vast
from .drawing import LARGEST, Look, draw
from .sizes import ACTION, CODE, HEADLINE, OFFER, SIZES, Size

VIDEO = "video"  # the slot of players, beside those of the sizes
CARRIED = ("headline", "offer", "call_to_action", "image")
TEXTS = {HEADLINE: ("headline", "text"), OFFER: ("offer", "title"), ACTION: ("call_to_action", "label")}
LABELS = {HEADLINE: "headline", OFFER: "offer", CODE: "coupon code", ACTION: "button"}
MOST_CHECKED = 64  # combinations of blocks that are only for some
PAGE_BYTES = 10_000  # what the page itself may weigh of LARGEST
NO_LETTERS = "holds letters that their font does not have"
REMEDY = "write a shorter one for the banner"
Chosen = Mapping[str, Mapping[str, Any] | None]  # block by type


@dataclass(frozen=True)
class Banner:
    creatives: Mapping[str, Compiled]  # by slot: pages by size, for our own sites, and VAST for VIDEO
    for_servers: Mapping[str, Compiled]  # by size, with a click tag
    among: Mapping[str, Blocks]  # by type, of which the first that is shown to a person is theirs
    own: Brand
    warnings: tuple[str, ...]


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """`html_<size>` with a click tag, `png_<size>` if its words can be drawn, and `vast` with `vast_wrapper` of a video.

    Raises ContentError for what has no room in a size."""
    fields = spoken_to(fields, blocks)
    banner = compile_banner(blocks, words.language(fields))
    pages = {f"html_{size}": page.fill(fields) for size, page in banner.for_servers.items()}
    chosen = _pick(banner.among, [_shown(found, fields) for found in banner.among.values()])
    pictures, warnings = _pictures(chosen, banner.own, fields)
    return Rendition(pages | pictures | _for_players(banner, fields), (*banner.warnings, *warnings))


def _pictures(chosen: Chosen, own: Brand, fields: Fields) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """By part; none where words cannot be drawn. And what is to be said of them."""
    said = _said(chosen, fields)
    for field, text in said.items():
        if letter := letters.lacking(text):
            return {}, (
                f"No pictures of the banner are made: {_path(chosen, field)} {NO_LETTERS} ({printable.kind(letter)})",
            )
    kept = {field: letters.drawn(text) for field, text in said.items()}
    pictures = {f"png_{size.name}": _picture(chosen, size, own, kept, fields) for size in SIZES}
    paths = [_path(chosen, field) for field, text in said.items() if letters.loses(text)]
    lost = f"The banner's pictures leave out signs that their font does not have: {', '.join(paths)}"
    return pictures, (lost,) if paths else ()


def _for_players(banner: Banner, fields: Fields) -> dict[str, str]:
    if VIDEO not in banner.creatives:
        return {}
    own_tag = f"{banner.own.site_url}{vast.PATH}"
    return {"vast": banner.creatives[VIDEO].fill(fields), "vast_wrapper": vast.wrapper(own_tag, banner.own)}


@per_content("banner")
def compile_banner(blocks: list[dict[str, Any]], own: Brand) -> Banner:
    among = {type_: candidates(blocks, type_) for type_ in CARRIED}
    one_for_all(blocks, "headline", "a banner needs a headline")
    missing = _check_room(among)
    served, for_servers = (
        {size.name: _for_each(among, size, own, has_click_tag=has_tag) for size in SIZES} for has_tag in (False, True)
    )
    if video := vast.compile_video(among, own):
        served = {**served, VIDEO: video}
    left = left_out(blocks, [block for found in among.values() for block in found], "The banner")
    return Banner(served, for_servers, among, own, (*left, *missing))


def _for_each(among: Mapping[str, Blocks], size: Size, own: Brand, *, has_click_tag: bool) -> Compiled:
    """One page for all, or the page of those blocks that are the first which are shown to the person."""

    @cache
    def page(*chosen: int | None) -> Compiled:
        return _lay_out(_pick(among, chosen), size, own, has_click_tag=has_click_tag)

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


def _check_room(among: Mapping[str, Blocks]) -> tuple[str, ...]:
    """Warnings of what small sizes leave out. Raises ContentError naming size and field."""
    missing: dict[str, str] = {}
    for chosen in itertools.islice(_combinations(among), MOST_CHECKED):
        for size in SIZES:
            try:
                fitted = fitting.fit(size, _said(chosen, personalise.sample_fields()), has_picture=_has_picture(chosen))
            except fitting.NoRoomError as error:
                raise ContentError(_path(chosen, error.field), f"{error.reason}; {REMEDY}") from error
            if fitted.left_out:
                missing[size.name] = ", ".join(LABELS[field] for field in fitted.left_out)
    return tuple(f"{size} has no room for: {fields}" for size, fields in missing.items())


def _combinations(among: Mapping[str, Blocks]) -> Iterator[Chosen]:
    for blocks in itertools.product(*(found or (None,) for found in among.values())):
        yield dict(zip(among, blocks, strict=True))


def _path(chosen: Chosen, field: str) -> str:
    type_, name = TEXTS.get(field, ("offer", "coupon"))
    return f"{(chosen[type_] or {}).get('id')}.{name}"


def _has_picture(chosen: Chosen) -> bool:
    return chosen["image"] is not None


def _said(chosen: Chosen, fields: Fields) -> dict[str, str]:
    """What stands in each field for this person, unescaped."""
    said = {field: _text(chosen[type_], name).fill(fields) for field, (type_, name) in TEXTS.items() if chosen[type_]}
    coupon = Marks().coupon(chosen["offer"]) if chosen["offer"] else None
    return said | {CODE: coupon(fields) if coupon else ""}


def _text(block: Mapping[str, Any] | None, name: str) -> placeholders.Text:
    return placeholders.parse((block or {}).get(name, ""), path=f"{(block or {}).get('id')}.{name}")


def _picture(chosen: Chosen, size: Size, own: Brand, said: Mapping[str, str], fields: Fields) -> bytes:
    image = chosen["image"]
    fitted = fitting.cut(size, said, has_picture=image is not None)
    foot = letters.drawn(f"{words.say('advertisement', fields)} · {own.name}")
    return draw(size, fitted, Look(own, image["source"] if image else "", foot))


def _lay_out(chosen: Chosen, size: Size, own: Brand, *, has_click_tag: bool) -> Compiled:
    marks = Marks(escape_html)
    offer, image = chosen["offer"], chosen["image"]
    coupon = marks.coupon(offer) if offer else None
    sample = _said(chosen, personalise.sample_fields())
    fitted = fitting.cut(size, sample, has_picture=image is not None)
    texts = {field: lines[0] for field, lines in fitted.lines.items()}
    columns = fitting.columns(size, texts, fitted.fonts, has_picture=image is not None)
    target = chosen["call_to_action"] or (image if image and image.get("url") else None)
    page = lay_out(
        "banner/templates/banner.html",
        size=size,
        frame=size.frame(has_picture=image is not None),
        room=size.room(has_picture=image is not None),
        beside=fitting.BESIDE,
        fields=[_field(name, fitted) for name in fitted.lines],
        columns=[list(column.fields) for column in columns],
        brand=own,
        colours={"link": colours.legible(own.colour, colours.WHITE), "on_brand": colours.text_on(own.colour)},
        language=marks.slot(words.language),
        link=marks.link(target) if target else marks.slot(lambda fields: fields["link"]),
        click_tag=safe(marks.raw(_as_script(target))) if has_click_tag else "",
        **{field: marks.text(chosen[type_] or {"id": ""}, name) for field, (type_, name) in TEXTS.items()},
        code=safe(marks.raw(_code(coupon))) if coupon else "",
        picture=_shown_picture(image, size, marks) if image else None,
        advertisement=marks.word("advertisement"),
    )
    return marks.compile(page)


def _field(name: str, fitted: fitting.Fitted) -> dict[str, Any]:
    most = len(fitted.lines[name]) if name in (HEADLINE, OFFER) else 0
    return {"name": name, "pixels": fitted.fonts[name], "line": fitting.LINE[name], "most": most}


def _as_script(target: Mapping[str, Any] | None) -> Slot:
    """The link as a string of JavaScript, that cannot end the script."""

    def link(fields: Fields) -> str:
        to = (fields.get("links", {}).get(target["id"]) if target else "") or fields["link"]
        return json.dumps(str(to)).replace("<", "\\u003c")

    return link


def _shown_picture(image: Mapping[str, Any], size: Size, marks: Marks) -> dict[str, Any]:
    """In twice the pixels where that is not too heavy, else in as many as are shown."""
    _, _, width, height = size.frame(has_picture=True)
    for fineness in (2, 1):
        source = assets.crop(image["source"], fineness * width, fineness * height)
        if len(assets.read(source)) <= LARGEST - PAGE_BYTES:
            return {"source": safe(escape_html(assets.url(source))), "alt": marks.text(image, "alt")}
    reason = f"weighs more than {LARGEST // 1000} KB in {size.name}, which ad servers refuse; upload it as JPEG"
    raise ContentError(f"{image['id']}.source", reason)


def _code(coupon: Slot) -> Slot:
    """Nothing at all where there is no code."""
    return lambda fields: f'<span class="code">{code}</span>' if (code := coupon(fields)) else ""
