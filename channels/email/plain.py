"""The plain-text part of a mail, from the same blocks."""

from collections.abc import Mapping
from typing import Any

from campaigns import markdown

from .. import carrying, words
from ..compiled import Blocks, Compiled, Marks, Slot

RULE = "-" * 40


def compile_text(blocks: Blocks) -> Compiled:
    marks = Marks()
    parts = [_apart(block, said, marks) for block in blocks if (said := _block(block, marks))]
    return marks.compile(f"{''.join(parts)}{_footer(marks)}\n")


def _apart(block: Mapping[str, Any], said: str, marks: Marks) -> str:
    """With the blank line behind it, which goes where the block goes."""
    opening, closing = marks.around(block)
    return f"{opening}{said}\n\n{closing}"


def _block(block: Mapping[str, Any], marks: Marks) -> str:
    match block["type"]:
        case "headline":
            return marks.text(block, "text")
        case "text" | "footer":
            return markdown.plain(marks.text(block, "text"))
        case "call_to_action":
            return f"{marks.text(block, 'label')}:\n{marks.link(block)}"
        case "image" if block.get("url"):
            return f"{marks.text(block, 'alt')}:\n{marks.link(block)}"
        case "offer":
            return _offer(block, marks)
        case "legal_notice":
            return f"{RULE}\n{markdown.plain(marks.text(block, 'text'))}"
        case "product_list" | "testimonial" | "social_proof" | "place":
            said = markdown.plain(marks.text(carrying.as_text(block), "text"))
            return f"{said}\n{marks.link(block)}" if block.get("url") else said
    return ""


def _offer(block: Mapping[str, Any], marks: Marks) -> str:
    lines = [f"*** {marks.text(block, 'title')} ***"]
    if block.get("text"):
        lines.append(markdown.plain(marks.text(block, "text")))
    if coupon := marks.coupon(block):
        lines.append(_coupon(coupon, marks))
    if valid_until := marks.valid_until(block):
        lines.append(marks.slot(valid_until))
    return "\n".join(lines)


def _coupon(coupon: Slot, marks: Marks) -> str:
    return marks.slot(lambda fields: f"{words.say('coupon', fields)}: {code}" if (code := coupon(fields)) else "")


def _footer(marks: Marks) -> str:
    unsubscribe = f"{marks.word('unsubscribe')}:\n{marks.slot(lambda fields: fields['unsubscribe_url'])}"
    return "\n".join([RULE, marks.word("why"), unsubscribe, "", marks.slot(lambda fields: fields["sender_address"])])
