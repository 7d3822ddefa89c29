"""Blocks as a page of its own: laid out once per content and language, filled for who follows their link.

It needs no script, takes nothing from other hosts but pictures, and says in its head what a preview of the link may show
to anybody.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from campaigns import assets, languages, markdown, products
from campaigns.blocks import ContentError

from .. import words
from ..carrying import has_own_products
from ..compiled import (
    Blocks,
    Brand,
    Compiled,
    Fields,
    Marks,
    Slot,
    brand,
    candidates,
    lay_out,
    per_content,
    safe,
    spoken_to,
)

TEMPLATE = "landing/templates/page.html"
ROW = dict.fromkeys(
    ("opening", "closing", "name", "price", "text", "source", "pictured", "unpictured", "link", "linked", "unlinked"),
    "",
)
CODE = '<p class="coupon"><span>{label}</span><code>{code}</code><span class="until">{until}</span></p>'
ENDED = '<p class="coupon ended"><span>{ended}</span></p>'
TIGHT = re.compile(r"(\d) ([%€])")
CARD = 1200, 630  # pixels of a link's preview, by all networks
NOBODY: Fields = {"links": {}, "link": ""}


@dataclass(frozen=True)
class Landing:
    html: Compiled
    preview: Compiled
    warnings: tuple[str, ...] = ()


def render(blocks: Blocks, fields: Fields) -> str:
    """For one person. Fields as a message has them, with `is_unsubscribed`."""
    fields = spoken_to(fields, blocks)
    return compile_page(blocks, words.language(fields)).html.fill(fields)


def preview(blocks: Blocks) -> str:
    """For machines that make a preview of the link: nothing of anybody."""
    return compile_page(blocks, languages.own()).preview.fill(NOBODY | {"language": languages.own()})


def gone(language: str = "") -> str:
    """Where there is nothing, or nothing any more."""
    fields = {"language": language or languages.own()}
    told = {name: words.say(f"gone_{name}", fields) for name in ("title", "text")}
    return lay_out(
        "landing/templates/gone.html", brand=brand(), language=words.language(fields), style=_style(brand()), **told
    )


@per_content("landing")
def compile_page(blocks: list[dict[str, Any]], own: Brand) -> Landing:
    head = _head(blocks, own)
    marks = Marks(html.escape)
    page = lay_out(
        TEMPLATE,
        brand=own,
        style=_style(own),
        language=marks.slot(words.language),
        head=head,
        title=_title(blocks, own, marks),
        blocks=_outlined(blocks, marks),
        farewell=marks.raw(_farewell),
        sender=marks.slot(lambda fields: fields["sender_address"]),
    )
    bare = Marks(html.escape)
    for_machines = lay_out("landing/templates/preview.html", brand=own, language=bare.slot(words.language), head=head)
    return Landing(marks.compile(page), bare.compile(for_machines))


def _outlined(blocks: Blocks, marks: Marks) -> list[dict[str, Any]]:
    """One headline of the page, all others below it."""
    made = [_block(block, marks) for block in blocks]
    headlines = [block for block in made if block["type"] == "headline"]
    for position, block in enumerate(headlines):
        block["level"] = 1 if position == 0 else 2
    return made


def _title(blocks: Blocks, own: Brand, marks: Marks) -> str:
    """The first headline that the person is shown; the company's name for who is shown none."""
    return marks.choice([*candidates(blocks, "headline"), {"id": "name", "text": own.name}], "text")


def _head(blocks: Blocks, own: Brand) -> dict[str, str]:
    """Title, description and picture as everybody may see them: without conditions, names or codes."""
    for_all = [block for block in blocks if not block.get("only_if")]
    return {
        "title": _said_to_all(for_all, (("headline", "text"), ("offer", "title"))) or own.name,
        "description": _said_to_all(for_all, (("headline", "preheader"), ("offer", "title"), ("social_proof", "text"))),
        **_card(next((block for block in for_all if block["type"] == "image"), None)),
    }


def _card(image: Mapping[str, Any] | None) -> dict[str, str]:
    """The picture of a link's preview, in the shape in which networks show it."""
    if image is None:
        return {"picture": ""}
    source = assets.crop(image["source"], *CARD)
    width, height = assets.size(source)
    # What the text says of the picture may be meant for one person.
    alt = _said_to_all([image], (("image", "alt"),))
    return {"picture": assets.url(source), "width": str(width), "height": str(height), "alt": alt}


def _said_to_all(blocks: Blocks, places: tuple[tuple[str, str], ...]) -> str:
    """The first of these that says something to somebody of whom nothing is known."""
    for type_, name in places:
        for block in blocks:
            if block["type"] == type_ and block.get(name):
                public = Marks(is_public=True)
                try:
                    text = public.compile(public.text(block, name)).fill(NOBODY)
                except ContentError:
                    continue
                return text.strip()
    return ""


def _block(block: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    """What the template needs of a block."""
    shown: dict[str, Any] = {"type": block["type"], "id": block["id"]}
    shown["href"] = marks.link(block) if block.get("url") else ""
    shown["opening"], shown["closing"] = marks.around(block)
    match block["type"]:
        case "headline":
            shown["text"] = _tight(marks.text(block, "text"))
        case "text" | "legal_notice" | "footer":
            shown["text"] = _markdown(block, marks)
        case "image":
            shown |= {"source": assets.url(block["source"]), "alt": marks.text(block, "alt")}
        case "call_to_action":
            shown["label"] = marks.text(block, "label")
        case "offer":
            shown |= {
                "title": _tight(marks.text(block, "title")),
                "text": _markdown(block, marks),
                "coupon": _coupon(block, marks),
            }
        case "product_list":
            shown |= {"title": marks.text(block, "title"), "rows": _rows(block, marks)}
        case "testimonial":
            shown |= {"quote": _markdown(block, marks, "quote"), "who": marks.text(block, "who")}
        case "social_proof":
            shown |= {name: marks.text(block, name) for name in ("text", "source")}
        case "place":
            shown |= {name: marks.text(block, name) for name in ("name", "address", "when")}
            shown |= {"text": _markdown(block, marks), "map": marks.word("map")}
    return shown


def _tight(text: str) -> str:
    """20 % stays on one line."""
    return TIGHT.sub("\\1\N{NO-BREAK SPACE}\\2", text)


def _markdown(block: Mapping[str, Any], marks: Marks, name: str = "text") -> Any:
    return safe(markdown.html(marks.text(block, name)))


def _coupon(block: Mapping[str, Any], marks: Marks) -> str:
    """The code while it can be redeemed, and afterwards that it cannot any more; nothing where there is neither."""
    code = marks.coupon(block)
    if code is None and not block.get("valid_until"):
        return ""
    written = date.fromisoformat(block["valid_until"]) if block.get("valid_until") else None

    def coupon(fields: Fields) -> str:
        """An offer that lasts longer than was written says so here."""
        last = fields.get("ends", {}).get(block.get("offer"), written)
        return _shown_coupon(fields, code, last)

    return marks.raw(coupon)


def _shown_coupon(fields: Fields, code: Slot | None, last: date | None) -> str:
    told = {"day": words.day(last, fields)} if last else {}
    if last and last < timezone.localdate():
        return ENDED.format(ended=html.escape(words.say("ended", fields, **told)))
    said = html.escape(words.say("valid_until", fields, **told)) if last else ""
    if code is None or not code(fields):
        return f'<p class="until">{said}</p>' if said else ""
    return CODE.format(label=html.escape(words.say("coupon", fields)), code=code(fields), until=said)


def _rows(block: Mapping[str, Any], marks: Marks) -> list[dict[str, Any]]:
    """Fixed products, or room for as many as a customer may have of their own."""
    if has_own_products(block):
        return [_own_row(block["products"], n, marks) for n in range(products.MOST)]
    return [_fixed_row(row, marks) for row in block["products"]]


def _fixed_row(row: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    said = {name: marks.text({"id": "product", **row}, name) for name in ("name", "price", "text")}
    source = assets.url(row["source"]) if row.get("source") else ""
    return ROW | said | {"source": source, "link": row.get("url", "")}


def _own_row(attribute: str, n: int, marks: Marks) -> dict[str, Any]:
    def own(fields: Fields) -> products.Product:
        return products.nth(fields, attribute, n)

    opening, closing = marks.between(lambda fields: bool(own(fields).name))
    said = {
        name: marks.slot(lambda fields, name=name: getattr(own(fields), name)) for name in ("name", "price", "text")
    }
    pictured, unpictured = marks.between(lambda fields: bool(own(fields).source))
    linked, unlinked = marks.between(lambda fields: bool(own(fields).url))
    around = {
        "opening": opening, "closing": closing, "pictured": pictured, "unpictured": unpictured, "linked": linked, "unlinked": unlinked,
    }  # fmt: skip
    source = marks.slot(lambda fields: assets.url(own(fields).source) if own(fields).source else "")
    return ROW | said | around | {"source": source, "link": marks.slot(lambda fields: own(fields).url)}


def _farewell(fields: Fields) -> str:
    """How to get no more, or that nothing more will come."""
    if fields.get("is_unsubscribed"):
        return f"<p>{html.escape(words.say('unsubscribed', fields))}</p>"
    url, label = html.escape(str(fields["unsubscribe_url"])), html.escape(words.say("unsubscribe", fields))
    return f'<p><a href="{url}" rel="nofollow">{label}</a></p>'


def _style(own: Brand) -> Any:
    return safe(lay_out("landing/templates/page.css", brand=own))


def policy() -> str:
    """What the page may load: its own style, and pictures of ours wherever they are kept."""
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {settings.SITE_URL} https: data:; base-uri 'none'"
