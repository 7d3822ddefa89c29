"""What the things that blocks name say now: offers, testimonials, products and pictures, of which their rooms tell here.

    references.register(Kind.OFFER, check=terms.check, fields=terms.fields)

`check(value, path)` raises ContentError for what does not exist or may not be used when a content is saved. `fields(value)`
gives what the named thing says now as fields of the block (of a product: of its row), beneath what the block itself says,
or None where it must not be shown any more: then the block is left out (of products the row, and the block without any). A
field in another language is called text@en. Of pictures it tells how they are cut. Each process asks at most every few
seconds, so that is how late it may be.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from .. import conditions
from ..content_error import ContentError
from .naming import Block, Named, names, pictures
from .types import Kind

Check = Callable[[str, str], None]
Fields = Callable[[str], Mapping[str, str] | None]
Said = tuple[tuple[str, str], ...] | None
Told = tuple[tuple[Kind, str, Said], ...]


@dataclass(frozen=True)
class Source:
    check: Check
    fields: Fields


SOURCES: dict[Kind, Source] = {}
MOST_KEPT = 1000
KEPT: dict[Named, tuple[float, Said]] = {}  # until when what was said holds


def register(kind: Kind, *, check: Check, fields: Fields) -> None:
    SOURCES[kind] = Source(check, fields)


def check(kind: Kind, value: str, path: str) -> None:
    """Raises ContentError for what its room does not know."""
    if kind in SOURCES:
        SOURCES[kind].check(value, path)


def told(blocks: Sequence[Block]) -> Told:
    """What all that blocks name says, also for channels and languages: part of what a compiled content depends on."""
    naming = {one for block in blocks for one in names(block)}
    found = {(kind, value): _said(kind, value) for kind, value in naming if kind in SOURCES}
    if Kind.IMAGE in SOURCES:
        shown = {
            *pictures(blocks),
            *(dict(said)["source"] for said in found.values() if said and "source" in dict(said)),
        }
        found |= {(Kind.IMAGE, source): _said(Kind.IMAGE, source) for source in shown}
    return tuple((kind, value, said) for (kind, value), said in sorted(found.items()))


def _said(kind: Kind, value: str) -> Said:
    """As it was a moment ago, or now."""
    now = time.monotonic()
    if len(KEPT) > MOST_KEPT:
        KEPT.clear()
    until, said = KEPT.get((kind, value), (0.0, None))
    if until <= now:
        fields = SOURCES[kind].fields(value)
        said = None if fields is None else tuple(sorted(fields.items()))
        KEPT[kind, value] = (now + settings.NAMED_KEPT_SECONDS, said)
    return said


def said_by(told: Told) -> dict[Named, Said]:
    return {(kind, value): said for kind, value, said in told}


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
