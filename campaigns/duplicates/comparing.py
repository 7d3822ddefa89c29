"""What speaks for and against two records being one person: one column of numbers for each.

Pure: rows in, a matrix out. Words are compared by the Jaro-Winkler similarity (Winkler 1990), in C by rapidfuzz.
"""

from collections.abc import Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from . import chance, people, streets
from .chance import Columns, Commonness, Found
from .people import COLUMNS

ALIKE = 0.88  # Jaro-Winkler, of words with a slip
UNLIKE = 0.75
SHORTEST = 4  # letters, of words in which one slip can be told from another word
A_BLOCK = 12  # at a door where more live, neighbours are called alike
YEAR, MONTH, DAY = slice(0, 4), slice(4, 6), slice(6, 8)
YEARS_NEAR = 11  # parents are older
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
    "by_chance",
    "born_equal",
    "born_near",
    "born_differs",
    "door_equal",
    "street_alike",
    "number_part",
    "street_differs",
    "number_differs",
    "postcode_equal",
    "postcode_near",
    "postcode_differs",
    "city_equal",
    "city_differs",
    "email_equal",
    "email_differs",
    "phone_near",
    "sex_differs",
    "generation_differs",
    "generations",
    "twins",
    "married",
    "nothing_but_first",
    "many_at_door",
)


def compared(rows: Sequence[tuple], common: Commonness) -> np.ndarray:
    """(pairs, FEATURES) float32, from rows of candidates.pairs; 0 or 1, but for `by_chance`, a power of ten."""
    width = len(COLUMNS)
    columns = list(zip(*rows, strict=True))
    a = dict(zip(COLUMNS, map(list, columns[:width]), strict=True))
    b = dict(zip(COLUMNS, map(list, columns[width:]), strict=True))
    found, b = _names(a, b)
    found |= _birthdays(a, b) | _addresses(a, b) | _contacts(a, b)
    found |= _together(a, b, found)
    unproved = ~(found["born_equal"] | found["born_near"] | found["email_equal"] | found["phone_near"])
    found["many_at_door"] = found["door_equal"] & unproved & (chance.at_door(a, common) > A_BLOCK)
    found["by_chance"] = chance.by_chance(a, b, found, common)
    return np.column_stack([found[name] for name in FEATURES]).astype(np.float32)


def _names(a: Columns, b: Columns) -> tuple[Found, Columns]:
    """Names as they stand, or exchanged where only that makes sense; then `b` comes back with its names exchanged."""
    found = _last_names(a, b) | _first_names(a, b)
    unlike = np.flatnonzero(found["last_differs"] & found["first_differs"] & _both(b["first"], b["last"]))
    found["swapped"] = np.zeros(len(a["id"]), dtype=bool)
    if not len(unlike):
        return found, b
    one = {name: [a[name][n] for n in unlike] for name in ("first", "last")}
    other = {"first": [b["last"][n] for n in unlike], "last": [b["first"][n] for n in unlike]}
    crossed = _last_names(one, other) | _first_names(one, other)
    is_one = ~crossed["last_differs"] & ~crossed["first_differs"] & (crossed["last_equal"] | crossed["first_equal"])
    swapped = unlike[is_one]
    for name, values in crossed.items():
        found[name][swapped] = values[is_one]
    found["swapped"][swapped] = True
    b = b | {"first": list(b["first"]), "last": list(b["last"])}
    for n in swapped:
        b["first"][n], b["last"][n] = b["last"][n], b["first"][n]
    return found, b


def _last_names(a: Columns, b: Columns) -> Found:
    x, y = a["last"], b["last"]
    alike, equal = _alike(x, y), _same(x, y)
    sounds = _each(lambda x, y: people.sound(x) == people.sound(y), x, y) & ~equal & (alike > UNLIKE)
    part = _each(lambda x, y: _is_part(x, y) or _is_initial(x, y), x, y) & ~equal & ~sounds
    is_slip = _is_slip(x, y, alike) & ~equal & ~sounds & ~part
    return {
        "last_equal": equal,
        "last_sounds": sounds,
        "last_alike": is_slip,
        "last_part": part,
        "last_differs": ~(equal | sounds | part | is_slip),
    }


def _first_names(a: Columns, b: Columns) -> Found:
    x, y = a["first"], b["first"]
    alike, equal = _alike(x, y), _same(x, y)
    pet = _each(lambda x, y: bool(people.full_names(x) & people.full_names(y)) or _is_part(x, y), x, y) & ~equal
    initial = _each(_is_initial, x, y) & ~equal & ~pet
    is_slip = (_is_slip(x, y, alike) | _each(_have_slip, x, y)) & ~equal & ~pet & ~initial
    unknown = ~_both(x, y)
    return {
        "first_equal": equal & ~unknown,
        "first_pet_form": pet,
        "first_initial": initial,
        "first_alike": is_slip,
        "first_differs": ~(equal | pet | initial | is_slip | unknown),
    }


def _birthdays(a: Columns, b: Columns) -> Found:
    known = _both(a["born"], b["born"])
    equal = known & _same(a["born"], b["born"])
    near = known & ~equal & _each(_is_near, a["born"], b["born"])
    return {"born_equal": equal, "born_near": near, "born_differs": known & ~equal & ~near}


def _addresses(a: Columns, b: Columns) -> Found:
    is_box = [np.array([way == streets.BOX_WAY for way in of["street"]], dtype=bool) for of in (a, b)]
    placed = _both(a["street"], b["street"])
    known = placed & (is_box[0] == is_box[1])  # who has a P.O. box lives somewhere as well
    same_postcode, same_city = _same(a["postcode"], b["postcode"]), _same(a["city"], b["city"])
    number, behind = _same(a["number"], b["number"]), _same(a["behind"], b["behind"])
    one_silent = np.array([not x or not y for x, y in zip(a["behind"], b["behind"], strict=True)], dtype=bool)
    door = known & _both(a["household"], b["household"]) & _same(a["household"], b["household"])
    near = placed & ~same_postcode & _is_one_off(a["postcode"], b["postcode"])
    street = _is_slip(a["street"], b["street"], _alike(a["street"], b["street"]))
    is_street = known & (same_postcode | same_city | near) & (street | _same(a["street"], b["street"])) & ~door
    return {
        "door_equal": door,
        "street_alike": is_street & number & behind,
        "number_part": is_street & number & ~behind & one_silent,
        "number_differs": is_street & ~(number & (behind | one_silent)),
        "street_differs": known & ~door & ~is_street,
        "postcode_equal": placed & same_postcode,
        "postcode_near": near,
        "postcode_differs": placed & ~same_postcode & ~near,
        "city_equal": placed & same_city & _both(a["city"], b["city"]),
        "city_differs": placed & ~same_city,
    }


def _contacts(a: Columns, b: Columns) -> Found:
    known, equal = _both(a["email"], b["email"]), _same(a["email"], b["email"])
    distance = process.cpdist(a["phone"], b["phone"], scorer=Levenshtein.distance, score_cutoff=2)
    return {
        "email_equal": known & equal,
        "email_differs": known & ~equal,
        "phone_near": _both(a["phone"], b["phone"]) & (distance <= 1),
        "sex_differs": _both(a["sex"], b["sex"]) & ~_same(a["sex"], b["sex"]),
    }


def _together(a: Columns, b: Columns, f: Found) -> Found:
    """What only the whole picture says: parents and children, twins, new names, namesakes."""
    one_name = (f["last_equal"] | f["last_sounds"]) & (f["first_equal"] | f["first_pet_form"])
    other_first = f["first_differs"] & (f["last_equal"] | f["last_sounds"])
    return {
        "generations": one_name & f["born_differs"],
        "generation_differs": ~_same(a["generation"], b["generation"]) & ~f["born_equal"],
        "twins": other_first & f["born_equal"],
        "married": f["born_equal"] & f["last_differs"] & (f["first_equal"] | f["first_pet_form"]),
        "nothing_but_first": f["last_differs"] & ~f["born_equal"] & ~f["email_equal"],
    }


def _is_part(x: str, y: str) -> bool:
    """A double name and one of its halves."""
    one, other = set(people.apart(x)), set(people.apart(y))
    return len(one) != len(other) and bool(one and other) and (one <= other or other <= one)


def _is_initial(x: str, y: str) -> bool:
    """Of the first words; what else one is called may stand behind."""
    shorter, longer = sorted((people.first_word(x).rstrip("."), people.first_word(y).rstrip(".")), key=len)
    return len(shorter) == 1 and longer.startswith(shorter)


def _have_slip(x: str, y: str) -> bool:
    """Of several words, one of each."""
    if " " not in x + y and "-" not in x + y:
        return False
    one, other = ([word for word in people.apart(name) if len(word) >= SHORTEST] for name in (x, y))
    return any(OSA.distance(word, another, score_cutoff=1) <= 1 for word in one for another in other)


def _is_near(x: str, y: str) -> bool:
    """One figure differs, or the day, the month or some years do; two figures or day and month are exchanged."""
    if not (x and y):
        return False
    different = [n for n in range(8) if x[n] != y[n]]
    parts = [x[part] != y[part] for part in (YEAR, MONTH, DAY)]
    if len(different) == 1 or parts in ([False, True, False], [False, False, True]):
        return True
    if parts == [True, False, False] and abs(int(x[YEAR]) - int(y[YEAR])) <= YEARS_NEAR:
        return True
    if x[YEAR] == y[YEAR] and x[MONTH] == y[DAY] and x[DAY] == y[MONTH]:
        return True
    return len(different) == 2 and x[different[0]] == y[different[1]] and x[different[1]] == y[different[0]]


def _is_slip(x: list[str], y: list[str], alike: np.ndarray) -> np.ndarray:
    """Two words that are much alike, or differ by one letter, or by two neighbours exchanged."""
    long = np.array([min(len(one), len(other)) >= SHORTEST for one, other in zip(x, y, strict=True)], dtype=bool)
    return (alike > ALIKE) | (_is_one_off(x, y) & long)


def _is_one_off(x: list[str], y: list[str]) -> np.ndarray:
    return process.cpdist(x, y, scorer=OSA.distance, score_cutoff=1) <= 1


def _alike(x: list[str], y: list[str]) -> np.ndarray:
    return process.cpdist(x, y, scorer=JaroWinkler.normalized_similarity, dtype=np.float32)


def _same(x: list, y: list) -> np.ndarray:
    return np.array([one == other for one, other in zip(x, y, strict=True)], dtype=bool)


def _both(x: list, y: list) -> np.ndarray:
    return np.array([bool(one and other) for one, other in zip(x, y, strict=True)], dtype=bool)


def _each(check, x: list[str], y: list[str]) -> np.ndarray:
    return np.array([check(one, other) for one, other in zip(x, y, strict=True)], dtype=bool)
