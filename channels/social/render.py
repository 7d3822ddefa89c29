"""Content as a post: text within the networks' limits, a picture of 1200 x 630 pixels, and a link.

Limits: 2,200 characters of text is Instagram's, the narrowest among the networks that show this picture with a text
(Facebook allows 63,206); the link counts, since it stands in the text. Beyond 125 characters networks show "more", which
is a warning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns import markdown
from campaigns.blocks import ContentError

from ..base import Rendition
from ..compiled import Blocks, Brand, Compiled, Fields, Marks, first, per_content
from ..typeset import Sheet, sheet

TEMPLATE = "social/templates/card.typ"
MOST_CHARACTERS = 2200
SHOWN_AT_ONCE = 125
LINK_CHARACTERS = 200  # room that is kept for the link
PIXELS_PER_POINT = 72


@dataclass(frozen=True)
class Post:
    text: Compiled
    card: Sheet
    linked: str | None  # id of the block whose link it is
    warnings: tuple[str, ...]


def render(blocks: Blocks, fields: Fields) -> Rendition:
    post = compile_post(blocks)
    link = str(fields.get("links", {}).get(post.linked) or fields["link"])
    image = post.card.compile([{"values": post.card.values_for(fields)}], picture_ppi=PIXELS_PER_POINT)
    return Rendition({"text": f"{post.text.fill(fields)}\n\n{link}", "image": image, "link": link}, post.warnings)


@per_content("social")
def compile_post(blocks: list[dict[str, Any]], own: Brand) -> Post:
    if first(blocks, "headline") is None:
        raise ContentError("blocks", "a post needs a headline, which stands on its picture")
    marks = Marks(is_public=True)
    text = marks.compile("\n\n".join(said for block in blocks if (said := _said(block, marks))))
    length = len(text.fill({})) + LINK_CHARACTERS
    if length > MOST_CHARACTERS:
        raise ContentError(
            "blocks", f"the post has {length} characters with its link, at most {MOST_CHARACTERS} are allowed"
        )
    card = sheet(TEMPLATE, blocks, own, Marks(is_public=True))
    card.compile([{"values": card.values_for({})}], picture_ppi=PIXELS_PER_POINT)
    return Post(text, card, _linked(blocks), _warnings(length))


def _linked(blocks: Blocks) -> str | None:
    """The block whose link the post has: the first call to action, else whatever leads somewhere."""
    leading = [block for block in blocks if block.get("url")]
    best = first(leading, "call_to_action") or next(iter(leading), None)
    return best["id"] if best else None


def _said(block: Mapping[str, Any], marks: Marks) -> str:
    match block["type"]:
        case "headline" | "text" | "legal_notice":
            return (
                markdown.plain(marks.text(block, "text")) if block["type"] != "headline" else marks.text(block, "text")
            )
        case "offer":
            return _offer(block, marks)
        case "call_to_action":
            return f"{marks.text(block, 'label')}:"
    return ""


def _offer(block: Mapping[str, Any], marks: Marks) -> str:
    lines = [marks.text(block, "title"), markdown.plain(marks.text(block, "text"))]
    if coupon := marks.coupon(block):
        lines.append(f"{marks.word('coupon')}: {marks.slot(coupon)}")
    if until := marks.valid_until(block):
        lines.append(marks.slot(until))
    return "\n".join(line for line in lines if line)


def _warnings(length: int) -> tuple[str, ...]:
    if length - LINK_CHARACTERS <= SHOWN_AT_ONCE:
        return ()
    return (f"Networks show {SHOWN_AT_ONCE} characters at once; the rest follows behind a link that says more",)
