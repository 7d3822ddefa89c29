"""A content as checks look at it: once for each channel and language, rendered at most once for the same person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from campaigns import blocks as content_blocks
from campaigns.blocks import ContentError, references, resolving
from campaigns.blocks.types import BLOCK_TYPES
from campaigns.findings import ERROR, WARNING, Finding

from .. import carrying, registry, renditions
from ..base import Channel, Rendition
from ..compiled import Blocks, Fields
from . import circumstances as known
from . import targets
from .circumstances import Circumstances, OfferFacts
from .link_answers import Answer
from .targets import Target

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A content that is right in itself, and all that is known about where it goes."""

    blocks: Blocks
    circumstances: Circumstances
    cache: dict[Any, Rendition | ContentError] = field(default_factory=dict, repr=False)

    def views(self, channels: Sequence[str]) -> list["View"]:
        """Every channel in every language; those that everybody sees in the company's own. Without channels, as written."""
        spoken = content_blocks.languages(self.blocks)
        if not channels:
            return [View(self, None, language) for language in spoken]
        carriers = [registry.get(name) for name in dict.fromkeys(channels)]
        return [
            View(self, carrier, language)
            for carrier in carriers
            for language in spoken[: 1 if carrier.is_public else None]
        ]

    @cached_property
    def offers(self) -> Mapping[str, OfferFacts]:
        if self.circumstances.offers is not None:
            return self.circumstances.offers
        return known.facts_of(known.named_offers(self.blocks))

    @cached_property
    def urls(self) -> set[str]:
        """Where the content leads, on any channel in any language."""
        return {target.url for view in self.views(()) for target in view.targets_everywhere()}

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        if self.circumstances.answers is not None:
            return self.circumstances.answers
        return known.answers_of(self.urls)


@dataclass(frozen=True)
class View:
    """A content on one channel, or as it is written (`channel` is None), in one language."""

    case: Case
    channel: Channel | None
    language: str

    @property
    def name(self) -> str:
        return self.channel.name if self.channel else ""

    @property
    def circumstances(self) -> Circumstances:
        return self.case.circumstances

    @cached_property
    def there(self) -> list[dict[str, Any]]:
        """Blocks that staff want on the channel, with what they name filled in."""
        written = content_blocks.for_channel(self.case.blocks, self.name, self.language)
        return resolving.resolve(written, references.told(self.case.blocks), self.language)

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Why the channel does not show some of them, by their ids."""
        return carrying.left_out(self.there, self.name, is_public=self.channel.is_public) if self.channel else {}

    @cached_property
    def shown(self) -> list[dict[str, Any]]:
        return [block for block in self.there if block["id"] not in self.left_out]

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Of a made-up person with long names, in this language."""
        return self.fields_of(renditions.made_up(self.case.blocks, self.language))

    def fields_of(self, who: Fields) -> dict[str, Any]:
        return renditions.fields_for(self.channel, self.case.blocks, {**who, "language": self.language})

    @property
    def rendition(self) -> Rendition | None:
        """For the made-up person; None where there is none, of which `refused` tells."""
        made = self.made()
        return None if isinstance(made, ContentError) else made

    @property
    def refused(self) -> ContentError | None:
        made = self.made()
        return made if isinstance(made, ContentError) else None

    def made(self, fields: Fields | None = None, blocks: Blocks | None = None) -> Rendition | ContentError:
        """Rendered, or why it cannot be; for other people and other blocks if so asked."""
        key = (self.name, self.language) if fields is None and blocks is None else None
        if key in self.case.cache:
            return self.case.cache[key]
        made = self._render(self.fields if fields is None else fields, self.case.blocks if blocks is None else blocks)
        if key:
            self.case.cache[key] = made
        return made

    def _render(self, fields: Fields, blocks: Blocks) -> Rendition | ContentError:
        try:
            return self.channel.render(blocks, fields)
        except ContentError as error:
            return error

    def text(self, name: str) -> str:
        """A part of the rendition that is text."""
        part = self.rendition.parts.get(name, "") if self.rendition else ""
        return part if isinstance(part, str) else ""

    def place(self, block: Block, name: str) -> str:
        """The path to where a field of a block is written: for this channel and language, or for all."""
        written = next((one for one in self.case.blocks if one["id"] == block["id"]), {})
        translated = (written.get("languages") or {}).get(self.language) or {}
        own, theirs = (((one.get("overrides") or {}).get(self.name) or {}) for one in (written, translated))
        overridden, spoken = f"overrides.{self.name}", f"languages.{self.language}"
        ways = ((theirs, f".{spoken}.{overridden}"), (own, f".{overridden}"), (translated, f".{spoken}"))
        way = next((way for layer, way in ways if layer.get(name)), "")
        return f"{block['id']}{way}.{name}" if name else str(block["id"])

    def error(self, path: str, code: str, reason: str) -> Finding:
        return Finding(self.name, path, ERROR, code, reason)

    def warning(self, path: str, code: str, reason: str) -> Finding:
        return Finding(self.name, path, WARNING, code, reason)

    def targets(self) -> Iterator[Target]:
        """Where what the channel shows leads."""
        for block in self.shown:
            yield from targets.of_block(block)

    def targets_everywhere(self) -> Iterator[Target]:
        """The same, for all channels in this language."""
        for name in ("", *registry.CHANNELS):
            yield from replace(self, channel=registry.get(name) if name else None).targets()


def texts(block: Block) -> Iterator[tuple[str, str]]:
    """Its fields that are text with placeholders, by name."""
    for name, described in BLOCK_TYPES[block["type"]].fields.items():
        if described.is_templated and block.get(name):
            yield name, block[name]
