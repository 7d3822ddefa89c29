"""What a channel carries of a content, as its types of blocks declare: in full, as text, or left out with a warning.

Products of a customer's own become a list for those who have some, and another for all others. Where everybody sees the
same, nothing is shown that is only for some. A place gets a line `when`, from its day and hours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from campaigns import conditions, markdown, placeholders
from campaigns.blocks import BLOCK_TYPES, Carried, How

from . import words

Block = Mapping[str, Any]
FOR_SOME = "Everybody sees the same here, and it is only for some."
PRIVATE = "Everybody sees the same here, and it is a customer's own."
IN_FULL = Carried(How.FULL)


def carry(
    blocks: Sequence[Block], channel: str, *, language: str, is_public: bool
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Blocks of a channel (from blocks.for_channel) as its renderer shall get them, and warnings of what is missing."""
    shown: list[dict[str, Any]] = []
    dropped: list[tuple[str, Block]] = []
    for block in blocks:
        how = _how(block, channel)
        if reason := _reason(block, how, is_public=is_public):
            dropped.append((reason, block))
            continue
        made = _split(_dated(block, language), is_public=is_public)
        shown += [as_text(one) if how.how == How.TEXT else dict(one) for one in made]
    return shown, tuple(_warnings(dropped))


def left_out(blocks: Sequence[Block], channel: str, *, is_public: bool) -> dict[str, str]:
    """Why a channel shows nothing of some of its blocks, in words, by their ids."""
    reasons = ((block["id"], _reason(block, _how(block, channel), is_public=is_public)) for block in blocks)
    return {id_: reason for id_, reason in reasons if reason}


def as_text(block: Block) -> dict[str, Any]:
    """A text block that says the same as one of `carry`, and is shown to the same people."""
    kept = {name: block[name] for name in ("id", "only_if") if name in block}
    return kept | {"type": "text", "text": "\n\n".join(part for part in SAID[block["type"]](block) if part)}


def has_own_products(block: Block) -> bool:
    """Whether a list shows what an attribute of the customer holds."""
    return isinstance(block.get("products"), str)


def _how(block: Block, channel: str) -> Carried:
    return BLOCK_TYPES[block["type"]].carried.get(channel, IN_FULL)


def _reason(block: Block, how: Carried, *, is_public: bool) -> str:
    if how.how == How.LEFT_OUT:
        return how.words
    if is_public and block.get("only_if"):
        return FOR_SOME
    if is_public and has_own_products(block) and not block.get("otherwise"):
        return PRIVATE
    return ""


def _warnings(dropped: Sequence[tuple[str, Block]]) -> Iterator[str]:
    for reason, pairs in groupby(sorted(dropped, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        yield f"Not carried: {', '.join(block['id'] for _, block in pairs)}. {reason}"


def _split(block: Block, *, is_public: bool) -> Iterable[Block]:
    if not has_own_products(block):
        return [block]
    own = {name: value for name, value in block.items() if name != "otherwise"}
    for_others = own | {"products": block.get("otherwise")}
    if is_public:
        return [for_others]
    asked = f"{conditions.SHOWN_PRODUCTS}{block['products']}"
    made = [_only(own, asked, "filled")]
    return [*made, _only(for_others, asked, "empty")] if block.get("otherwise") else made


def _only(block: Block, field: str, verb: str) -> Block:
    known = {"field": field, "is": verb}
    return {**block, "only_if": {"all": [block["only_if"], known] if block.get("only_if") else [known]}}


def _dated(block: Block, language: str) -> Block:
    """A place says in one line when, with the placeholders of its hours."""
    if block["type"] != "place":
        return block
    day = words.day(date.fromisoformat(block["date"]), {"language": language}) if block.get("date") else ""
    return {**block, "when": ", ".join(part for part in (day, block.get("hours", "")) if part)}


def _line(text: str) -> str:
    """A line with placeholders, in Markdown as it is written."""
    pieces = placeholders.PLACEHOLDER.split(text)
    found = [found[0] for found in placeholders.PLACEHOLDER.finditer(text)]
    step = placeholders.PLACEHOLDER.groups + 1
    literals = pieces[::step]
    return "".join(
        markdown.escaped(literal) + placeholder for literal, placeholder in zip(literals, [*found, ""], strict=True)
    )


def _strong(text: str) -> str:
    return f"**{_line(text)}**" if text else ""


def _products(block: Block) -> list[str]:
    title = _strong(block.get("title", ""))
    if has_own_products(block):
        return [title, f'{{{{ {block["products"]} | fallback("") }}}}']
    rows = [
        ", ".join(_line(row[name]) for name in ("name", "price", "text") if row.get(name)) for row in block["products"]
    ]
    return [title, "\n".join(f"- {row}" for row in rows)]


def _testimonial(block: Block) -> list[str]:
    return [block.get("quote", ""), f"\N{EN DASH} {_line(block['who'])}" if block.get("who") else ""]


def _social_proof(block: Block) -> list[str]:
    return [f"{_strong(block['text'])}\n{_line(block['source'])}"]


def _place(block: Block) -> list[str]:
    lines = [_strong(block["name"]), _line(block["address"]), _line(block["when"])]
    return ["\n".join(line for line in lines if line), block.get("text", "")]


def _own_text(block: Block) -> list[str]:
    return [block["text"]]


SAID: Mapping[str, Callable[[Block], list[str]]] = {
    "product_list": _products,
    "testimonial": _testimonial,
    "social_proof": _social_proof,
    "place": _place,
    "footer": _own_text,
    "text": _own_text,
    "legal_notice": _own_text,
}
