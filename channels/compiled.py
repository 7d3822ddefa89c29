"""Content compiled once and filled for every person: literal pieces, and slots between them.

A template of ours is laid out once per content with a mark wherever a person's data will stand. Marks are characters of
Unicode's private use area, which neither content nor data may hold; MJML, Markdown and escaping leave them alone. A block
that is only for some stands between two marks, and becomes a part that is filled or not.
"""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import minijinja
from django.conf import settings

from campaigns import blocks as content_blocks
from campaigns import conditions, languages, personalise, placeholders
from campaigns.blocks import ContentError, references, resolving

from . import carrying, registry, words

Blocks = Sequence[Mapping[str, Any]]
Fields = Mapping[str, Any]
Slot = Callable[[Fields], str]
Made = TypeVar("Made", bound="Warned")
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


@dataclass(frozen=True)
class Conditional:
    """A slot for what is only for some."""

    shows: Callable[[Fields], bool]
    inner: Compiled

    def __call__(self, fields: Fields) -> str:
        return self.inner.fill(fields) if self.shows(fields) else ""


@dataclass(frozen=True)
class Opening:
    """Where a Conditional begins."""

    shows: Callable[[Fields], bool]

    def __call__(self, fields: Fields) -> str:
        raise AssertionError("only compile() reads it")


def closing(fields: Fields) -> str:
    """Where the Conditional ends that was opened last."""
    raise AssertionError("only compile() reads it")


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
        said: dict[str, str] = {}

        def phrase(fields: Fields) -> str:
            language = words.language(fields)
            if language not in said:
                said[language] = self.escape(words.say(name, fields, **values))
            return said[language]

        return self.raw(phrase)

    def text(self, block: Mapping[str, Any], name: str) -> str:
        """A block's text, unescaped, with marks for its placeholders; empty where the block has none."""
        path = f"{block['id']}.{name}"
        parsed = placeholders.parse(block.get(name, ""), path=path)
        return "".join(part if isinstance(part, str) else self._placeholder(part, path) for part in parsed.parts)

    def attribute(self, block: Mapping[str, Any], name: str) -> str:
        """A block's text as one mark, for places where layout programs do not leave text alone."""
        compiled = Marks(is_public=self.is_public)
        text = compiled.compile(compiled.text(block, name))
        return self.slot(text.fill)

    def choice(self, among: Blocks, *names: str) -> str:
        """The text of the first block that is shown to the person: of the first of these fields that it has."""
        if len(among) == 1 and not among[0].get("only_if"):
            return next((text for name in names if (text := self.text(among[0], name))), "")
        plain = Marks(is_public=self.is_public)
        found = [(shown_if(one), plain.compile(plain.choice([without_condition(one)], *names))) for one in among]
        return self.slot(lambda fields: next((text.fill(fields) for shows, text in found if shows(fields)), ""))

    def around(self, block: Mapping[str, Any]) -> tuple[str, str]:
        """Marks to put before and behind what is laid out for a block; empty for a block that is for all."""
        return self.between(shown_if(block)) if block.get("only_if") else ("", "")

    def between(self, shows: Callable[[Fields], bool]) -> tuple[str, str]:
        """Marks around what is shown to those only of whom `shows` is true."""
        return self.raw(Opening(shows)), self.raw(closing)

    def only_if(self, block: Mapping[str, Any]) -> str:
        """A mark that is filled with `yes` for whom the block is shown, for media that decide as they lay out."""
        if not block.get("only_if"):
            return ""
        shows = shown_if(block)
        return self.raw(lambda fields: "yes" if shows(fields) else "")

    def _placeholder(self, placeholder: placeholders.Placeholder, path: str) -> str:
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
        slug = block.get("offer")
        return lambda fields: self.escape(placeholders.clean(_own_code(fields, slug)))

    def valid_until(self, block: Mapping[str, Any]) -> Slot | None:
        if not block.get("valid_until"):
            return None
        day = date.fromisoformat(block["valid_until"])
        said = {
            spoken: self.escape(words.say("valid_until", {"spoken": spoken}, day=words.day(day, {"spoken": spoken})))
            for spoken in words.PHRASES
        }
        return lambda fields: said[words.language(fields)]

    def link(self, block: Mapping[str, Any]) -> str:
        """Where a block leads, for this person; the message's own link where it is not tracked."""
        id_ = block["id"]
        return self.slot(lambda fields: fields.get("links", {}).get(id_) or fields["link"])

    def compile(self, text: str) -> Compiled:
        """Take the marks out of what was laid out. Raises ContentError if one got lost or damaged on the way."""
        open_: list[tuple[Opening | None, list[str | Slot]]] = [(None, [])]
        for n, piece in enumerate(MARK.split(text)):
            part = piece if n % 2 == 0 else self.slots[int(piece)]
            if isinstance(part, Opening):
                open_.append((part, []))
            elif part is closing and open_[-1][0]:
                opening, inner = open_.pop()
                open_[-1][1].append(Conditional(opening.shows, Compiled(tuple(inner))))
            elif part != "":
                open_[-1][1].append(_sound(part))
        if len(open_) > 1:
            raise ContentError("", "what is only for some has no end")
        return Compiled(tuple(open_[0][1]))


def _own_code(fields: Fields, slug: str | None) -> str:
    """The code that the message has of this offer's pool; without an offer, or in a preview, that of the message."""
    codes = fields.get("coupons")
    return str(fields.get("coupon_code") or "") if slug is None or codes is None else codes.get(slug, "")


def _sound(part: str | Slot) -> str | Slot:
    if part is closing or (isinstance(part, str) and ("\ue000" in part or "\ue001" in part)):
        raise ContentError("", "the content holds characters that are reserved for placeholders")
    return part


def shown_if(block: Mapping[str, Any]) -> Callable[[Fields], bool]:
    condition = block.get("only_if")
    return lambda fields: conditions.holds(condition, fields)


def without_condition(block: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "only_if"}


class Warned(Protocol):
    """A frozen dataclass that says what was left out."""

    @property
    def warnings(self) -> tuple[str, ...]: ...


Build = Callable[[list[dict[str, Any]], Brand], Made]


def per_content(channel: str) -> Callable[[Build[Made]], Callable[..., Made]]:
    """Decorates what compiles a channel's checked blocks: done once per content and language, however many get it.

    What is decorated is called with blocks and a language in which the content exists (empty: the company's own), and
    gets the blocks as the channel carries them; what it does not carry is put before the warnings of what it makes.
    """

    def decorate(build: Build[Made]) -> Callable[..., Made]:
        @lru_cache(maxsize=64)
        def cached(text: str, own: Brand, language: str, told: references.Told) -> Made:
            raw = json.loads(text)
            content_blocks.check(raw, references=False)
            shown = resolving.resolve(content_blocks.for_channel(raw, channel, language), told, language)
            is_public = channel in registry.CHANNELS and registry.get(channel).is_public
            carried, missing = carrying.carry(shown, channel, language=language, is_public=is_public)
            made = build(carried, own)
            return replace(made, warnings=(*missing, *made.warnings))

        def compiled(blocks: Blocks, language: str = "") -> Made:
            return cached(json.dumps(list(blocks)), brand(), language or languages.own(), references.told(blocks))

        return compiled

    return decorate


def spoken_to(fields: Fields, blocks: Blocks) -> Fields:
    """Fields whose phrases and salutations are in a language in which the content exists: the person's, or our own."""
    if languages.primary(fields.get("language") or "") == languages.own():
        return fields
    return personalise.in_language(fields, languages.chosen(fields.get("language"), content_blocks.languages(blocks)))


def first(blocks: Blocks, type_: str) -> Mapping[str, Any] | None:
    return next((block for block in blocks if block["type"] == type_), None)


def candidates(blocks: Blocks, type_: str) -> list[Mapping[str, Any]]:
    """Of which the first that is shown to a person is theirs: those only for some, until one that is for all."""
    found: list[Mapping[str, Any]] = []
    for block in blocks:
        if block["type"] == type_:
            found.append(block)
            if not block.get("only_if"):
                break
    return found


def one_for_all(blocks: Blocks, type_: str, reason: str) -> list[Mapping[str, Any]]:
    """The same. Raises ContentError where nobody's, or not everybody's, is found."""
    found = candidates(blocks, type_)
    if not found:
        raise ContentError("blocks", reason)
    if found[-1].get("only_if"):
        raise ContentError("blocks", f"{reason}; this content has one only for some")
    return found


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


NEEDS_ESCAPING = re.compile("[&<>\"']")


def escape_html(text: str) -> str:
    """As html.escape, and five times as fast for what needs none."""
    return html.escape(text) if NEEDS_ESCAPING.search(text) else text


def safe(markup: str) -> Any:
    """HTML that was made safe before, so a template takes it as it is."""
    return minijinja.safe(markup)
