"""Where a block leads: its links, and those in its texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns import markdown
from campaigns.blocks import BLOCK_TYPES, ContentError, Kind
from campaigns.markdown import Node

Block = Mapping[str, Any]
LABELS = {"call_to_action": "label", "social_proof": "text", "place": "address"}


@dataclass(frozen=True)
class Target:
    """A link, and the text that is clicked; empty for a picture."""

    block: Block
    field: str
    url: str
    text: str


def of_block(block: Block) -> Iterator[Target]:
    for name in fields_of_kind(block, Kind.URL):
        yield Target(block, name, block[name], str(block.get(LABELS.get(block["type"], ""), "")))
    for name in fields_of_kind(block, Kind.MARKDOWN):
        for node in _links(_parsed(block[name])):
            yield Target(block, name, node.href, _said(node))


def fields_of_kind(block: Block, kind: Kind) -> Iterator[str]:
    """Names of its fields of this kind that are filled in."""
    for name, described in BLOCK_TYPES[block["type"]].fields.items():
        if described.kind == kind and block.get(name):
            yield name


def _parsed(text: str) -> Sequence[Node]:
    try:
        return markdown.parse(text)
    except ContentError:  # what is wrong in itself is said before
        return ()


def _links(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.kind == "link":
            yield node
        yield from _links(node.children)


def _said(node: Node) -> str:
    return node.text + "".join(_said(child) for child in node.children)
