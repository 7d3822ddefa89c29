"""What a code looks like: letters and digits that are not taken for others, and a check symbol at the end.

No 0 O Q 1 I L, of 2 Z, 5 S, 8 B and 6 G one each, and no vowels, so that codes do not spell words. The alphabet has 23
symbols, a prime, so a weighted sum modulo 23 finds every single wrong symbol and every two symbols that were swapped,
neighbours or not: the check of ISBN-10 (ISO 2108, modulo 11 there). Eleven drawn symbols are 49 bits: of a million codes
that were given, one guess in a thousand million hits one.
"""

import re

import numpy as np

ALPHABET = "23456789CDFHJKMNPRTVWXY"
PRIME = len(ALPHABET)
LENGTH = 12  # with the check symbol
GROUP = 4
# What is read instead of a symbol of the alphabet, where only one can be meant.
READ_AS = str.maketrans("OQ0ZSBG", "DDD2586")
# The last symbol counts once, so it can always be chosen; all weights differ and none is 0.
WEIGHTS = np.arange(LENGTH, 0, -1, dtype=np.int32)
POWERS = PRIME ** np.arange(LENGTH - 1, -1, -1, dtype=np.int64)
NOT_COMPARED = re.compile(r"[^A-Z0-9]")


def key(written: str) -> str:
    """A code as codes are compared: in capitals, without anything but letters and digits."""
    return NOT_COMPARED.sub("", written.upper())


def shown(plain: str) -> str:
    """In groups, to be read out: XXXX-XXXX-XXXX."""
    return "-".join(plain[start : start + GROUP] for start in range(0, len(plain), GROUP))


def checked(drawn: np.ndarray) -> np.ndarray:
    """(n, LENGTH - 1) places in the alphabet -> (n, LENGTH), with the check symbol."""
    check = -(drawn.astype(np.int32) @ WEIGHTS[:-1]) % PRIME
    return np.column_stack([drawn, check.astype(np.uint8)])


def numbers(places: np.ndarray) -> np.ndarray:
    """(n, LENGTH) -> (n,): codes as numbers, in the same order as their texts."""
    return places.astype(np.int64) @ POWERS


def places(numbers: np.ndarray) -> np.ndarray:
    """(n,) -> (n, LENGTH), what `numbers` was made of."""
    return np.column_stack([numbers // power % PRIME for power in POWERS]).astype(np.uint8)


def is_well_formed(plain: str) -> bool:
    """Whether it could be one of ours: the symbols, the length, and the check symbol."""
    if len(plain) != LENGTH or any(symbol not in ALPHABET for symbol in plain):
        return False
    places = np.array([ALPHABET.index(symbol) for symbol in plain])
    return int(places @ WEIGHTS) % PRIME == 0


def meant(plain: str) -> str | None:
    """The code that somebody meant who took one symbol for another that looks like it; None: there is none."""
    read = plain.translate(READ_AS)
    return read if is_well_formed(read) else None


def is_mistyped(plain: str) -> bool:
    """It looks like a code of ours, as long and with no more than letters and digits, and cannot be one."""
    return len(plain) == LENGTH and plain.isascii() and not is_well_formed(plain)
