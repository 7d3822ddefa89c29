"""What is wrong with blocks, found when they are saved and not when they are sent."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from .. import images, links, markdown, personalise
from ..content_error import ContentError
from .types import (
    BLOCK_TYPES,
    CHANNEL_PATTERN,
    COUPON_PATTERN,
    DATE_PATTERN,
    ID_PATTERN,
    MOST_BLOCKS,
    BlockField,
    BlockType,
    Kind,
)

OWN_KEYS = ("id", "type", "overrides")
# Control characters, marks that turn the reading direction around, lone surrogates, and private use (channels.compiled).
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff]")
LINE_BREAK = re.compile("[\r\n\t\u2028\u2029]")
MARK = "\ue000"  # stands for a placeholder while Markdown is parsed


def check(blocks: Any) -> None:
    """Raises ContentError for the first thing that is wrong."""
    for error in errors(blocks):
        raise error


def errors(blocks: Any) -> Iterator[ContentError]:
    """Everything that is wrong, in order."""
    if not isinstance(blocks, list):
        yield ContentError("blocks", f"must be a list, got {type(blocks).__name__}")
        return
    if len(blocks) > MOST_BLOCKS:
        yield ContentError("blocks", f"at most {MOST_BLOCKS} blocks, got {len(blocks)}")
        return
    seen: dict[str, str] = {}
    for n, block in enumerate(blocks):
        path = f"blocks[{n}]"
        yield from _block_errors(block, path)
        id_ = block.get("id") if isinstance(block, Mapping) else None
        if isinstance(id_, str) and seen.setdefault(id_, path) != path:
            yield ContentError(f"{path}.id", f"{id_[:32]!r} is the id of {seen[id_]} as well")


def _block_errors(block: Any, path: str) -> Iterator[ContentError]:
    if not isinstance(block, Mapping):
        yield ContentError(path, f"must be an object, got {type(block).__name__}")
        return
    if not _matches(ID_PATTERN, block.get("id")):
        yield ContentError(f"{path}.id", "must be 1 to 32 small letters, digits, - or _")
    name = block.get("type")
    if not isinstance(name, str) or name not in BLOCK_TYPES:
        yield ContentError(f"{path}.type", f"must be one of {', '.join(BLOCK_TYPES)}, got {str(name)[:40]!r}")
        return
    block_type = BLOCK_TYPES[name]
    own = {key: value for key, value in block.items() if key not in OWN_KEYS}
    yield from _field_errors(own, block_type, path)
    for field_name, field in block_type.fields.items():
        if field.required and block.get(field_name) in (None, ""):
            yield ContentError(f"{path}.{field_name}", "is required")
    yield from _override_errors(block.get("overrides", {}), block_type, f"{path}.overrides")


def _field_errors(values: Mapping[str, Any], block_type: BlockType, path: str) -> Iterator[ContentError]:
    for name, value in values.items():
        if name not in block_type.fields:
            known = ", ".join(block_type.fields)
            yield ContentError(f"{path}.{str(name)[:40]}", f"{block_type.label} has no such field; it has {known}")
        elif value not in (None, ""):
            yield from _value_errors(value, block_type.fields[name], f"{path}.{name}")


def _override_errors(overrides: Any, block_type: BlockType, path: str) -> Iterator[ContentError]:
    if not isinstance(overrides, Mapping):
        yield ContentError(path, f"must be an object, got {type(overrides).__name__}")
        return
    for channel, values in overrides.items():
        here = f"{path}.{str(channel)[:20]}"
        if not _matches(CHANNEL_PATTERN, channel) or not isinstance(values, Mapping):
            yield ContentError(here, "must be a channel's name, and its fields as an object")
            continue
        if not isinstance(values.get("hidden", False), bool):
            yield ContentError(f"{here}.hidden", "must be true or false")
        changed = {name: value for name, value in values.items() if name != "hidden"}
        yield from _field_errors(changed, block_type, here)
        for name, value in changed.items():
            if value in (None, "") and name in block_type.fields and block_type.fields[name].required:
                yield ContentError(f"{here}.{name}", "is required; to leave the block out, hide it")


def _value_errors(value: Any, field: BlockField, path: str) -> Iterator[ContentError]:
    if not isinstance(value, str):
        yield ContentError(path, f"must be text, got {type(value).__name__}")
    elif len(value) > field.longest:
        yield ContentError(path, f"is longer than {field.longest} characters")
    elif REFUSED.search(value):
        yield ContentError(path, "holds control characters or marks that change the reading direction")
    elif field.kind != Kind.MARKDOWN and LINE_BREAK.search(value):
        yield ContentError(path, "must stay on one line")
    else:
        try:
            CHECKS[field.kind](value, path)
        except ContentError as error:
            yield error


def _check_line(value: str, path: str) -> None:
    personalise.parse(value, path=path)
    if not value.strip():
        raise ContentError(path, "is blank")


def _check_markdown(value: str, path: str) -> None:
    text = personalise.parse(value, path=path)
    markdown.parse("".join(part if isinstance(part, str) else MARK for part in text.parts), path=path)
    if not value.strip():
        raise ContentError(path, "is blank")


def _check_coupon(value: str, path: str) -> None:
    if not _matches(COUPON_PATTERN, value):
        raise ContentError(path, 'must be "personal" or 3 to 16 capitals, digits and -')


def _check_date(value: str, path: str) -> None:
    try:
        date.fromisoformat(value if _matches(DATE_PATTERN, value) else "")
    except ValueError as error:
        raise ContentError(path, f"must be a date like 2027-12-31, got {value[:20]!r}") from error


CHECKS: Mapping[Kind, Callable[[str, str], None]] = {
    Kind.LINE: _check_line,
    Kind.MARKDOWN: _check_markdown,
    Kind.URL: lambda value, path: links.check(value, path=path),
    Kind.IMAGE: lambda value, path: images.check(value, path=path),
    Kind.COUPON: _check_coupon,
    Kind.DATE: _check_date,
}


def _matches(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None
