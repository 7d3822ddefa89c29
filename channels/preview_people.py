"""For whom a content is previewed: made-up people, and real ones that show where texts break."""

from collections.abc import Mapping, Sequence
from typing import Any

from campaigns import blocks as content_blocks
from campaigns import conditions, personalise

from . import kept
from .compiled import Blocks
from .previews import SAMPLE_ADDRESS
from .print_mailing import addresses

KEPT_SECONDS = 300.0  # who has the longest name does not change while somebody writes


def made_up() -> dict[str, Any]:
    """Somebody with long names."""
    return personalise.sample_fields() | {"address_lines": SAMPLE_ADDRESS}


def nobody_knows() -> dict[str, Any]:
    """Somebody of whom everything is missing that may be missing."""
    nothing = personalise.fields_of([personalise.SAMPLE.customer_number, *[""] * 5, *[""] * 4, "{}"])
    return nothing | {"coupon_code": made_up()["coupon_code"], "address_lines": []}


def customer(customer_id: int, blocks: Blocks) -> dict[str, Any] | None:
    """A real one, and in which of the audiences that the blocks name they are; None who is not there any more."""
    found = personalise.fields_for([customer_id], audiences=conditions.audiences(blocks)).get(customer_id)
    if found is None:
        return None
    address = addresses.of_customers([customer_id]).get(customer_id)
    return found | {
        "coupon_code": made_up()["coupon_code"],
        "address_lines": list(address.lines) if address else [],
    }


def in_language(personal: Mapping[str, Any], language: str) -> dict[str, Any]:
    """As if that were the person's language."""
    return dict(personalise.in_language(personal, language)) | {"language": language} if language else dict(personal)


def with_every_block(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The blocks without their conditions, to look at all of them."""
    return [{name: value for name, value in block.items() if name != "only_if"} for block in blocks]


def left_out(blocks: Blocks, channel: str, personal: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Blocks that this person does not get because of their conditions."""
    there = content_blocks.for_channel(blocks, channel)
    return [block for block in there if not conditions.holds(block.get("only_if"), personal)]


def anyone() -> int | None:
    return _first("random")


def with_the_longest_name() -> int | None:
    return kept.kept("preview-longest-name", lambda: _first("longest"), least=KEPT_SECONDS)


def least_known() -> int | None:
    return kept.kept("preview-least-known", lambda: _first("missing"), least=KEPT_SECONDS)


def _first(kind: str) -> int | None:
    found = personalise.examples(kind, most=1)
    return found[0].customer_id if found else None
