"""Customers as they are compared: folded words, and how they sound.

That is by Cologne phonetics (Postel 1969), by which German names that sound alike have one code.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import cologne_phonetics

from campaigns import identity

from . import first_names, streets

# Not part of a name, though it stands there.
TITLES = frozenset(
    [
        "dr",
        "prof",
        "professor",
        "professorin",
        "dipl",
        "ing",
        "di",
        "med",
        "mag",
        "mgr",
        "inz",
        "lic",
        "iur",
        "jur",
        "phd",
        "mba",
        "bsc",
        "msc",
        "msgr",
        "ir",
        "drs",
        "mr",
        "mrs",
        "ms",
        "miss",
        "sir",
        "mister",
        "madame",
        "monsieur",
        "mme",
        "mlle",
        "dhr",
        "mevr",
        "mevrouw",
        "pan",
        "pani",
        "herr",
        "frau",
        "herrn",
        "familie",
        "fam",
    ]
)
# Which of two of one name.
GENERATIONS = {"jun": "jun", "jr": "jun", "junior": "jun", "sen": "sen", "sr": "sen", "senior": "sen"}
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
    number: str  # the first figures of it
    behind: str  # what follows them: a letter, a range, a flat
    postcode: str
    city: str
    household: int
    email: str  # before the @, letters and figures only
    phone: str
    generation: str  # jun, sen or empty


COLUMNS = tuple(Person.__dataclass_fields__)


def person(row: tuple) -> Person:
    """From id, salutation, names, birthday, address, household, e-mail and phone."""
    id_, salutation, first, last, born_on, street, postcode, city, household, email, phone = row
    there = streets.parts(street)
    firsts, lasts = _words(first), _words(last)
    return Person(
        id=id_,
        sex=salutation if salutation in ("frau", "herr") else "",
        first=_bare_name(firsts),
        last=_bare_name(lasts),
        born=_day(born_on),
        street=there.way,
        number=there.number,
        behind=there.behind,
        postcode=postcode.lower().replace(" ", ""),
        city=plain(city),
        household=household or 0,
        email=_local_part(email),
        phone=phone,
        generation=next((GENERATIONS[word] for word in [*firsts, *lasts] if word in GENERATIONS), ""),
    )


def _words(name: str) -> list[str]:
    """Hyphens hold a double name together; others are none of it (Dipl.-Ing.)."""
    return [word.strip("-") for word in plain(name).split() if word.strip("-")]


def _bare_name(words: list[str]) -> str:
    """Without titles, and without what tells father from son, if something is left."""
    left = [word for word in words if word not in TITLES and word not in GENERATIONS]
    return " ".join(left or words)


@lru_cache(CACHED)
def plain(text: str) -> str:
    """As identity folds it, and ae, oe, ue as they are often typed: a, o, u."""
    return streets.bare(identity.fold(text))


@lru_cache(CACHED)
def sound(text: str) -> str:
    """The Cologne code of all words together; the text itself where it has no sound (names in other scripts)."""
    return "".join(code for _, code in cologne_phonetics.encode(text.replace("-", " "))) if text.isascii() else text


@lru_cache(CACHED)
def full_sounds(first: str) -> tuple[str, ...]:
    """How the full names sound for which the first word may stand."""
    return tuple(sorted({sound(full) for full in full_names(first)}))


@lru_cache(CACHED)
def full_names(first: str) -> frozenset[str]:
    """The full names for which a first name may stand."""
    word = first_word(first)
    return frozenset(plain(full) for full in _stands_for(word)) if word else frozenset()


PLAIN_FORMS = {plain(form): frozenset(map(plain, full)) for form, full in first_names.EVERYWHERE.items()}


def _stands_for(word: str) -> frozenset[str]:
    return PLAIN_FORMS.get(word) or frozenset((word,))


def first_word(first: str) -> str:
    return next(iter(apart(first)), "")


def apart(name: str) -> list[str]:
    """The words of several names, and of double ones."""
    return name.replace("-", " ").split()


def _day(born_on: date | None) -> str:
    return born_on.strftime("%Y%m%d") if born_on else ""


def _local_part(email: str) -> str:
    return "".join(letter for letter in email.partition("@")[0].partition("+")[0] if letter.isalnum())
