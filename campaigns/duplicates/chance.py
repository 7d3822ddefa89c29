"""How many others would agree with a record in as much as the other record of a pair does, were they not one person.

The evidence of names, birthdays, places and e-mail addresses is how rare they are among these very customers, as in the
model of Fellegi and Sunter (1969) with frequencies of terms (Winkler 2000). Two kinds of others may agree: strangers, who
are called so and live there by chance, of whom there are the more the more customers there are; and those who live
together, who share the last name and the door, but hardly ever the first name or the birthday.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

A_TOWN = 1000  # people, among whom the customers are thought to be: in a small file every name would seem to be common
AT_A_DOOR = 5.0  # people, unless more are known
IN_A_STREET = 30.0
SLIPS = 100.0  # a name is mistyped in about as many ways
SPELLINGS = 5.0  # a sound is written in about as many ways
PET_FORMS = 10.0  # a name has about as many
INITIAL = 0.08  # of first names begin with one letter
PHONES_NEAR = 30.0  # numbers are as near to one as a slip; whole series of them are given out
DAYS_NEAR = 3e-3  # of people are born on a day that is nearly this one
MOST = 3.0  # two names that are alike and are both common speak against one person, but not without end
EXPECTED_AT_HOME = 1.5  # others
# Of those at one door, how many agree.
AT_HOME = {
    "last": 0.85,
    "last_differs": 0.15,
    "first": 0.003,
    "first_initial": 0.1,
    "swapped": 0.001,
    "born": 0.01,
    "email": 0.05,
    "phone": 0.1,
}


@dataclass(frozen=True)
class Commonness:
    """How often each name, birthday and place occurs, as Person has it; 1 for what is not in here.

    `household` and `email` hold only what more than a family shares.
    """

    customers: int
    first: dict[str, int]
    last: dict[str, int]
    born: dict[str, int]
    city: dict[str, int]
    postcode: dict[str, int] = field(default_factory=dict)
    email: dict[str, int] = field(default_factory=dict)
    household: dict[int, int] = field(default_factory=dict)

    def shares(self, name: str, values: Sequence) -> np.ndarray:
        """Of all customers, those who have each value."""
        counts: dict = getattr(self, name)
        return np.array([counts.get(value, 1) for value in values], dtype=np.float64) / (self.customers + A_TOWN)


Columns = dict[str, list]
Found = dict[str, np.ndarray]


def by_chance(a: Columns, b: Columns, f: Found, common: Commonness) -> np.ndarray:
    """As powers of ten; the names of `b` stand in the places of those of `a`."""
    people = common.customers + A_TOWN
    usual, rarer = _both(a, b, "first", common)
    last, first = _last_name(a, b, f, common), _first_name(f, usual, rarer)
    strangers = people * last * first * _birthday(a, f, common) * _place(a, f, common)
    strangers = strangers * np.where(f["email_equal"], common.shares("email", a["email"]), 1)
    strangers = strangers * np.where(f["phone_near"], PHONES_NEAR / people, 1)
    is_home = f["door_equal"] | f["street_alike"] | f["number_part"]
    return np.log10(strangers + np.where(is_home, _at_home(f, first, rarer), 0))


def _last_name(a: Columns, b: Columns, f: Found, common: Commonness) -> np.ndarray:
    usual, rarer = _both(a, b, "last", common)
    levels = [f["last_equal"] | f["last_part"], f["last_sounds"], f["last_alike"]]
    return np.select(levels, [usual, np.minimum(rarer * SPELLINGS, 1.0), np.minimum(rarer * SLIPS, MOST)], 1.0)


def _first_name(f: Found, usual: np.ndarray, rarer: np.ndarray) -> np.ndarray:
    levels = [f["first_equal"] | f["first_pet_form"], f["first_initial"], f["first_alike"]]
    return np.select(levels, [usual, INITIAL, np.minimum(rarer * SLIPS, MOST)], 1.0)


def _both(a: Columns, b: Columns, name: str, common: Commonness) -> tuple[np.ndarray, np.ndarray]:
    """The share of the commoner of two names, and that of the rarer."""
    both = common.shares(name, a[name]), common.shares(name, b[name])
    return np.maximum(*both), np.minimum(*both)


def _birthday(a: Columns, f: Found, common: Commonness) -> np.ndarray:
    return np.select([f["born_equal"], f["born_near"]], [common.shares("born", a["born"]), DAYS_NEAR], 1.0)


def at_door(a: Columns, common: Commonness) -> np.ndarray:
    """How many live there, if they are more than a family; else 0."""
    return np.array([common.household.get(one, 0) for one in a["household"]])


def _place(a: Columns, f: Found, common: Commonness) -> np.ndarray:
    people = common.customers + A_TOWN
    known = at_door(a, common) / people
    levels = [
        f["door_equal"],
        f["street_alike"] | f["number_part"],
        f["number_differs"],
        f["postcode_equal"],
        f["city_equal"],
    ]
    shares = [
        np.maximum(known, AT_A_DOOR / people),
        np.full(len(known), AT_A_DOOR / people),
        np.full(len(known), IN_A_STREET / people),
        common.shares("postcode", a["postcode"]),
        common.shares("city", a["city"]),
    ]
    return np.minimum(np.select(levels, shares, 1.0), 1.0)


def _at_home(f: Found, first_name: np.ndarray, rarer: np.ndarray) -> np.ndarray:
    """Brothers may be Timo and Tino, and sisters Anna and Hanna, as strangers may."""
    last = np.where(f["last_differs"], AT_HOME["last_differs"], AT_HOME["last"])
    pet_form = np.clip(rarer * PET_FORMS, AT_HOME["first"], 1.0)
    levels = [f["swapped"], f["first_equal"], f["first_pet_form"], f["first_alike"], f["first_initial"]]
    shares = [AT_HOME["swapped"], AT_HOME["first"], pet_form, first_name, AT_HOME["first_initial"]]
    born = np.where(f["born_equal"] | f["born_near"], AT_HOME["born"], 1.0)
    contacts = np.where(f["email_equal"], AT_HOME["email"], 1.0) * np.where(f["phone_near"], AT_HOME["phone"], 1.0)
    return EXPECTED_AT_HOME * last * np.select(levels, shares, 1.0) * born * contacts
