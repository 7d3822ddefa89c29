"""Cards as HTML: what a template needs beside the card itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from campaigns import languages
from campaigns.blocks import How
from campaigns.blocks.types import BLOCK_TYPES, MOST_BLOCKS

from .cards import Card, Layers

Channels = Sequence[tuple[str, str]]  # name, label
SHORT = {How.TEXT: "as text", How.LEFT_OUT: "leaves it out"}
OPEN = 4  # a content of more blocks than these is folded when it is opened


@dataclass(frozen=True)
class Tab:
    """One layer of a block on its card."""

    name: str  # of the tab within its card
    label: str
    form: Any
    path: str  # of its fields within the block
    list_name: str = ""  # the form field that says that this layer is there
    value: str = ""
    group: str = ""  # for screen readers
    more: "More | None" = None


@dataclass(frozen=True)
class More:
    """Layers that could be added."""

    label: str
    list_name: str
    choices: list[tuple[str, str]]


def card_html(card: Card, channels: Channels, *, is_new: bool = False) -> str:
    return render_to_string("campaigns/editor/card.html", card_context(card, channels) | {"is_new": is_new})


def row_html(card: Card) -> str:
    return render_to_string("campaigns/editor/row.html", {"card": card, "row": card.only_if.one_more()})


def cards_context(cards: Iterable[Card], channels: Channels) -> dict[str, Any]:
    drawn = [card_context(card, channels) for card in cards]
    return {
        "cards": drawn,
        "is_folded": len(drawn) > OPEN,
        "types": [{"name": name, "label": one.label} for name, one in BLOCK_TYPES.items()],
        "most": MOST_BLOCKS,
    }


def card_context(card: Card, channels: Channels) -> dict[str, Any]:
    if not card.is_form:
        return {"card": card}
    carried = [(label, card.type.carried[name]) for name, label in channels if name in card.type.carried]
    return {
        "card": card,
        "tabs": list(_tabs(card, channels)),
        "more": [one for one in _more(card, channels) if one.choices],
        "carried": carried,
        "exceptions": [f"{label} {SHORT[how.how]}" for label, how in carried if how.how in SHORT],
    }


def _tabs(card: Card, channels: Channels) -> Iterable[Tab]:
    labels = dict(channels)
    yield Tab("at", "Everywhere", card.layers.own, "", group=f"{card.label} everywhere")
    yield from _channel_tabs(card.layers, labels, "on", "")
    for language, layers in card.languages.items():
        said, path = spoken(language), f"languages.{language}."
        in_ = f"in-{language}"
        more = More(f"In {said} otherwise on …", f"{layers.prefix}-on", _left(channels, layers.channels))
        yield Tab(in_, said, layers.own, path, f"{card.key}-in", language, f"{card.label} in {said}", more)
        yield from _channel_tabs(layers, labels, f"{in_}-on", path, f" · {said}")


def _channel_tabs(layers: Layers, labels: dict[str, str], name: str, path: str, more: str = "") -> Iterable[Tab]:
    for channel, form in layers.channels.items():
        label = labels.get(channel, channel) + more
        here = f"{path}overrides.{channel}."
        yield Tab(f"{name}-{channel}", label, form, here, f"{layers.prefix}-on", channel, f"Otherwise on {label}")


def _more(card: Card, channels: Channels) -> Iterable[More]:
    yield More("Otherwise on …", f"{card.key}-on", _left(channels, card.layers.channels))
    others = [(name, label) for name, label in languages.LANGUAGES.items() if name != languages.own()]
    yield More("In …", f"{card.key}-in", _left(others, card.languages))


def _left(choices: Channels, taken: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, label) for name, label in choices if name not in set(taken)]


def spoken(language: str) -> str:
    return languages.LANGUAGES.get(language, language)
