"""What no code may spell in German or English, as people read digits and letters for others.

Without vowels little is left to spell. Also left out is what German number plates leave out.
"""

from functools import cache

import numpy as np

from .codes import ALPHABET

READ_FOR = {"A": "4", "B": "8", "E": "3", "G": "69", "S": "5", "T": "T7", "U": "V", "Z": "2"}
WORDS = (
    *("88", "HJ", "KKK", "KZ", "NAZ", "NPD", "NS", "SA", "SS"),
    *("ARSCH", "DEPP", "DRCK", "DRECK", "DUMM", "FCK", "FKK", "HASS", "HURE", "JUDE", "KACK", "MRD", "NUTTE", "PENNER"),
    *("PUFF", "SEX", "TUNT", "XXX"),
    *(
        "BTCH",
        "BUTT",
        "CNT",
        "CRAP",
        "CUNT",
        "DAMN",
        "DCK",
        "DEAD",
        "DUMB",
        "FART",
        "FUCK",
        "GUN",
        "HATE",
        "JEW",
        "NEGER",
    ),
    *("NGR", "PRN", "RAPE", "SHT", "SUCK", "TURD", "WANK", "WTF"),
)


BEGINNING = 3  # symbols by which almost all codes are seen to be harmless


def spelt(places: np.ndarray) -> np.ndarray:
    """(n, length) places in the alphabet -> (n,) which codes spell something."""
    suspect = np.flatnonzero(_may_spell(places))
    found = np.zeros(len(places), dtype=bool)
    for word in _spellable():
        for start in range(places.shape[1] - len(word) + 1):
            found[suspect] |= np.all(
                [letter[places[suspect, start + step]] for step, letter in enumerate(word)], axis=0
            )
    return found


def _may_spell(places: np.ndarray) -> np.ndarray:
    """(n,) whether some word could begin somewhere. Short words may end where no three symbols are left."""
    size, length = len(ALPHABET), places.shape[1]
    beginnings = _beginnings()
    padded = np.column_stack([places, np.zeros(len(places), dtype=places.dtype)]).astype(np.int32)
    triples = [padded[:, n] * size**2 + padded[:, n + 1] * size + padded[:, n + 2] for n in range(length - 1)]
    return np.any([beginnings[triple] for triple in triples], axis=0)


@cache
def _beginnings() -> np.ndarray:
    """Which three symbols, as one number, can begin a word; after a word of two anything may follow."""
    found = np.zeros((len(ALPHABET),) * BEGINNING, dtype=bool)
    for word in _spellable():
        first, second = word[:2]
        third = word[2] if len(word) > 2 else np.ones(len(ALPHABET), dtype=bool)
        found |= first[:, None, None] & second[None, :, None] & third[None, None, :]
    return found.ravel()


@cache
def _spellable() -> list[np.ndarray]:
    """Of each word that can be written in the alphabet, (letters, symbols): which symbols are read for which letter."""
    words = [[np.isin(list(ALPHABET), list(READ_FOR.get(letter, letter))) for letter in word] for word in WORDS]
    return [np.array(word) for word in words if all(letter.any() for letter in word)]
