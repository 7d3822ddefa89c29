"""Content as a post: a text within each network's limit, a picture in each of their shapes, and a link.

The text is what fits everywhere but at the short networks: 2,200 characters, Instagram's limit, with the link in it. For a
network that takes less, blocks of plain text are left out from the last one on, and the rendition says which; headline,
offer, action and legal notice always stay. Beyond 125 characters networks show "more", which is a warning.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns import assets, markdown
from campaigns.blocks import ContentError

from .. import printable
from ..base import Rendition
from ..compiled import Blocks, Brand, Compiled, Fields, Marks, first, per_content
from ..typeset import Sheet, sheet
from .limits import LIMITS

TEMPLATE = "social/templates/card.typ"
MOST_CHARACTERS = 2200
SHOWN_AT_ONCE = 125
LINK_CHARACTERS = 200  # room that is kept for the link
ANY_LINK = "https://example.com/".ljust(LINK_CHARACTERS, "x")
PIXELS_PER_POINT = 72
BETWEEN = "\n\n"
Pieces = Sequence[tuple[Mapping[str, Any], str]]  # blocks, and what they say


@dataclass(frozen=True)
class Shape:
    """A picture of a post in pixels, and the part of it that a photograph takes: at the right, or on top."""

    width: int
    height: int
    photograph: tuple[int, int]

    @property
    def is_wide(self) -> bool:
        return self.photograph[1] == self.height


SHAPES: Mapping[str, Shape] = {
    "image": Shape(1200, 630, (560, 630)),  # 1.91:1, a preview of a link
    "image_1x1": Shape(1080, 1080, (1080, 500)),
    "image_4x5": Shape(1080, 1350, (1080, 700)),
    "image_9x16": Shape(1080, 1920, (1080, 1000)),  # a story
}


@dataclass(frozen=True)
class Post:
    text: Compiled
    shorter: Mapping[str, Compiled]  # by network, where not all of it fits
    cards: Mapping[str, Sheet]  # by part
    linked: str | None  # id of the block whose link it is
    warnings: tuple[str, ...]


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """`text`, `text_<network>` where that must be shorter, `image` and `image_<shape>`, `link`."""
    post = compile_post(blocks)
    link = str(fields.get("links", {}).get(post.linked) or fields["link"])
    texts = {"text": post.text} | {f"text_{network}": text for network, text in post.shorter.items()}
    said = {name: f"{text.fill(fields)}{BETWEEN}{link}" for name, text in texts.items()}
    pictures = {name: _picture(card, fields) for name, card in post.cards.items()}
    return Rendition(said | pictures | {"link": link}, post.warnings)


def text_for(network: str, parts: Mapping[str, str | bytes]) -> str:
    """What a post says at this network."""
    return str(parts.get(f"text_{network}", parts["text"]))


@per_content("social")
def compile_post(blocks: list[dict[str, Any]], own: Brand) -> Post:
    if first(blocks, "headline") is None:
        raise ContentError("blocks", "a post needs a headline, which stands on its picture")
    pieces = [(block, said) for block in blocks if (said := _said(block, Marks(is_public=True)).fill({}))]
    text = BETWEEN.join(said for _, said in pieces)
    length = len(text) + LINK_CHARACTERS
    if length > MOST_CHARACTERS:
        raise ContentError(
            "blocks", f"the post has {length} characters with its link, at most {MOST_CHARACTERS} are allowed"
        )
    shorter, left_out = _shorter(pieces)
    pictured = [block for block in blocks if block["type"] in ("headline", "offer", "image")]
    cards = {name: _card(pictured, own, shape) for name, shape in SHAPES.items()}
    warnings = (*_warnings(length), *left_out, *_undrawn(pictured))
    return Post(Compiled((text,)), shorter, cards, _linked(blocks), warnings)


def _shorter(pieces: Pieces) -> tuple[dict[str, Compiled], tuple[str, ...]]:
    """Texts for networks that take less than all of it, and what is said about them."""
    texts: dict[str, Compiled] = {}
    warnings: list[str] = []
    for network, limit in LIMITS.items():
        *fuller, kept = _less_and_less(pieces, limit.too_much)
        if too_much := limit.too_much(_with_link(kept)):
            warnings.append(f"{limit.label} cannot carry it: what must be said has {too_much}")
        elif fuller:
            texts[network] = Compiled((BETWEEN.join(said for _, said in kept),))
            missing = ", ".join(block["id"] for block, said in pieces if (block, said) not in kept)
            warnings.append(f"Not carried by {limit.label}, which takes {limit.takes}: {missing}")
    return texts, tuple(warnings)


def _less_and_less(pieces: Pieces, too_much: Callable[[str], str]) -> Iterator[Pieces]:
    """Without one more block of plain text each time, until it fits or there is none."""
    yield pieces
    while too_much(_with_link(pieces)) and (texts := [one for one in pieces if one[0]["type"] == "text"]):
        pieces = [one for one in pieces if one is not texts[-1]]
        yield pieces


def _with_link(pieces: Pieces) -> str:
    return BETWEEN.join([*(said for _, said in pieces), ANY_LINK])


def _card(blocks: Blocks, own: Brand, shape: Shape) -> Sheet:
    """Raises ContentError where its words do not fit."""
    shown = [_cropped(printable.drawn(block), shape) for block in blocks]
    sizes = {"width": shape.width, "height": shape.height, "photograph": shape.photograph, "is_wide": shape.is_wide}
    card = sheet(TEMPLATE, shown, own, Marks(is_public=True), shape=sizes)
    _picture(card, {})
    return card


def _undrawn(blocks: Blocks) -> Iterator[str]:
    """Emoji and the like, for which the pictures' font has no letters."""
    if ids := [block["id"] for block in blocks if printable.drawn(block) != dict(block)]:
        yield f"The post's pictures leave out letters that their font does not have: {', '.join(ids)}"


def _cropped(block: Mapping[str, Any], shape: Shape) -> Mapping[str, Any]:
    return block | {"source": assets.crop(block["source"], *shape.photograph)} if block["type"] == "image" else block


def _picture(card: Sheet, fields: Fields) -> bytes:
    return card.compile([{"values": card.values_for(fields)}], picture_ppi=PIXELS_PER_POINT)


def _linked(blocks: Blocks) -> str | None:
    """The block whose link the post has: the first call to action, else whatever leads somewhere."""
    leading = [block for block in blocks if block.get("url")]
    best = first(leading, "call_to_action") or next(iter(leading), None)
    return best["id"] if best else None


def _said(block: Mapping[str, Any], marks: Marks) -> Compiled:
    return marks.compile(_written(block, marks))


def _written(block: Mapping[str, Any], marks: Marks) -> str:
    match block["type"]:
        case "headline":
            return marks.text(block, "text")
        case "text" | "legal_notice":
            return markdown.plain(marks.text(block, "text"))
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
