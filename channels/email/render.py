"""Content as an e-mail: subject, responsive HTML and plain text. MJML runs once per content, people are filled in."""

import html
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import mjml

from campaigns import assets, markdown, products
from campaigns.content_error import ContentError

from .. import colours, words
from ..base import Rendition
from ..carrying import has_own_products
from ..compiled import (
    MARK,
    Blocks,
    Brand,
    Compiled,
    Fields,
    Marks,
    Slot,
    candidates,
    escape_html,
    lay_out,
    one_for_all,
    per_content,
    safe,
    spoken_to,
)
from .plain import compile_text
from .shrinking import shrunk

log = logging.getLogger(__name__)
ROW = dict.fromkeys(
    ("opening", "closing", "name", "price", "text", "source", "pictured", "unpictured"), ""
)  # a product
PICTURE, THUMBNAIL = (600, 300), (100, 100)  # as they are shown, in pixels
THUMBNAIL_SECONDS = 60  # how late a moved focal point, or a picture that is gone, is noticed
LARGE = 100_000  # bytes; Gmail cuts off what follows
COUPON = (
    '<p class="soft" style="margin:8px 0 2px;font-size:13px;color:#566072">{label}</p>'
    '<p style="margin:0 0 8px"><span class="coupon" style="display:inline-block;padding:6px 16px;border:2px dashed {colour};'
    'border-radius:6px;background:#fff;font:700 20px Consolas,Menlo,monospace;letter-spacing:1px">{code}</span></p>'
)


@dataclass(frozen=True)
class Mail:
    subject: Compiled
    html: Compiled
    text: Compiled
    warnings: tuple[str, ...] = ()


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """One mail. Raises ContentError for a content without a headline, which is its subject."""
    fields = spoken_to(fields, blocks)
    mail = compile_mail(blocks, words.language(fields))
    parts = {"subject": mail.subject.fill(fields), "html": mail.html.fill(fields), "text": mail.text.fill(fields)}
    size = len(parts["html"].encode())
    warnings = (f"The HTML has {size // 1000} KB; some programs show only the first 100 KB",) if size > LARGE else ()
    return Rendition(parts, (*mail.warnings, *warnings))


@per_content("email")
def compile_mail(blocks: list[dict[str, Any]], own: Brand) -> Mail:
    headlines = one_for_all(blocks, "headline", "a mail needs a headline, which is its subject")
    plain = Marks()
    subject = plain.choice(headlines, "subject", "text")
    return Mail(plain.compile(subject), _compile_html(blocks, headlines, own), compile_text(blocks))


def _compile_html(blocks: Blocks, headlines: Blocks, own: Brand) -> Compiled:
    marks = Marks(escape_html)
    source = lay_out(
        "email/templates/email.mjml",
        brand=own,
        colours=_palette(own),
        title=marks.slot(lambda fields: own.name),
        language=marks.slot(words.language),
        preheader=_preheader(blocks, headlines, marks),
        blocks=[_block(block, marks, own) for block in blocks],
        why=marks.word("why"),
        unsubscribe=marks.word("unsubscribe"),
        unsubscribe_url=marks.slot(lambda fields: fields["unsubscribe_url"]),
        open_pixel_url=marks.slot(lambda fields: fields["open_pixel_url"]),
        sender_address=marks.raw(_sender(blocks)),
    )
    return marks.compile(_through_mjml(source))


def _sender(blocks: Blocks) -> Slot:
    """Whose mail it is, unless the imprint that everybody sees says so already."""
    imprint = "\n".join(block["text"] for block in blocks if block["type"] == "footer" and not block.get("only_if"))

    def line(fields: Fields) -> str:
        sender = str(fields["sender_address"])
        return "" if sender in imprint else f'<p style="margin:0">{html.escape(sender)}</p>'

    return line


def _palette(own: Brand) -> dict[str, str]:
    """The company's colour as it can be read: as text on light and on dark, under text, and as a hint of it."""
    return {
        "link": colours.legible(own.colour, colours.WHITE),
        "link_on_dark": colours.legible(own.colour, colours.DARK_BAND),
        "on_brand": colours.text_on(own.colour),
        "tint": colours.mixed(own.colour, colours.WHITE, 0.93),
    }


def _through_mjml(source: str) -> str:
    """MJML spells out unusual characters in attributes, so marks go through it as plain letters found nowhere else."""
    word = next(word for n in count() if (word := f"mark{n}x") not in source)
    page = mjml.mjml2html(MARK.sub(rf"{word}\1x", source), disable_comments=False, fonts={})
    return re.sub(rf"{word}(\d+)x", "\ue000\\1\ue001", shrunk(page))


def _preheader(blocks: Blocks, headlines: Blocks, marks: Marks) -> str:
    if any(headline.get("preheader") for headline in headlines):
        return marks.choice(headlines, "preheader")
    offers = candidates(blocks, "offer")
    return marks.choice(offers, "title") if offers else ""


def _block(block: Mapping[str, Any], marks: Marks, own: Brand) -> dict[str, Any]:
    """What the template needs of a block."""
    shown: dict[str, Any] = {"type": block["type"], "href": marks.link(block) if block.get("url") else ""}
    shown["opening"], shown["closing"] = marks.around(block)
    match block["type"]:
        case "headline":
            shown["text"] = marks.text(block, "text")
        case "text" | "legal_notice" | "footer":
            shown["text"] = safe(markdown.html(marks.text(block, "text")))
        case "image":
            shown |= {"source": _cropped(block["source"], *PICTURE), "alt": marks.attribute(block, "alt")}
        case "call_to_action":
            shown["label"] = marks.text(block, "label")
        case "offer":
            shown |= _offer(block, marks, own)
        case "product_list":
            shown |= {"title": marks.text(block, "title"), "rows": _rows(block, marks), "more": marks.word("see_all")}
        case "testimonial":
            shown |= {"quote": safe(markdown.html(marks.text(block, "quote"))), "who": marks.text(block, "who")}
        case "social_proof":
            shown |= {name: marks.text(block, name) for name in ("text", "source")}
        case "place":
            shown |= _place(block, marks)
    return shown


def _rows(block: Mapping[str, Any], marks: Marks) -> list[dict[str, Any]]:
    """Fixed products, or room for as many as a customer may have of their own."""
    if has_own_products(block):
        return [_own_row(block["products"], n, marks) for n in range(products.MOST)]
    return [_fixed_row(row, marks) for row in block["products"]]


def _fixed_row(row: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    name, price, text = (marks.text({"id": "product", **row}, name) for name in ("name", "price", "text"))
    source = _cropped(row["source"], *THUMBNAIL) if row.get("source") else ""
    return ROW | {"name": name, "price": price, "text": text, "source": source}


def _cropped(source: str, width: int, height: int) -> Any:
    """The address of a picture of this shape, in twice the pixels for fine screens."""
    return safe(html.escape(assets.url(assets.crop(source, 2 * width, 2 * height))))


def _thumbnail(source: str) -> str:
    """Of a product that is found for each person anew; empty where its picture is not there (any more)."""
    return _thumbnail_of(source, int(time.monotonic() // THUMBNAIL_SECONDS)) if source else ""


@lru_cache(maxsize=10_000)
def _thumbnail_of(source: str, moment: int) -> str:
    try:
        return str(_cropped(source, *THUMBNAIL))
    except ContentError as error:
        log.warning("the picture %s of a product is left out: it %s", source, error.reason)
        return ""


def _own_row(attribute: str, n: int, marks: Marks) -> dict[str, Any]:
    def own(fields: Fields) -> products.Product:
        return products.nth(fields, attribute, n)

    opening, closing = marks.between(lambda fields: bool(own(fields).name))
    pictured, unpictured = marks.between(lambda fields: bool(_thumbnail(own(fields).source)))
    return ROW | {
        "pictured": pictured,
        "source": marks.raw(lambda fields: _thumbnail(own(fields).source)),
        "unpictured": unpictured,
        "opening": opening,
        "name": marks.slot(lambda fields: own(fields).name),
        "price": marks.slot(lambda fields: own(fields).price),
        "text": marks.slot(lambda fields: own(fields).text),
        "closing": closing,
    }


def _place(block: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    return {
        **{name: marks.text(block, name) for name in ("name", "address", "when")},
        "text": safe(markdown.html(marks.text(block, "text"))),
        "map": marks.word("map"),
    }


def _offer(block: Mapping[str, Any], marks: Marks, own: Brand) -> dict[str, Any]:
    coupon, valid_until = marks.coupon(block), marks.valid_until(block)
    return {
        "title": marks.text(block, "title"),
        "text": safe(markdown.html(marks.text(block, "text"))),
        "coupon": marks.raw(_coupon_row(coupon, own)) if coupon else "",
        "valid_until": marks.raw(valid_until) if valid_until else "",
    }


def _coupon_row(coupon: Slot, own: Brand) -> Slot:
    """Nothing at all where there is no code."""

    def row(fields: Fields) -> str:
        code = coupon(fields)
        label = html.escape(words.say("coupon", fields))
        return COUPON.format(label=label, code=code, colour=own.colour) if code else ""

    return row
