"""What speaks for and against two records being one person: one column of numbers from 0 to 1 for each.

Pure: rows in, a matrix out. Words are compared by the Jaro-Winkler similarity (Winkler 1990), in C by rapidfuzz.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from . import people
from .people import COLUMNS

Columns = dict[str, list]
ALIKE = 0.88  # Jaro-Winkler, of words with a slip
UNLIKE = 0.75
A_TOWN = 1000  # people, among whom the customers are thought to be: in a small file every name would seem to be common
A_DOOR = 0.7  # five live at one; as a power of ten
A_DATE = 3.0  # of ten thousand people hardly more than ten are born on a day that is nearly this one; as a power of ten
FEATURES = (
    "last_equal",
    "last_sounds",
    "last_alike",
    "last_part",
    "last_differs",
    "first_equal",
    "first_pet_form",
    "first_initial",
    "first_alike",
    "first_differs",
    "swapped",
    "first_both_known",
    "last_both_known",
    "by_chance",
    "born_equal",
    "born_near",
    "born_differs",
    "door_equal",
    "street_alike",
    "street_differs",
    "number_differs",
    "postcode_near",
    "postcode_differs",
    "city_differs",
    "email_equal",
    "email_differs",
    "phone_near",
    "sex_differs",
    "generations",
    "twins",
    "married",
    "no_birthday_elsewhere",
)


@dataclass(frozen=True)
class Commonness:
    """How often each name, birthday and town occurs, as Person has it; 1 for what is not in here."""

    customers: int
    first: dict[str, int]
    last: dict[str, int]
    born: dict[str, int]
    city: dict[str, int]

    def shares(self, name: str, values: Sequence[str]) -> np.ndarray:
        """Of all customers, those who have each value; as powers of ten."""
        counts: dict[str, int] = getattr(self, name)
        return np.log10([counts.get(value, 1) for value in values]) - np.log10(self.customers + A_TOWN)


def compared(rows: Sequence[tuple], common: Commonness) -> np.ndarray:
    """(pairs, FEATURES) float32, from rows of candidates.pairs."""
    width = len(COLUMNS)
    columns = list(zip(*rows, strict=True))
    a = dict(zip(COLUMNS, map(list, columns[:width]), strict=True))
    b = dict(zip(COLUMNS, map(list, columns[width:]), strict=True))
    found = _names(a, b) | _birthdays(a, b) | _addresses(a, b) | _contacts(a, b)
    found |= _together(a, b, found) | _common(a, b, found, common)
    return np.column_stack([found[name] for name in FEATURES]).astype(np.float32)


def _names(a: Columns, b: Columns) -> dict[str, np.ndarray]:
    last, first = _alike(a["last"], b["last"]), _alike(a["first"], b["first"])
    is_swapped = _swapped(a, b)
    last_equal, first_equal = _same(a["last"], b["last"]), _same(a["first"], b["first"])
    sounds = (
        _each(lambda x, y: people.sound(x) == people.sound(y), a["last"], b["last"]) & ~last_equal & (last > UNLIKE)
    )
    part = _each(_is_part, a["last"], b["last"]) & ~last_equal
    pet = _each(lambda x, y: bool(people.full_names(x) & people.full_names(y)), a["first"], b["first"]) & ~first_equal
    initial = _each(_is_initial, a["first"], b["first"]) & ~first_equal & ~pet
    last_known = last_equal | sounds | part | is_swapped
    first_known = first_equal | pet | initial | is_swapped
    return {
        "last_equal": last_equal,
        "last_sounds": sounds,
        "last_alike": ~last_known & (last > ALIKE),
        "last_part": part & ~sounds,
        "last_differs": ~last_known & (last <= ALIKE),
        "first_equal": first_equal,
        "first_pet_form": pet,
        "first_initial": initial,
        "first_alike": ~first_known & (first > ALIKE),
        "first_differs": ~first_known & (first <= ALIKE),
        "swapped": is_swapped,
    }


def _birthdays(a: Columns, b: Columns) -> dict[str, np.ndarray]:
    known = _both(a["born"], b["born"])
    equal = known & _same(a["born"], b["born"])
    near = known & ~equal & _each(_is_near, a["born"], b["born"])
    return {"born_equal": equal, "born_near": near, "born_differs": known & ~equal & ~near}


def _addresses(a: Columns, b: Columns) -> dict[str, np.ndarray]:
    known = _both(a["street"], b["street"])
    town = known & (_same(a["postcode"], b["postcode"]) | _same(a["city"], b["city"]))
    street = _alike(a["street"], b["street"])
    number = _same(a["number"], b["number"])
    door = known & _both(a["household"], b["household"]) & _same(a["household"], b["household"])
    is_street = town & (street > ALIKE)
    other_postcode = known & ~_same(a["postcode"], b["postcode"])
    near = other_postcode & (process.cpdist(a["postcode"], b["postcode"], scorer=OSA.distance, score_cutoff=1) <= 1)
    return {
        "door_equal": door,
        "street_alike": is_street & ~door & number,
        "street_differs": known & ~door & ~is_street,
        "number_differs": is_street & ~door & ~number,
        "postcode_near": near,
        "postcode_differs": other_postcode & ~near,
        "city_differs": known & ~_same(a["city"], b["city"]),
    }


def _contacts(a: Columns, b: Columns) -> dict[str, np.ndarray]:
    known, equal = _both(a["email"], b["email"]), _same(a["email"], b["email"])
    distance = process.cpdist(a["phone"], b["phone"], scorer=Levenshtein.distance, score_cutoff=2)
    return {
        "email_equal": known & equal,
        "email_differs": known & ~equal,
        "phone_near": _both(a["phone"], b["phone"]) & (distance <= 1),
        "sex_differs": _both(a["sex"], b["sex"]) & ~_same(a["sex"], b["sex"]),
    }


def _together(a: Columns, b: Columns, f: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What only the whole picture says: parents and children, twins, new names, namesakes."""
    one_name = (f["last_equal"] | f["last_sounds"]) & (f["first_equal"] | f["first_pet_form"])
    other_first = f["first_differs"] & (f["last_equal"] | f["last_sounds"])
    no_birthday = ~(f["born_equal"] | f["born_near"] | f["born_differs"])
    elsewhere = f["street_differs"] | f["number_differs"] | ~_both(a["street"], b["street"])
    return {
        "generations": one_name & f["born_differs"],
        "twins": other_first & f["born_equal"],
        "married": f["born_equal"] & f["last_differs"] & (f["first_equal"] | f["first_pet_form"]),
        "no_birthday_elsewhere": no_birthday & elsewhere,
    }


def _common(a: Columns, b: Columns, f: dict[str, np.ndarray], common: Commonness) -> dict[str, np.ndarray]:
    """What the frequency of names, birthdays and towns in this file says."""
    both = {name: (common.shares(name, a[name]), common.shares(name, b[name])) for name in ("first", "last", "born")}
    is_known = {name: 1 - np.minimum(*both[name]) / _rarest(common) for name in ("first", "last")}
    return {
        "first_both_known": f["first_alike"] * is_known["first"],
        "last_both_known": (f["last_alike"] | f["last_sounds"]) * is_known["last"],
        "by_chance": _by_chance(a, b, f, common, {name: np.maximum(*shares) for name, shares in both.items()}),
    }


def _by_chance(
    a: Columns, b: Columns, f: dict[str, np.ndarray], common: Commonness, shares: dict[str, np.ndarray]
) -> np.ndarray:
    """How many others agree with a record in as much as this pair does, if names, birthdays and places were independent.

    As a power of ten, a fifth of it. It grows with the number of customers, as namesakes do, but not at one door.
    """
    expected = -_rarest(common)
    expected = expected + shares["last"] * (f["last_equal"] | f["last_sounds"] | f["swapped"])
    expected += shares["first"] * (f["first_equal"] | f["first_pet_form"] | f["swapped"])
    expected += shares["born"] * f["born_equal"] - A_DATE * f["born_near"]
    town = common.shares("city", a["city"]) * (_both(a["city"], b["city"]) & _same(a["city"], b["city"]))
    is_door = f["door_equal"] | f["street_alike"]
    return (expected + np.where(is_door, _rarest(common) + A_DOOR, town)) / 5


def _rarest(common: Commonness) -> float:
    """The share of what occurs once, as a power of ten."""
    return -float(np.log10(common.customers + A_TOWN))


def _swapped(a: Columns, b: Columns) -> np.ndarray:
    """First and last name in each other's place."""
    crossed = np.minimum(_alike(a["first"], b["last"]), _alike(a["last"], b["first"]))
    straight = np.minimum(_alike(a["first"], b["first"]), _alike(a["last"], b["last"]))
    return _both(a["first"], b["first"]) & (crossed > ALIKE) & (crossed > straight)


def _is_part(x: str, y: str) -> bool:
    """A double name and one of its halves."""
    one, other = set(x.replace("-", " ").split()), set(y.replace("-", " ").split())
    return len(one) != len(other) and bool(one and other) and (one <= other or other <= one)


def _is_initial(x: str, y: str) -> bool:
    shorter, longer = sorted((x.rstrip("."), y.rstrip(".")), key=len)
    return len(shorter) == 1 and longer.startswith(shorter)


def _is_near(x: str, y: str) -> bool:
    """One figure differs, two neighbours are exchanged, or day and month are."""
    if not (x and y):
        return False
    different = [n for n in range(8) if x[n] != y[n]]
    if len(different) == 1:
        return True
    if x[:4] == y[:4] and x[4:6] == y[6:] and x[6:] == y[4:6]:
        return True
    return len(different) == 2 and x[different[0]] == y[different[1]] and x[different[1]] == y[different[0]]


def _alike(x: list[str], y: list[str]) -> np.ndarray:
    return process.cpdist(x, y, scorer=JaroWinkler.normalized_similarity, dtype=np.float32)


def _same(x: list, y: list) -> np.ndarray:
    return np.array([one == other for one, other in zip(x, y, strict=True)], dtype=bool)


def _both(x: list, y: list) -> np.ndarray:
    return np.array([bool(one and other) for one, other in zip(x, y, strict=True)], dtype=bool)


def _each(check, x: list[str], y: list[str]) -> np.ndarray:
    return np.array([check(one, other) for one, other in zip(x, y, strict=True)], dtype=bool)
