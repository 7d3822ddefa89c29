"""Content as an e-mail: subject, responsive HTML and plain text. MJML runs once per content, people are filled in."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import mjml

from campaigns import assets, markdown
from campaigns.blocks import ContentError

from .. import words
from ..base import Rendition
from ..compiled import MARK, Blocks, Brand, Compiled, Fields, Marks, Slot, first, lay_out, per_content, safe
from .plain import compile_text

LARGE = 100_000  # bytes; Gmail cuts off what follows
COUPON = (
    '<tr><td style="padding:8px 20px;font-family:Helvetica,Arial,sans-serif;font-size:13px;color:#566072" class="soft">'
    '<div>{label}</div><div class="coupon" style="display:inline-block;margin-top:4px;padding:8px 16px;'
    "border:1px dashed {colour};border-radius:4px;background-color:#ffffff;color:#1f2733;"
    'font-family:Consolas,Menlo,monospace;font-size:19px;letter-spacing:1px">{code}</div></td></tr>'
)


@dataclass(frozen=True)
class Mail:
    subject: Compiled
    html: Compiled
    text: Compiled


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """One mail. Raises ContentError for a content without a headline, which is its subject."""
    mail = compile_mail(blocks)
    parts = {"subject": mail.subject.fill(fields), "html": mail.html.fill(fields), "text": mail.text.fill(fields)}
    size = len(parts["html"].encode())
    warnings = (f"The HTML has {size // 1000} KB; some programs show only the first 100 KB",) if size > LARGE else ()
    return Rendition(parts, warnings)


@per_content("email")
def compile_mail(blocks: list[dict[str, Any]], own: Brand) -> Mail:
    headline = first(blocks, "headline")
    if headline is None:
        raise ContentError("blocks", "a mail needs a headline, which is its subject")
    plain = Marks()
    subject = plain.text(headline, "subject") or plain.text(headline, "text")
    return Mail(plain.compile(subject), _compile_html(blocks, headline, own), compile_text(blocks))


def _compile_html(blocks: Blocks, headline: Mapping[str, Any], own: Brand) -> Compiled:
    marks = Marks(html.escape)
    source = lay_out(
        "email/templates/email.mjml",
        brand=own,
        title=marks.slot(lambda fields: own.name),
        language=marks.slot(words.language),
        preheader=_preheader(blocks, headline, marks),
        blocks=[_block(block, marks, own) for block in blocks],
        why=marks.word("why"),
        unsubscribe=marks.word("unsubscribe"),
        unsubscribe_url=marks.slot(lambda fields: fields["unsubscribe_url"]),
        open_pixel_url=marks.slot(lambda fields: fields["open_pixel_url"]),
        sender_address=marks.slot(lambda fields: fields["sender_address"]),
    )
    return marks.compile(_through_mjml(source))


def _through_mjml(source: str) -> str:
    """MJML spells out unusual characters in attributes, so marks go through it as plain letters found nowhere else."""
    word = next(word for n in count() if (word := f"mark{n}x") not in source)
    page = mjml.mjml2html(MARK.sub(rf"{word}\1x", source), disable_comments=False, fonts={})
    # MJML indents its tags: a quarter of a mail that nobody sees, and some programs cut a long one off.
    return re.sub(rf"{word}(\d+)x", "\ue000\\1\ue001", re.sub(r"\n\s+", "\n", page))


def _preheader(blocks: Blocks, headline: Mapping[str, Any], marks: Marks) -> str:
    offer = first(blocks, "offer")
    return marks.text(headline, "preheader") or (marks.text(offer, "title") if offer else "")


def _block(block: Mapping[str, Any], marks: Marks, own: Brand) -> dict[str, Any]:
    """What the template needs of a block."""
    shown: dict[str, Any] = {"type": block["type"], "href": marks.link(block) if block.get("url") else ""}
    match block["type"]:
        case "headline":
            shown["text"] = marks.text(block, "text")
        case "text" | "legal_notice":
            shown["text"] = safe(markdown.html(marks.text(block, "text")))
        case "image":
            shown |= {"source": assets.url(block["source"]), "alt": marks.attribute(block, "alt")}
        case "call_to_action":
            shown["label"] = marks.text(block, "label")
        case "offer":
            shown |= _offer(block, marks, own)
    return shown


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
