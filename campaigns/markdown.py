"""The Markdown of texts: paragraphs, line breaks, lists, strong, emphasis, links. Everything else is shown as written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from . import links

RULES = ("list", "emphasis", "link", "newline", "escape", "text_join")
TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "a"}
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
KINDS = {"bullet_list": "list", "ordered_list": "list", "list_item": "item", "em": "emphasis"}


@dataclass(frozen=True)
class Node:
    """paragraph, list (ordered or not), item, strong, emphasis, link, break or text; for media that are not HTML."""

    kind: str
    text: str = ""
    href: str = ""
    is_ordered: bool = False
    children: tuple["Node", ...] = ()


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"breaks": True, "html": False}).enable(list(RULES))
    # Links stay as they are written, and `parse` says what is wrong with them instead of showing them as text.
    parser.validateLink = lambda url: True
    parser.normalizeLink = lambda url: url
    return parser


PARSER = _parser()


@lru_cache(maxsize=1024)
def parse(text: str, *, path: str = "") -> tuple[Node, ...]:
    """Raises ContentError for links that lead anywhere but to http, https or mailto."""
    nodes = tuple(_node(child) for child in SyntaxTreeNode(PARSER.parse(text)).children)
    for href in _hrefs(nodes):
        links.check(href, path=path, schemes=links.IN_TEXT)
    return nodes


def _node(node: SyntaxTreeNode) -> Node:
    if node.type in ("softbreak", "hardbreak"):
        return Node("break")
    children = [child for each in node.children for child in (each.children if each.type == "inline" else [each])]
    return Node(
        KINDS.get(node.type, node.type),
        text=node.content if node.type == "text" else "",
        href=str(node.attrs.get("href", "")),
        is_ordered=node.type == "ordered_list",
        children=tuple(map(_node, children)),
    )


def _hrefs(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "link":
            yield node.href
        yield from _hrefs(node.children)


def escaped(text: str) -> str:
    """A line that is no Markdown, so that it reads in Markdown as it is written."""
    return PUNCTUATION.sub(r"\\\1", text)


def html(text: str) -> str:
    """Safe by two hands: the parser passes no HTML through, and the sanitiser lets nothing else out."""
    parse(text)
    return nh3.clean(PARSER.render(text), tags=TAGS, attributes={"a": {"href"}}, url_schemes=set(links.IN_TEXT)).strip()


def plain(text: str) -> str:
    """As it reads in a plain-text mail or a post."""
    return "\n\n".join(_plain(node) for node in parse(text))


def _plain(node: Node) -> str:
    inner = "".join(_plain(child) for child in node.children if child.kind != "item")
    match node.kind:
        case "text":
            return node.text
        case "break":
            return "\n"
        case "link":
            return inner if inner == node.href else f"{inner} ({node.href})"
        case "list":
            return "\n".join(
                f"{f'{n}.' if node.is_ordered else '-'} {_plain(item)}" for n, item in enumerate(node.children, 1)
            )
        case "item":
            return "\n".join(_plain(child) for child in node.children)
    return inner
