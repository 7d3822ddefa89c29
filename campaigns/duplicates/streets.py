"""A street line in its parts: the way, the house number, what stands behind the number; P.O. boxes are told apart.

Kinds of ways are written short, as people write them in the countries of our customers, so that `Rue de la Paix 3`,
`3, r. de la Paix` and `3 RUE DE LA PAIX` are one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from campaigns import identity

CACHED = 200_000  # streets repeat
BOX_WAY = "po box"  # no street is compared as this, since those have no blanks
BOX = re.compile(
    r"(?:.* )?(?:postfach|pf|post(?:fach)?schliessfach|postbus|p ?o ?box|po box|bp|boite postale|skr(?:ytka)? poczt\w*) ?(\d[\d ]*)"
)
# A flat, a staircase or a floor, before or behind.
FLAT = re.compile(
    r"(?:^|(?<= ))(?:flat|apt|apartment|unit|app|appt|appartement|suite|whg|wohnung|lok|top|stiege|m) ?\d\w*(?: |$)"
)
NUMBER_FIRST = re.compile(r"(\d+(?:-\d+)?(?: ?(?:[a-h]|bis|ter))?) ((?:\d+(?:st|nd|rd|th) )?\D{3,})")
# The last number behind a word, so that the 17th of June is a day; else the first.
NUMBER_BEHIND = (re.compile(r"(.*[^\W\d]{3}|[a-u]\d) (\d.*)"), re.compile(r"(.*?\D) ?(\d.*)"))
DIGITS = re.compile(r"\d+")
# The first is how each is compared; an empty one is left out, since it says nothing.
KINDS = """
str strasse str straat street st
pl platz place plaza plac plein
g gasse
w weg way
av avenue ave av
bd boulevard blvd bvd bd
rue rue r
rd road rd
ln lane ln
dr drive dr
ct court ct
sq square sq
ter terrace ter
cl close cl
all allee aleja aleje al
ch chemin ch
imp impasse imp
rte route rte
os osiedle os
"""
REPEATED = ("bis", "ter")  # a second and a third house of one number
LEFT_OUT = frozenset(["ul", "ulica", "the"])
SHORT = {word: line.split()[0] for line in KINDS.strip().splitlines() for word in line.split()}
ENDINGS = {"strasse": "str", "straat": "str", "platz": "pl", "gasse": "g", "allee": "all"}


@dataclass(frozen=True)
class Street:
    """`number` is only its first figures, `behind` is what follows them: a letter, a range, a staircase, a flat."""

    way: str
    number: str
    behind: str


@lru_cache(CACHED)
def parts(street: str) -> Street:
    """Street(way="lindenstr", number="5", behind="a") of `Lindenstraße 5 a`; the number may come first."""
    folded = identity.street_key(street)
    if box := BOX.fullmatch(folded):
        return Street(BOX_WAY, box.group(1).replace(" ", ""), "")
    flat = "".join(FLAT.findall(folded)).replace(" ", "")
    way, number = _apart(FLAT.sub("", folded).strip())
    first = DIGITS.match(number)
    figures = first.group() if first else ""
    return Street(_short(way), figures, _behind(number[len(figures) :]) + flat)


def _apart(written: str) -> tuple[str, str]:
    """The way, and what begins with the house number."""
    if found := NUMBER_FIRST.fullmatch(written):
        return found.group(2), found.group(1)
    for pattern in NUMBER_BEHIND:
        if found := pattern.fullmatch(written):
            return found.group(1), found.group(2)
    return written, ""


def _behind(rest: str) -> str:
    """Without words, as a back house or a floor has them; `12 a` and `12a` are one."""
    return "".join(word for word in rest.split() if len(word) < 3 or not word.isalpha() or word in REPEATED)


def _short(way: str) -> str:
    return bare("".join(_word(word) for word in way.split() if word not in LEFT_OUT))


def _word(word: str) -> str:
    if word in SHORT:
        return SHORT[word]
    for ending, short in ENDINGS.items():
        if word.endswith(ending):
            return word.removesuffix(ending) + short
    return word


def bare(folded: str) -> str:
    """ae, oe and ue as they are often typed: a, o, u."""
    for written in ("ae", "oe", "ue"):
        folded = folded.replace(written, written[0])
    return folded
