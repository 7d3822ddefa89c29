"""People who are in the population twice, as it happens in files of real customers: what differs, and how, is known."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from campaigns import identity
from campaigns.duplicates import first_names

from . import names
from .holdings import EMAIL_DOMAINS
from .places import PLACES, STREETS

STREAM = 9  # of random numbers; the population itself draws none of them
LETTERS = "abcdefghiklmnoprstuwz"
# Letters that are typed for each other: neighbours on a German keyboard, and such as sound alike.
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "fs", "e": "rw", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "kö", "m": "n", "n": "mb", "o": "ip", "p": "oü", "r": "et", "s": "ad", "t": "rz", "u": "zi", "v": "cb",
    "w": "eq", "z": "tu", "ä": "ö", "ö": "lä", "ü": "p", "ß": "s",
}  # fmt: skip
TRANSCRIBED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
BARE = str.maketrans("äöüßÄÖÜéëışç", "aousAOUeeisc")
YOUNGEST_PARENT = 40
HOW_MANY = (0.5, 0.35, 0.15)  # one, two or three differences, besides another e-mail address or none


@dataclass(frozen=True)
class Person:
    """What a record says about one person. `household` is the original's until they moved or it was misspelt."""

    salutation: str
    title: str
    first_name: str
    last_name: str
    born_on: date | None
    street: str
    postcode: str
    city: str
    email: str
    differences: tuple[str, ...] = field(default=())

    @property
    def address_key(self) -> str:
        return identity.address_key(street=self.street, postcode=self.postcode, city=self.city)


Change = Callable[[Person, np.random.Generator], Person]


def second_record(of: Person, rng: np.random.Generator) -> Person:
    """The same person, written down once more by somebody else."""
    wanted = 1 + int(rng.choice(len(HOW_MANY), p=HOW_MANY))
    made = _with_other_email(of, rng)
    for name in rng.choice(list(CHANGES), 3 * wanted, p=SHARES).tolist():
        if len(made.differences) >= wanted:
            break
        if name not in made.differences and (changed := CHANGES[name](made, rng)) != made:
            made = replace(changed, differences=(*made.differences, name))
    return made


def look_alike(of: Person, rng: np.random.Generator, *, today: date) -> Person:
    """Somebody else at the same address: a child of the same name, or a twin."""
    age = (today - of.born_on).days / 365.25 if of.born_on else 0
    if age > YOUNGEST_PARENT and rng.random() < 0.5:
        born = today - timedelta(days=int((age - rng.uniform(20, age - 18)) * 365.25))
        return replace(of, born_on=born, email="", title="", differences=("child",))
    names_of_time = names.FIRST[2 * int(rng.integers(4)) + (of.salutation == "herr")]
    others = [name for name in names_of_time if name != of.first_name]
    return replace(of, first_name=str(rng.choice(others)), email="", title="", differences=("twin",))


def _with_other_email(of: Person, rng: np.random.Generator) -> Person:
    """An e-mail address belongs to one customer, so a second record has another one, or none."""
    local = of.email.partition("@")[0]
    domain = str(rng.choice([one for one in EMAIL_DOMAINS if not of.email.endswith(one)]))
    kind = rng.random()
    if kind < 0.35:
        return replace(of, email="")
    if kind < 0.6 and local:
        return replace(of, email=f"{local}@{domain}")
    word = "".join(rng.choice(list(LETTERS), 7).tolist())
    return replace(of, email=f"{word}{int(rng.integers(1, 9999))}@{domain}")


def _typed(word: str, rng: np.random.Generator) -> str:
    """With one slip of the fingers, not in the first letter."""
    if len(word) < 4:
        return word
    at, kind = int(rng.integers(1, len(word))), int(rng.integers(4))
    letter = word[at]
    if kind == 0 and at < len(word) - 1:
        return word[:at] + word[at + 1] + letter + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[: at + 1] + letter + word[at + 1 :]
    return word[:at] + str(rng.choice(list(NEIGHBOURS.get(letter.lower(), LETTERS)))) + word[at + 1 :]


def _transcribed(word: str, rng: np.random.Generator) -> str:
    if rng.random() < 0.7:
        return "".join(TRANSCRIBED.get(letter, letter) for letter in word)
    return word.translate(BARE)


def _last_name_typed(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, last_name=_typed(of.last_name, rng))


def _first_name_typed(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, first_name=_typed(of.first_name, rng))


def _umlauts(of: Person, rng: np.random.Generator) -> Person:
    first, last, street = (_transcribed(word, rng) for word in (of.first_name, of.last_name, of.street))
    return replace(of, first_name=first, last_name=last, street=street)


def _swapped(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, first_name=of.last_name, last_name=of.first_name)


def _nickname(of: Person, rng: np.random.Generator) -> Person:
    folded = identity.name_key(of.first_name, "")
    forms = sorted(
        form for form, full in first_names.FORMS.items() if full & first_names.stands_for(folded) and form != folded
    )
    return replace(of, first_name=str(rng.choice(forms)).title()) if forms else of


def _initial(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, first_name=f"{of.first_name[0]}.") if len(of.first_name) > 2 else of


def _moved(of: Person, rng: np.random.Generator) -> Person:
    number = 900 + int(rng.integers(100))
    return replace(of, street=f"{rng.choice(STREETS)} {number}{rng.choice(list('abcdef'))}")


def _moved_away(of: Person, rng: np.random.Generator) -> Person:
    """To another town; at least the birthday must still tell who it is."""
    if of.born_on is None:
        return of
    place = PLACES[int(rng.integers(len(PLACES)))]
    return _moved(replace(of, postcode=place.postcode, city=place.city), rng)


def _postcode_typed(of: Person, rng: np.random.Generator) -> Person:
    """Two of its last figures exchanged, or one misread."""
    code, at = of.postcode, int(rng.integers(2, 4))
    if rng.random() < 0.5:
        return replace(of, postcode=code[:at] + code[at + 1] + code[at] + code[at + 2 :])
    return replace(of, postcode=f"{code[:at]}{int(rng.integers(10))}{code[at + 1 :]}")


def _married(of: Person, rng: np.random.Generator) -> Person:
    """A new last name, or both with a hyphen; at least the birthday must still tell who it is."""
    if of.born_on is None:
        return of
    new = str(names.last_names(rng, 1)[0])
    return of if new == of.last_name else replace(of, last_name=f"{of.last_name}-{new}" if rng.random() < 0.4 else new)


def _no_title(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, title="" if of.title else "Dr.")


def _title_among_names(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, title="", first_name=f"{of.title or 'Dr.'} {of.first_name}")


def _birthday_missing(of: Person, rng: np.random.Generator) -> Person:
    return of if {"married", "moved away"} & set(of.differences) else replace(of, born_on=None)


def _birthday_typed(of: Person, rng: np.random.Generator) -> Person:
    """Day and month exchanged, or one figure misread; mostly one of the day or the year."""
    born = of.born_on
    if born is None:
        return of
    if born.day <= 12 and rng.random() < 0.4:
        return replace(of, born_on=born.replace(month=born.day, day=born.month))
    at = int(rng.choice([2, 3, 5, 6, 7], p=[0.15, 0.3, 0.15, 0.1, 0.3]))
    written = born.strftime("%Y%m%d")
    written = written[:at] + str(rng.integers(10)) + written[at + 1 :]
    try:
        read = date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return of
    return replace(of, born_on=read) if date(1900, 1, 1) < read < date(2010, 1, 1) else of


def _street_typed(of: Person, rng: np.random.Generator) -> Person:
    name, _, number = of.street.rpartition(" ")
    return replace(of, street=f"{_typed(name, rng)} {number}")


def _street_short(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, street=of.street.replace("straße", "str."))


def _house_number(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, street=f"{of.street}{rng.choice(list('abc'))}") if of.street[-1].isdigit() else of


def _salutation_missing(of: Person, rng: np.random.Generator) -> Person:
    return replace(of, salutation="")


# What differs, and how often among all differences.
WEIGHTED: dict[str, tuple[float, Change]] = {
    "last name typed": (12, _last_name_typed),
    "first name typed": (10, _first_name_typed),
    "umlauts transcribed": (10, _umlauts),
    "names swapped": (5, _swapped),
    "nickname": (8, _nickname),
    "initial": (3, _initial),
    "moved": (10, _moved),
    "moved away": (5, _moved_away),
    "postcode typed": (2, _postcode_typed),
    "married": (5, _married),
    "title": (5, _no_title),
    "title among names": (2, _title_among_names),
    "birthday missing": (9, _birthday_missing),
    "birthday typed": (5, _birthday_typed),
    "street typed": (8, _street_typed),
    "street short": (4, _street_short),
    "house number": (4, _house_number),
    "salutation missing": (5, _salutation_missing),
}
CHANGES = {name: change for name, (_, change) in WEIGHTED.items()}
SHARES = np.array([share for share, _ in WEIGHTED.values()]) / sum(share for share, _ in WEIGHTED.values())
