"""For whom a content is previewed: people of whom little is known, and real ones who show where texts break."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from campaigns import languages, personalise

from . import kept, renditions
from .compiled import Blocks

KEPT_SECONDS = 300.0  # who has the longest name does not change while somebody writes


def nobody_knows(blocks: Blocks) -> dict[str, Any]:
    """Somebody of whom everything is missing that may be missing."""
    known = {"customer_number": personalise.SAMPLE.customer_number, "form": "", "attributes": "{}"}
    nothing = [known.get(part.name, "") for part in fields(personalise.Person)]
    coupon = renditions.made_up(blocks, languages.own())["coupon_code"]
    return personalise.fields_of(nothing) | {"coupon_code": coupon, "address_lines": [], "audiences": frozenset()}


def in_language(personal: Mapping[str, Any], language: str) -> dict[str, Any]:
    """As if that were the person's language."""
    return dict(personalise.in_language(personal, language)) | {"language": language}


def with_every_block(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The blocks without their conditions, to look at all of them."""
    return [{name: value for name, value in block.items() if name != "only_if"} for block in blocks]


def anyone() -> int | None:
    return _first("random")


def with_the_longest_name() -> int | None:
    return kept.kept("preview-longest-name", lambda: _first("longest"), least=KEPT_SECONDS)


def least_known() -> int | None:
    return kept.kept("preview-least-known", lambda: _first("missing"), least=KEPT_SECONDS)


def _first(kind: str) -> int | None:
    found = personalise.examples(kind, most=1)
    return found[0].customer_id if found else None
