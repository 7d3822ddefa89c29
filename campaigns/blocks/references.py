"""What blocks name elsewhere: audiences of conditions, and offers and testimonials, of which their rooms tell here.

    references.register(Kind.OFFER, check=offers.check_slug, fields=offers.block_fields)

`check(value, path)` raises ContentError for what does not exist or may not be used when a content is saved. `fields(value)`
gives what the named thing says now as fields of the block, beneath what the block itself says, or None where it must not
be shown any more: then the block is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import conditions
from ..content_error import ContentError
from .types import BLOCK_TYPES, Kind

Block = Mapping[str, Any]
Check = Callable[[str, str], None]
Fields = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Source:
    check: Check
    fields: Fields


SOURCES: dict[Kind, Source] = {}
NAMING = {
    type_: {
        name: field.kind for name, field in block_type.fields.items() if field.kind in (Kind.OFFER, Kind.TESTIMONIAL)
    }
    for type_, block_type in BLOCK_TYPES.items()
}


def register(kind: Kind, *, check: Check, fields: Fields) -> None:
    SOURCES[kind] = Source(check, fields)


def check(kind: Kind, value: str, path: str) -> None:
    """Raises ContentError for what its room does not know."""
    if kind in SOURCES:
        SOURCES[kind].check(value, path)


def resolve(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with what they name filled in, as it is now; without those that name what must not be shown any more."""
    return [made for block in blocks if (made := _resolved(block)) is not None]


def missing_audiences(blocks: Sequence[Block]) -> Iterator[ContentError]:
    """One lookup, and none where no condition names an audience."""
    named = conditions.audiences(blocks)
    if not named:
        return
    from ..models import Audience  # blocks are read where no database is

    gone = named - set(Audience.objects.filter(pk__in=named).values_list("pk", flat=True))
    for n, block in enumerate(blocks):
        for id_ in sorted(conditions.audiences([block]) & gone):
            yield ContentError(f"blocks[{n}].only_if", f"there is no audience {id_}")


def _resolved(block: Block) -> Block | None:
    named = list(_named(block))
    if not named:
        return block
    told = [SOURCES[kind].fields(value) for kind, value in named if kind in SOURCES]
    if any(one is None for one in told):
        return None
    beneath: dict[str, Any] = {}
    for one in told:
        beneath |= one or {}
    made = beneath | {name: value for name, value in block.items() if value not in (None, "")}
    return made if _says_something(made) else None


def _says_something(block: Block) -> bool:
    """Whether there is more than the name of something about which nobody tells."""
    needed = [name for name in BLOCK_TYPES[block["type"]].any_of if name not in NAMING[block["type"]]]
    return not needed or any(block.get(name) for name in needed)


def _named(block: Block) -> Iterable[tuple[Kind, str]]:
    for name, kind in NAMING[block["type"]].items():
        if block.get(name) not in (None, ""):
            yield kind, str(block[name])
