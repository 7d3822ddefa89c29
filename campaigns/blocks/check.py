"""What is wrong with blocks, found when they are saved and not when they are sent."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from .. import assets, conditions, languages, links, markdown, placeholders
from ..content_error import ContentError
from . import naming
from . import references as elsewhere
from .overrides import placed_layers
from .types import (
    ATTRIBUTE_PATTERN,
    BLOCK_TYPES,
    CHANNEL_PATTERN,
    COUPON_PATTERN,
    DATE_PATTERN,
    ID_PATTERN,
    MOST_BLOCKS,
    MOST_PRODUCTS,
    NUMBER_PATTERN,
    ROW,
    ROW_ANY_OF,
    SLUG_PATTERN,
    STORE_PATTERN,
    BlockField,
    BlockType,
    Kind,
)

OWN_KEYS = ("id", "type", "overrides", "languages", "only_if")
# Control characters, marks that turn the reading direction around, lone surrogates, and private use (channels.compiled).
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff]")
LINE_BREAK = re.compile("[\r\n\t\u2028\u2029]")
EMPTY: tuple[Any, ...] = (None, "", [])
MARK = "\ue000"  # stands for a placeholder while Markdown is parsed


def check(blocks: Any, *, references: bool = True) -> None:
    """Raises ContentError for the first thing that is wrong."""
    for error in errors(blocks, references=references):
        raise error


def errors(blocks: Any, *, references: bool = True) -> Iterator[ContentError]:
    """Everything that is wrong, in order. Without `references`, what blocks name may have gone since they were saved."""
    found = list(_shape_errors(blocks))
    yield from found
    if references and not found:
        yield from _reference_errors(blocks)


def _shape_errors(blocks: Any) -> Iterator[ContentError]:
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


def _reference_errors(blocks: list[Mapping[str, Any]]) -> Iterator[ContentError]:
    for n, block in enumerate(blocks):
        for layer, path in placed_layers(block, f"blocks[{n}]"):
            for name, kind in naming.NAMING[block["type"]].items():
                if layer.get(name) not in EMPTY:
                    yield from _reference_error(kind, str(layer[name]), f"{path}.{name}")
            for row, inside in naming.placed_rows(block["type"], layer):
                if row.get("product"):
                    yield from _reference_error(Kind.PRODUCT, row["product"], f"{path}.{inside}.product")
    yield from elsewhere.missing_audiences(blocks)


def _reference_error(kind: Kind, value: str, path: str) -> Iterator[ContentError]:
    try:
        elsewhere.check(kind, value, path)
    except ContentError as error:
        yield error


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
    yield from _field_errors(own, block_type.fields, path, label=block_type.label)
    yield from _missing(block, block_type, path)
    yield from _override_errors(block.get("overrides", {}), block_type, f"{path}.overrides")
    yield from _language_errors(block.get("languages", {}), block_type, f"{path}.languages")
    if block.get("only_if") not in (None, {}):
        yield from conditions.errors(block["only_if"], f"{path}.only_if")


def _missing(block: Mapping[str, Any], block_type: BlockType, path: str) -> Iterator[ContentError]:
    for name, field in block_type.fields.items():
        if field.required and block.get(name) in EMPTY:
            yield ContentError(f"{path}.{name}", "is required")
    if block_type.any_of and all(block.get(name) in EMPTY for name in block_type.any_of):
        yield ContentError(f"{path}.{block_type.any_of[0]}", f"one of {', '.join(block_type.any_of)} is required")


def _field_errors(
    values: Mapping[str, Any], fields: Mapping[str, BlockField], path: str, *, label: str
) -> Iterator[ContentError]:
    for name, value in values.items():
        if name not in fields:
            yield ContentError(f"{path}.{str(name)[:40]}", f"{label} has no such field; it has {', '.join(fields)}")
        elif value not in EMPTY:
            yield from _value_errors(value, fields[name], f"{path}.{name}")


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
        yield from _changed_errors(changed, block_type, here, "to leave the block out, hide it")


def _language_errors(translations: Any, block_type: BlockType, path: str) -> Iterator[ContentError]:
    if not isinstance(translations, Mapping):
        yield ContentError(path, f"must be an object, got {type(translations).__name__}")
        return
    others = [name for name in languages.LANGUAGES if name != languages.own()]
    for language, values in translations.items():
        here = f"{path}.{str(language)[:20]}"
        if language not in others or not isinstance(values, Mapping):
            yield ContentError(
                here, f"must be {' or '.join(others)}, and its fields as an object; the base is {languages.own()}"
            )
            continue
        changed = {name: value for name, value in values.items() if name != "overrides"}
        yield from _changed_errors(changed, block_type, here, "leave it away to show the base")
        yield from _override_errors(values.get("overrides", {}), block_type, f"{here}.overrides")


def _changed_errors(
    changed: Mapping[str, Any], block_type: BlockType, path: str, remedy: str
) -> Iterator[ContentError]:
    """Of a language or an override, which may take optional fields away."""
    yield from _field_errors(changed, block_type.fields, path, label=block_type.label)
    for name, value in changed.items():
        if value in EMPTY and name in block_type.fields and block_type.fields[name].required:
            yield ContentError(f"{path}.{name}", f"is required; {remedy}")


def _value_errors(value: Any, field: BlockField, path: str) -> Iterator[ContentError]:
    if field.kind in (Kind.PRODUCTS, Kind.ROWS) and isinstance(value, list):
        yield from _row_errors(value, path)
    elif field.kind == Kind.ROWS:
        yield ContentError(path, f"must be a list of products, got {type(value).__name__}")
    else:
        yield from _text_errors(str(value) if _is_number(value, field) else value, field, path)


def _is_number(value: Any, field: BlockField) -> bool:
    return field.kind == Kind.TESTIMONIAL and type(value) is int


def _row_errors(rows: list[Any], path: str) -> Iterator[ContentError]:
    if len(rows) > MOST_PRODUCTS:
        yield ContentError(path, f"at most {MOST_PRODUCTS} products, got {len(rows)}")
        return
    for n, row in enumerate(rows):
        here = f"{path}[{n}]"
        if not isinstance(row, Mapping):
            yield ContentError(here, f"must be an object, got {type(row).__name__}")
            continue
        yield from _field_errors(row, ROW, here, label="A product")
        if all(row.get(name) in EMPTY for name in ROW_ANY_OF):
            yield ContentError(f"{here}.{ROW_ANY_OF[0]}", "is required, or a product of the feed")


def _text_errors(value: Any, field: BlockField, path: str) -> Iterator[ContentError]:
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
    placeholders.parse(value, path=path)
    if not value.strip():
        raise ContentError(path, "is blank")


def _check_markdown(value: str, path: str) -> None:
    text = placeholders.parse(value, path=path)
    markdown.parse("".join(part if isinstance(part, str) else MARK for part in text.parts), path=path)
    if not value.strip():
        raise ContentError(path, "is blank")


def _check_coupon(value: str, path: str) -> None:
    if not _matches(COUPON_PATTERN, value):
        raise ContentError(path, 'must be "personal" or 3 to 16 capitals, digits and -')


def _check_products(value: str, path: str) -> None:
    if not _matches(ATTRIBUTE_PATTERN, value):
        raise ContentError(path, f"must be a list of products, or attribute_<name> that holds them, got {value[:40]!r}")


def _check_slug(value: str, path: str) -> None:
    if not _matches(SLUG_PATTERN, value):
        raise ContentError(path, "must be the short name of an offer: small letters, digits, - and _")


def _check_store(value: str, path: str) -> None:
    if not _matches(STORE_PATTERN, value):
        raise ContentError(path, f'must be "nearest" or empty, got {value[:20]!r}')


def _check_product(value: str, path: str) -> None:
    if value != value.strip():
        raise ContentError(path, "must be the id of a product, without blanks around it")


def _check_number(value: str, path: str) -> None:
    if not _matches(NUMBER_PATTERN, value):
        raise ContentError(path, "must be the number of a testimonial")


def _check_date(value: str, path: str) -> None:
    try:
        date.fromisoformat(value if _matches(DATE_PATTERN, value) else "")
    except ValueError as error:
        raise ContentError(path, f"must be a date like 2027-12-31, got {value[:20]!r}") from error


CHECKS: Mapping[Kind, Callable[[str, str], None]] = {
    Kind.LINE: _check_line,
    Kind.MARKDOWN: _check_markdown,
    Kind.URL: lambda value, path: links.check(value, path=path),
    Kind.IMAGE: lambda value, path: assets.check(value, path=path),
    Kind.VIDEO: lambda value, path: assets.check_video(value, path=path),
    Kind.COUPON: _check_coupon,
    Kind.DATE: _check_date,
    Kind.PRODUCTS: _check_products,
    Kind.OFFER: _check_slug,
    Kind.TESTIMONIAL: _check_number,
    Kind.STORE: _check_store,
    Kind.PRODUCT: _check_product,
}


def _matches(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None
