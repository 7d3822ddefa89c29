"""What changed between two versions of a content, block by block and field by field, in words."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from . import languages
from .blocks import BLOCK_TYPES

Blocks = Sequence[Mapping[str, Any]]
KEYS = ("id", "type")  # of a block; what it says is the rest


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True)
class Change:
    """One field; `before` or `after` is empty where it was not there."""

    path: str  # languages.en.overrides.banner.text
    field: str  # the same in words
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What happened to one block. One that was moved and changed is told twice."""

    kind: Kind
    block_id: str
    block: str  # what it is, in words
    changes: tuple[Change, ...] = ()  # of all its fields, where it was added or removed
    place: int = 0  # counted from 1, in the newer version; of a removed block in the older one

    def __str__(self) -> str:
        what = f"{self.block} “{self.block_id}” was {self.kind}"
        return f"{what} to place {self.place}" if self.kind == Kind.MOVED else what


def between(before: Blocks, after: Blocks) -> list[Difference]:
    """In the order of the newer version; removed blocks come last. Empty: both say the same."""
    old, new = _by_id(before), _by_id(after)
    moved = _moved(list(old), list(new))
    found: list[Difference] = []
    for place, (id_, block) in enumerate(new.items(), 1):
        if id_ not in old:
            found.append(_difference(Kind.ADDED, id_, block, place, _changes({}, block)))
            continue
        if id_ in moved:
            found.append(_difference(Kind.MOVED, id_, block, place))
        if changes := _changes(old[id_], block):
            found.append(_difference(Kind.CHANGED, id_, block, place, changes))
    gone = [(place, id_) for place, id_ in enumerate(old, 1) if id_ not in new]
    return found + [_difference(Kind.REMOVED, id_, old[id_], place, _changes(old[id_], {})) for place, id_ in gone]


def _by_id(blocks: Blocks) -> dict[str, Mapping[str, Any]]:
    return {str(block.get("id") or f"#{place}"): block for place, block in enumerate(blocks, 1)}


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The fewest blocks whose moving explains the new order: all but a longest rising subsequence of old places."""
    places = {id_: place for place, id_ in enumerate(old)}
    common = [id_ for id_ in new if id_ in places]
    ends: list[int] = []  # the smallest last place of a rising subsequence of each length
    length_at: list[int] = []
    for id_ in common:
        length = bisect_left(ends, places[id_])
        ends[length : length + 1] = [places[id_]]
        length_at.append(length)
    staying, length = set(), len(ends) - 1
    for id_, at in zip(reversed(common), reversed(length_at), strict=True):
        if at == length:
            staying.add(id_)
            length -= 1
    return set(common) - staying


def _difference(
    kind: Kind, id_: str, block: Mapping[str, Any], place: int, changes: tuple[Change, ...] = ()
) -> Difference:
    known = BLOCK_TYPES.get(str(block.get("type")))
    return Difference(kind, id_, known.label if known else "Block", changes, place)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    old, new = dict(_flat(before)), dict(_flat(after))
    type_ = str((after or before).get("type"))
    if before and after and before.get("type") != after.get("type"):
        old[("type",)], new[("type",)] = before.get("type"), after.get("type")
    paths = list(dict.fromkeys([*new, *old]))
    told = [Change(".".join(path), words(path, type_), _shown(old.get(path)), _shown(new.get(path))) for path in paths]
    return tuple(change for change in told if change.before != change.after)


def _flat(block: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Fields by their path; conditions and lists are told as a whole."""
    for name, value in block.items():
        if not path and name in KEYS:
            continue
        if isinstance(value, Mapping) and name != "only_if":
            yield from _flat(value, (*path, name))
        elif value not in ("", None, [], {}):
            yield (*path, name), value


def _shown(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(_shown(part) for part in value)
    return "" if value is None else str(value)


def words(path: Sequence[str], block_type: str) -> str:
    """A path as people say it: “Headline, in English, on banner”."""
    parts, rest = [], list(path)
    while len(rest) > 2 and rest[0] in ("languages", "overrides"):
        kind, name = rest.pop(0), rest.pop(0)
        parts.append(
            f"in {languages.LANGUAGES.get(name, name)}" if kind == "languages" else f"on {name.replace('_', ' ')}"
        )
    return ", ".join([_label(".".join(rest), block_type), *parts])


OWN_LABELS = {"hidden": "Left out", "only_if": "Shown only if", "type": "Type"}


def _label(name: str, block_type: str) -> str:
    known = BLOCK_TYPES.get(block_type)
    if known and name in known.fields:
        return known.fields[name].label
    return OWN_LABELS.get(name, name)
