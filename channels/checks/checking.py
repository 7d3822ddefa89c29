"""Asking all checks: findings in an order that stays, each once, errors first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from campaigns import blocks as content_blocks
from campaigns import content_uses
from campaigns.findings import ERROR, Finding
from campaigns.models import Content

from .. import previews, registry
from . import circumstances, link_answers
from .case import Case
from .circumstances import Circumstances
from .listed import CHECKS, Stage

GONE = {"offer": "offer_gone", "testimonial": "testimonial_gone", "only_if": "audience_gone"}


def check(blocks: Any, channels: Iterable[str] = (), *, only: Stage | None = None, **known: Any) -> list[Finding]:
    """What speaks against the content on these channels; without any, against what is written, wherever it goes.

    `known` are fields of Circumstances. `only` asks the checks of one stage. Raises KeyError for an unknown channel.
    What is wrong in the blocks themselves is all that is said of such blocks.
    """
    if wrong := list(_wrong(blocks)):
        return list(dict.fromkeys(wrong))
    return _ask(Case(blocks, Circumstances(**known)), list(dict.fromkeys(channels)), only)


def of_content(content: Content) -> list[Finding]:
    """Before its approval, on all channels on which campaigns send it. Its links are looked at soon, if not lately."""
    if wrong := list(_wrong(content.blocks)):
        return wrong
    case = Case(content.blocks, circumstances.of_content(content))
    channels = [name for name in registry.CHANNELS if name in content_uses.channels(content)]
    link_answers.ask(case.urls)
    return _ask(case, channels, None)


def _wrong(blocks: Any) -> Iterator[Finding]:
    for error in content_blocks.errors(blocks):
        yield Finding("", error.path, ERROR, _code(error), error.reason)
    if isinstance(blocks, list) and not any(content_blocks.errors(blocks)):
        for problem in previews.unknown_channels(blocks):
            yield Finding("", problem.path, ERROR, "broken", problem.reason)


def _code(error: content_blocks.ContentError) -> str:
    if "may be empty" in error.reason:
        return "no_fallback"
    named = ("there is no ", "is withdrawn", "not approved")
    is_gone = any(words in error.reason for words in named)
    return GONE.get(error.path.rpartition(".")[2], "broken") if is_gone else "broken"


def _ask(case: Case, channels: Sequence[str], only: Stage | None) -> list[Finding]:
    found = [
        finding
        for view in case.views(channels)
        for one in CHECKS
        if one.is_for(view, only)
        for finding in one.find(view)
    ]
    ids = [block["id"] for block in case.blocks]
    return sorted(_merged(found, len(channels)), key=lambda finding: _rank(finding, ids))


def _merged(found: Iterable[Finding], channels: int) -> Iterable[Finding]:
    """What is found on every channel in the same words is said once, of all of them."""
    alike: dict[Finding, list[str]] = {}
    for finding in dict.fromkeys(found):
        alike.setdefault(replace(finding, channel=""), []).append(finding.channel)
    for finding, names in alike.items():
        if channels > 1 and len(names) == channels:
            yield finding
        else:
            yield from (replace(finding, channel=name) for name in names)


def _rank(finding: Finding, ids: Sequence[str]) -> tuple:
    channels = list(registry.CHANNELS)
    id_ = finding.path.partition(".")[0]
    return (
        not finding.is_error,
        channels.index(finding.channel) if finding.channel in channels else -1,
        ids.index(id_) if id_ in ids else -1,
        finding.path,
        finding.code,
        finding.reason,
    )
