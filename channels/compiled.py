"""Content compiled once and filled for every person: literal pieces, and slots between them.

A template of ours is laid out once per content with a mark wherever a person's data will stand. Marks are characters of
Unicode's private use area, which neither content nor data may hold; MJML, Markdown and escaping leave them alone.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import minijinja
from django.conf import settings

from campaigns import blocks as content_blocks
from campaigns import personalise
from campaigns.blocks import ContentError

from . import words

Blocks = Sequence[Mapping[str, Any]]
Fields = Mapping[str, Any]
Slot = Callable[[Fields], str]
Made = TypeVar("Made")
MARK = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True)
class Brand:
    """Whose content it is; a part of what is compiled."""

    name: str
    colour: str
    site_url: str


def brand() -> Brand:
    return Brand(settings.SENDER_NAME, settings.BRAND_COLOR, settings.SITE_URL)


@dataclass(frozen=True)
class Compiled:
    """A text for everybody, ready to be filled for one."""

    parts: tuple[str | Slot, ...]

    def fill(self, fields: Fields) -> str:
        return "".join(part if isinstance(part, str) else part(fields) for part in self.parts)


@dataclass
class Marks:
    """Hands out marks while a template is laid out, and knows what belongs into each.

    `escape` is what the medium needs. A medium that everybody sees (`is_public`) takes no placeholder that has nothing
    to say to everybody, and no personal coupon.
    """

    escape: Callable[[str], str] = str
    is_public: bool = False
    slots: list[Slot] = field(default_factory=list)

    def raw(self, slot: Slot) -> str:
        """A mark for something that comes escaped already."""
        self.slots.append(slot)
        return f"\ue000{len(self.slots) - 1}\ue001"

    def slot(self, slot: Slot) -> str:
        return self.raw(lambda fields: self.escape(slot(fields)))

    def word(self, name: str, **values: str) -> str:
        """A phrase of ours in the person's language."""
        return self.slot(lambda fields: words.say(name, fields, **values))

    def text(self, block: Mapping[str, Any], name: str) -> str:
        """A block's text, unescaped, with marks for its placeholders; empty where the block has none."""
        path = f"{block['id']}.{name}"
        parsed = personalise.parse(block.get(name, ""), path=path)
        return "".join(part if isinstance(part, str) else self._placeholder(part, path) for part in parsed.parts)

    def attribute(self, block: Mapping[str, Any], name: str) -> str:
        """A block's text as one mark, for places where layout programs do not leave text alone."""
        compiled = Marks(is_public=self.is_public)
        text = compiled.compile(compiled.text(block, name))
        return self.slot(text.fill)

    def _placeholder(self, placeholder: personalise.Placeholder, path: str) -> str:
        if self.is_public and not placeholder.says_something_to_everybody:
            raise ContentError(path, f"everybody sees the same here, so {placeholder.field} needs a fall-back")
        return self.slot(placeholder.fill)

    def coupon(self, block: Mapping[str, Any]) -> Slot | None:
        """The code of an offer, escaped; for a personal one that of the message, which may be empty."""
        code = block.get("coupon")
        if code != content_blocks.PERSONAL_COUPON:
            return (lambda fields: self.escape(code)) if code else None
        if self.is_public:
            raise ContentError(
                f"{block['id']}.coupon", "everybody sees the same here, so it needs a code for all, or none"
            )
        return lambda fields: self.escape(personalise.clean(str(fields.get("coupon_code") or "")))

    def valid_until(self, block: Mapping[str, Any]) -> Slot | None:
        if not block.get("valid_until"):
            return None
        day = date.fromisoformat(block["valid_until"])
        return lambda fields: self.escape(words.say("valid_until", fields, day=words.day(day, fields)))

    def link(self, block: Mapping[str, Any]) -> str:
        """Where a block leads, for this person; the message's own link where it is not tracked."""
        id_ = block["id"]
        return self.slot(lambda fields: fields.get("links", {}).get(id_) or fields["link"])

    def compile(self, text: str) -> Compiled:
        """Take the marks out of what was laid out. Raises ContentError if a slot got lost or damaged on the way."""
        pieces = MARK.split(text)
        parts: list[str | Slot] = [piece if n % 2 == 0 else self.slots[int(piece)] for n, piece in enumerate(pieces)]
        if any(isinstance(part, str) and ("\ue000" in part or "\ue001" in part) for part in parts):
            raise ContentError("", "the content holds characters that are reserved for placeholders")
        return Compiled(tuple(part for part in parts if part != ""))


def per_content(channel: str) -> Callable[[Callable[[list[dict[str, Any]], Brand], Made]], Callable[[Blocks], Made]]:
    """Decorates what compiles a channel's checked blocks: done once per content, however many people get it."""

    def decorate(build: Callable[[list[dict[str, Any]], Brand], Made]) -> Callable[[Blocks], Made]:
        @lru_cache(maxsize=64)
        def cached(text: str, own: Brand) -> Made:
            raw = json.loads(text)
            content_blocks.check(raw)
            return build(content_blocks.for_channel(raw, channel), own)

        return lambda blocks: cached(json.dumps(list(blocks)), brand())

    return decorate


def first(blocks: Blocks, type_: str) -> Mapping[str, Any] | None:
    return next((block for block in blocks if block["type"] == type_), None)


def left_out(blocks: Blocks, carried: Sequence[Mapping[str, Any] | None], label: str) -> tuple[str, ...]:
    """A warning that names the blocks for which a channel has no room."""
    ids = [block["id"] for block in blocks if not any(block is one for one in carried)]
    return (f"{label} does not carry: {', '.join(ids)}",) if ids else ()


TEMPLATES = minijinja.Environment(
    loader=lambda name: (Path(__file__).parent / name).read_text(),
    auto_escape_callback=lambda name: "html",
    undefined_behavior="strict",
    trim_blocks=True,
    lstrip_blocks=True,
)


def lay_out(template: str, **values: Any) -> str:
    """Fill one of our own templates (HTML or MJML, named below channels/); all values are escaped."""
    return TEMPLATES.render_template(template, **values)


def safe(html: str) -> Any:
    """HTML that was made safe before, so a template takes it as it is."""
    return minijinja.safe(html)
