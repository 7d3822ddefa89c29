"""Blocks that nobody sees."""

from collections.abc import Iterator

from campaigns import conditions
from campaigns.findings import Finding

from .case import View


def empty(view: View) -> Iterator[Finding]:
    sizes = view.circumstances.audience_sizes
    for block in view.shown:
        for id_ in sorted(conditions.audiences([block])):
            if sizes.get(id_) == 0:
                yield view.warning(f"{block['id']}.only_if", "empty_audience", f"nobody is in audience {id_} now")
