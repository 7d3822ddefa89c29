"""The keys under which two records of one person meet; only records that share one are looked at together.

They are many and different, so that whatever one record has wrong (a slip in the name, another address, no birthday)
leaves one that both have. Most of them ask for one name only, in whichever place it stands: the other may be mistyped, and
names are exchanged. Union of keys: Hernández and Stolfo (1995).
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import product

from . import people
from .people import Person

LONG = 4  # letters


def keys(of: Person) -> Iterator[int]:
    """The keys of a record, as 64 bits."""
    lasts, firsts = _sounds(of.last), people.full_sounds(of.first)
    names = sorted({*lasts, *firsts, *_sounds(of.first)} - {""})
    initial = people.first_word(of.first)[:1]
    pairs = sorted({tuple(sorted(pair)) for pair in product(lasts, firsts)})
    yield from _at_home(of, names, initial)
    yield from _in_town(of, pairs)
    yield from _by_birthday(of, names, pairs, initial)
    if len(of.email) > 4:
        yield _key("email", of.email)


def _at_home(of: Person, names: list[str], initial: str) -> Iterator[int]:
    if of.household:
        yield _key("household", of.household, initial)
        yield from (_key("household", of.household, name) for name in names)
    if of.number:
        yield from (_key("door", of.postcode, of.street[:1], of.number, name) for name in names)
        yield _key("street", of.city, people.sound(of.street), of.number, initial)
    if of.street:
        yield _key("street", of.postcode, people.sound(of.street), of.first[:2])


def _in_town(of: Person, pairs: list[tuple[str, str]]) -> Iterator[int]:
    for place in {of.postcode, of.city} - {""}:
        yield from (_key("town", place, *pair) for pair in pairs)


def _by_birthday(of: Person, names: list[str], pairs: list[tuple[str, str]], initial: str) -> Iterator[int]:
    if not of.born:
        return
    year, day = of.born[:4], of.born[4:]
    yield from (_key("born", of.born, name) for name in names)
    yield _key("born", of.born, *sorted((initial, of.last[:1])))
    yield from (_key("birthday", day, name, initial, of.postcode) for name in names)
    for pair in pairs:  # misread or exchanged, and somewhere else
        yield _key("day", day, *pair)
        yield _key("month", year, day[:2], *pair)
        yield _key("year", year, *sorted((day[:2], day[2:])), *pair)


def _sounds(name: str) -> set[str]:
    """Of the whole name and of the longer words of several."""
    words = [word for word in people.apart(name) if len(word) >= LONG]
    return {people.sound(name), *map(people.sound, words)}


def _key(*parts: object) -> int:
    digest = blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
