"""The card of one block: its layers, its condition, and the block that comes of them."""

import json
import secrets
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.http import QueryDict

from campaigns.admin import written_json
from campaigns.blocks.types import BLOCK_TYPES, BlockType

from . import kinds
from .layers import LayerForm
from .only_if import Offered, OnlyIf

OVERRIDES, LANGUAGES, ONLY_IF = "overrides", "languages", "only_if"
MOST_LETTERS = 60  # of what a card that is folded says


class Layers:
    """The fields of a block, or of one language of it, with those channels that say something else."""

    def __init__(
        self,
        block_type: BlockType,
        was: Mapping[str, Any],
        *,
        prefix: str,
        below: Mapping[str, Any] | None = None,
        data: QueryDict | None = None,
    ) -> None:
        self.prefix, self.was, self._type, self._data = prefix, was, block_type, data
        self.own = LayerForm(block_type, was, prefix=f"{prefix}-at", below=below, data=data)
        self._below = below or {}
        self.channels = {name: self._channel(name) for name in self._names()}

    def _names(self) -> Iterable[str]:
        if self._data is None:
            return self.was.get(OVERRIDES, {})
        return dict.fromkeys(self._data.getlist(f"{self.prefix}-on"))

    def _channel(self, name: str) -> LayerForm:
        """A channel's words go before a language's, and the language's words for the channel before both."""
        everywhere = {**_filled(self._below), **_filled(self.was), **self._below.get(OVERRIDES, {}).get(name, {})}
        was = self.was.get(OVERRIDES, {}).get(name, {})
        prefix = f"{self.prefix}-on-{name}"
        return LayerForm(self._type, was, prefix=prefix, below=everywhere, data=self._data, can_hide=True)

    def values(self) -> dict[str, Any]:
        made = self.own.values()
        _put(made, OVERRIDES, {name: form.values() for name, form in self.channels.items()})
        return made


class Card:
    """A block as it is written. `was` is the block as the browser got it, `data` what came back, None to show it."""

    def __init__(self, key: str, was: Any, data: QueryDict | None = None, offered: Offered | None = None) -> None:
        self.key, self.was, self._data, self._offered = key, was, data, offered or Offered()

    @cached_property
    def is_form(self) -> bool:
        """False for what no form can show; it is written as JSON, so that it can be mended or kept."""
        return _fits(self.was)

    @cached_property
    def type(self) -> BlockType:
        return BLOCK_TYPES[self.was["type"]]

    @cached_property
    def layers(self) -> Layers:
        return Layers(self.type, self.was, prefix=self.key, data=self._data)

    @cached_property
    def languages(self) -> dict[str, Layers]:
        was = self.was.get(LANGUAGES, {})
        names = was if self._data is None else dict.fromkeys(self._data.getlist(f"{self.key}-in"))
        return {
            name: Layers(self.type, was.get(name, {}), prefix=f"{self.key}-in-{name}", below=self.was, data=self._data)
            for name in names
        }

    @cached_property
    def only_if(self) -> OnlyIf:
        return OnlyIf(self.was.get(ONLY_IF), prefix=f"{self.key}-if", offered=self._offered, data=self._data)

    def block(self) -> Any:
        """The block as it stands in the fields."""
        if not self.is_form:
            return self._raw_block()
        made = self.layers.values()
        _put(made, LANGUAGES, {name: layers.values() for name, layers in self.languages.items()})
        condition = self.only_if.value()
        if condition is not None:
            made[ONLY_IF] = condition
        elif self.was.get(ONLY_IF) is not None:
            del made[ONLY_IF]
        return made

    def _raw_block(self) -> Any:
        typed = self._data.get(f"{self.key}-raw") if self._data is not None else None
        try:
            return self.was if typed is None else written_json.read(typed)
        except ValueError:
            return typed  # refused with its place by campaigns.blocks

    @property
    def was_json(self) -> str:
        return json.dumps(self.was, ensure_ascii=False)

    @property
    def raw_json(self) -> str:
        return self.was if isinstance(self.was, str) else json.dumps(self.was, ensure_ascii=False, indent=2)

    @property
    def id(self) -> str:
        id_ = self.was.get("id") if isinstance(self.was, Mapping) else None
        return id_ if isinstance(id_, str) else ""

    @property
    def label(self) -> str:
        return self.type.label if self.is_form else "Unknown block"

    @property
    def summary(self) -> str:
        """The first text of the block, to know it by when it is folded."""
        texts = [kinds.said(self.was.get(name)) for name in self.type.fields] if self.is_form else []
        first = " ".join(next(filter(None, texts), "").split())
        return first if len(first) <= MOST_LETTERS else f"{first[: MOST_LETTERS - 1]}…"


def new(type_name: str, taken: Iterable[str]) -> Card:
    return Card(fresh_key(), {"id": fresh_id(type_name, taken), "type": type_name})


def of_blocks(blocks: Any) -> list[Card]:
    offered = Offered()
    return [Card(fresh_key(), block, offered=offered) for block in blocks] if isinstance(blocks, list) else []


def fresh_key() -> str:
    """Names a card within its page only."""
    return f"b{secrets.token_hex(5)}"


def fresh_id(type_name: str, taken: Iterable[str]) -> str:
    """Links and coupons are known by the block's id for ever, so it is made once and never follows the text."""
    base, number, known = type_name.replace("_", "-")[:27], 1, set(taken)
    while (found := base if number == 1 else f"{base}-{number}") in known:
        number += 1
    return found


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in (OVERRIDES, LANGUAGES, ONLY_IF)}


def _put(made: dict[str, Any], name: str, layers: dict[str, Any]) -> None:
    """What was empty already stays as it was."""
    if layers or made.get(name) == {}:
        made[name] = layers
    else:
        made.pop(name, None)


def _fits(block: Any) -> bool:
    if not (isinstance(block, dict) and isinstance(block.get("type"), str) and block["type"] in BLOCK_TYPES):
        return False
    languages = block.get(LANGUAGES, {})
    if not isinstance(languages, dict):
        return False
    return all(_is_layered(one) for one in (block, *languages.values()))


def _is_layered(values: Any) -> bool:
    overrides = values.get(OVERRIDES, {}) if isinstance(values, dict) else None
    return isinstance(overrides, dict) and all(isinstance(one, dict) for one in overrides.values())
