"""Whether it fits for everybody: with the longest names, without what is not known, with and without what is for some."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.blocks import ContentError
from campaigns.findings import Finding

from .. import preview_people
from ..printable import UnprintableError
from .case import View

QUOTED = re.compile(r"'[^']*'|“[^”]*”")


def for_some(view: View) -> Iterator[Finding]:
    if view.refused:
        return
    yield from _without_blocks_for_some(view)
    yield from _with_all_blocks(view)
    for who, fields in _people(view):
        made = view.made(fields)
        if isinstance(made, UnprintableError):
            yield view.warning(made.path, "letters_missing", f"{who} get nothing: {made.path} {made.reason}")
        elif isinstance(made, ContentError):
            # What it quotes may be somebody's name.
            reason = QUOTED.sub("…", made.reason)
            yield view.error(made.path, "too_long", f"it does not fit for {who}: {reason}")


def _people(view: View) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if view.channel.is_public:
        return
    address = view.fields["address_lines"]
    yield (
        "people of whom nothing is known",
        view.fields_of(preview_people.nobody_knows(view.case.blocks) | {"address_lines": address}),
    )
    for reader in view.circumstances.readers:
        yield "some of your customers", view.fields_of({**reader, "address_lines": address})


def _without_blocks_for_some(view: View) -> Iterator[Finding]:
    for_all = [block for block in view.case.blocks if not block.get("only_if")]
    if len(for_all) == len(view.case.blocks) or view.channel.is_public:
        return
    made = view.made(blocks=for_all) if for_all else ContentError("blocks", "nothing is left")
    if isinstance(made, ContentError):
        yield view.error(made.path, "nothing_for_some", f"people who get none of the blocks for some: {made.reason}")


def _with_all_blocks(view: View) -> Iterator[Finding]:
    """Together may be more than anybody gets, so that is a warning; a single one more is not."""
    for_some = [block["id"] for block in view.case.blocks if block.get("only_if")]
    if not for_some or view.channel.is_public:
        return
    together = view.made(blocks=preview_people.with_every_block(view.case.blocks))
    if not isinstance(together, ContentError):
        return
    alone = list(_each_alone(view, for_some))
    yield from alone
    if not alone:
        reason = f"it does not fit for who gets all blocks for some at once: {together.reason}"
        yield view.warning(together.path, "too_long_together", reason)


def _each_alone(view: View, ids: list[str]) -> Iterator[Finding]:
    plain = preview_people.with_every_block(view.case.blocks)
    for id_ in ids:
        others = {one for one in ids if one != id_}
        made = view.made(blocks=[block for block in plain if block["id"] not in others])
        if isinstance(made, ContentError):
            yield view.error(made.path, "too_long", f"it does not fit for who gets the block {id_}: {made.reason}")
