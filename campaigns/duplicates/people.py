"""Customers as they are compared: folded words, and the keys under which two records of one person meet.

Two records are only looked at together when they share a key. The keys are many and different, so that whatever one
record has wrong (a slip in the name, another address, no birthday) leaves one that both have. Names are compared by
how they sound: Cologne phonetics (Postel 1969), by which German names that sound alike have one code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b

import cologne_phonetics

from campaigns import identity

from . import first_names

NUMBER_FIRST = re.compile(r"(\d+[a-z]?) (\D+)")  # 10 Downing Street
WORDS_BEHIND = re.compile(r" [a-z]{2,}\D*$")  # the back house, the second floor
# Not part of a name, though it stands there.
TITLES = frozenset(["dr", "prof", "professor", "professorin", "dipl", "ing", "med", "mag", "herr", "frau"])
CACHED = 200_000  # names, streets and towns repeat


@dataclass(frozen=True)
class Person:
    """One record, folded: lower case, without accents; empty where nothing is known."""

    id: int
    sex: str  # frau, herr or empty
    first: str
    last: str
    born: str  # YYYYMMDD
    street: str
    number: str
    postcode: str
    city: str
    household: int
    email: str  # before the @, letters and figures only
    phone: str


COLUMNS = tuple(Person.__dataclass_fields__)


def person(row: tuple) -> Person:
    """From id, salutation, names, birthday, address, household, e-mail and phone."""
    id_, salutation, first, last, born_on, street, postcode, city, household, email, phone = row
    way, number = _street(street)
    return Person(
        id=id_,
        sex=salutation if salutation in ("frau", "herr") else "",
        first=_untitled(plain(first)),
        last=_untitled(plain(last)),
        born=_day(born_on),
        street=way,
        number=number,
        postcode=postcode.lower(),
        city=plain(city),
        household=household or 0,
        email=_local_part(email),
        phone=phone,
    )


def keys(of: Person) -> Iterator[int]:
    """The keys of a record, as 64 bits."""
    last, firsts, first = sound(of.last), _full_sounds(of.first), _first_word(of.first)
    sounds = sorted((last, sound(of.first)))
    if of.household:
        yield _key("household", of.household, first[:1])
        yield _key("household", of.household, last)
    if of.postcode and last:
        yield from (_key("there", of.postcode, last, full) for full in firsts)
        yield _key("swapped", of.postcode, *sounds)
        yield _key("initial", of.postcode, last, first[:1], of.number)
    if of.city and last:
        yield from (_key("town", of.city, last, full) for full in firsts)
    if of.born:
        yield from (_key("born", of.born, full) for full in firsts)
        yield _key("born", of.born, last)
        yield _key("birthday", of.born[4:], last, first[:1], of.postcode)
    if of.street and of.number:
        yield _key("house", of.postcode, of.number, first[:2])
        yield _key("street", of.postcode, sound(of.street), first[:2])
        yield _key("door", of.postcode, of.number, sound(of.street), last)
    if len(of.email) > 4:
        yield _key("email", of.email)


def _untitled(name: str) -> str:
    """Without titles before it, if something is left."""
    words = name.split()
    while len(words) > 1 and words[0] in TITLES:
        del words[0]
    return " ".join(words)


@lru_cache(CACHED)
def plain(text: str) -> str:
    """As identity folds it, and ae, oe, ue as they are often typed: a, o, u."""
    return _bare(identity.fold(text))


def _bare(folded: str) -> str:
    for written in ("ae", "oe", "ue"):
        folded = folded.replace(written, written[0])
    return folded


@lru_cache(CACHED)
def sound(text: str) -> str:
    """The Cologne code of all words together; the text itself where it has no sound (names in other scripts)."""
    return "".join(code for _, code in cologne_phonetics.encode(text.replace("-", " "))) if text.isascii() else text


@lru_cache(CACHED)
def _full_sounds(first: str) -> tuple[str, ...]:
    """How the full names sound for which the first word may stand."""
    word = _first_word(first)
    return tuple(sorted({sound(plain(full)) for full in _stands_for(word)})) if word else ()


@lru_cache(CACHED)
def full_names(first: str) -> frozenset[str]:
    """The full names for which a first name may stand."""
    word = _first_word(first)
    return frozenset(plain(full) for full in _stands_for(word)) if word else frozenset()


PLAIN_FORMS = {plain(form): frozenset(map(plain, full)) for form, full in first_names.FORMS.items()}


def _stands_for(word: str) -> frozenset[str]:
    return PLAIN_FORMS.get(word) or frozenset((word,))


def _first_word(first: str) -> str:
    words = first.replace("-", " ").split()
    return words[0] if words else ""


@lru_cache(CACHED)
def _street(street: str) -> tuple[str, str]:
    """The way and the number, whichever comes first: "lindenstr", "5a"."""
    folded = identity.street_key(street)
    if found := NUMBER_FIRST.fullmatch(folded):
        number, way = found.groups()
    else:
        start = next((n for n, letter in enumerate(folded) if letter.isdigit() and n), len(folded))
        way, number = folded[:start], WORDS_BEHIND.sub("", folded[start:])
    return _bare(way).replace(" ", ""), number.replace(" ", "")


def _day(born_on: date | None) -> str:
    return born_on.strftime("%Y%m%d") if born_on else ""


def _local_part(email: str) -> str:
    return "".join(letter for letter in email.partition("@")[0].partition("+")[0] if letter.isalnum())


def _key(*parts: object) -> int:
    digest = blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
