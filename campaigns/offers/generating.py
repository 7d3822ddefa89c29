"""Codes drawn by the operating system's strong generator, a million in seconds: as arrays, and by COPY."""

import os
from collections.abc import Iterator

import numpy as np
from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from campaigns.models import Offer
from campaigns.models.offers import OfferKind

from . import bad_words, codes
from .errors import OfferError

MOST = 5_000_000  # at once
AT_ONCE = 100_000  # rows that are written out together
TRIES = 3  # a code that exists already is as likely as an error of the machine
SYMBOLS = np.frombuffer(codes.ALPHABET.encode(), dtype=np.uint8)
# Bytes above would make the first symbols likelier.
BELOW = 256 - 256 % codes.PRIME


def generate(offer: Offer, count: int) -> int:
    """Add so many new codes to the offer's pool, all or none. Raises OfferError."""
    if offer.kind != OfferKind.UNIQUE:
        raise OfferError("a shared offer has one code for everybody, so it has no pool")
    if not 1 <= count <= MOST:
        raise OfferError(f"must be 1 to {MOST:,} codes at once, got {count:,}")
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                _copy(offer.pk, drawn(count))
            return count
        except (UniqueViolation, IntegrityError) as error:
            if attempt == TRIES:
                raise OfferError("codes that were drawn exist already; nothing was added") from error
    return 0


def drawn(count: int) -> np.ndarray:
    """(count, LENGTH) symbols as bytes of ASCII, in their order, all different, none of which spells anything.

    In order, because every later step then walks through the index of codes instead of jumping about in it. It helps
    nobody to guess: between two neighbours of a million lie a thousand million others.
    """
    found = np.empty(0, dtype=np.int64)
    while len(found) < count:
        found = np.unique(np.concatenate([found, *_some(count - len(found))]))
    return SYMBOLS[codes.places(found)]


def _some(count: int) -> Iterator[np.ndarray]:
    """Codes as numbers, at most `count` in all: those that spell something are left out."""
    for start in range(0, count, AT_ONCE):
        places = codes.checked(_random(min(AT_ONCE, count - start)))
        yield codes.numbers(places[~bad_words.spelt(places)])


def _random(count: int) -> np.ndarray:
    """(count, LENGTH - 1) places in the alphabet, each as likely."""
    wanted = count * (codes.LENGTH - 1)
    found = np.empty(0, dtype=np.uint8)
    while found.size < wanted:
        raw = np.frombuffer(os.urandom((wanted - found.size) * 65 // 64 + 64), dtype=np.uint8)
        found = np.concatenate([found, raw[raw < BELOW]])
    return (found[:wanted] % codes.PRIME).reshape(count, codes.LENGTH - 1)


def _copy(offer_id: int, symbols: np.ndarray) -> None:
    sql = "COPY campaigns_coupon (offer_id, code, key) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(sql) as target:
        for start in range(0, len(symbols), AT_ONCE):
            target.write(_lines(offer_id, symbols[start : start + AT_ONCE]))


def _lines(offer_id: int, symbols: np.ndarray) -> bytes:
    """Rows in the text format of COPY; all are as long, so they are one array of bytes."""
    count = len(symbols)
    groups = [symbols[:, start : start + codes.GROUP] for start in range(0, codes.LENGTH, codes.GROUP)]
    parts = [_same(f"{offer_id}\t", count), groups[0]]
    for group in groups[1:]:
        parts += [_same("-", count), group]
    return np.hstack([*parts, _same("\t", count), symbols, _same("\n", count)]).tobytes()


def _same(text: str, count: int) -> np.ndarray:
    return np.tile(np.frombuffer(text.encode(), dtype=np.uint8), (count, 1))
