"""QR codes of many links at once, as rows of modules.

segno makes every code; where hundreds of links are alike, it makes as many as they differ in bits, and the rest follow.
For links of one length and one mask every module is a sum, modulo 2, of the link's bits: Reed-Solomon codes are linear,
bits are only put into places, and a mask is added (ISO/IEC 18004, 7.5 to 7.8). The mask is the best one for the first
of them; any mask may be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import segno

QUIET_ZONE = 4  # modules of white around a code, ISO/IEC 18004
LEVEL = "m"  # still reads with 15 % of it spoiled
ALIKE = 60  # links from which learning how bits become modules pays
Bits = np.ndarray  # of 0 and 1, uint8


@dataclass(frozen=True)
class Code:
    """A square of modules without its quiet zone: one byte each, row by row, 0 for black and 255 for white."""

    side: int
    pixels: bytes


def codes(links: Sequence[str]) -> list[Code]:
    """One code a link, in their order; the smallest that holds it. Raises ValueError for a link that none can hold."""
    distinct = dict.fromkeys(links)
    by_length: dict[int, list[str]] = {}
    for link in distinct:
        by_length.setdefault(len(link.encode()), []).append(link)
    made: dict[str, Code] = {}
    for alike in by_length.values():
        many = len(alike) >= ALIKE
        made |= zip(alike, _together(alike) if many else map(_single, alike), strict=True)
    return [made[link] for link in links]


@lru_cache(maxsize=64)
def _single(link: str) -> Code:
    return _code(_modules(link.encode()))


def _code(modules: Bits) -> Code:
    return Code(len(modules), ((1 - modules) * 255).astype(np.uint8).tobytes())


def _modules(link: bytes, version: int | None = None, mask: int | None = None) -> Bits:
    made = segno.make(link, error=LEVEL, mode="byte", version=version, mask=mask, micro=False, boost_error=False)
    return np.array(made.matrix, np.uint8)


def _together(links: Sequence[str]) -> list[Code]:
    """Links of one length in bytes."""
    first = links[0].encode()
    made = segno.make(first, error=LEVEL, mode="byte", micro=False, boost_error=False)
    bits = np.unpackbits(np.frombuffer("".join(links).encode(), np.uint8).reshape(len(links), -1), axis=1)
    differing = bits ^ bits[0]
    moving = np.flatnonzero(differing.any(axis=0))
    base = np.array(made.matrix, np.uint8)
    effects = np.array([_effect(len(first), made.version, int(bit)) for bit in moving], np.float32)
    # Sums of up to some hundred ones are exact in 32 bit floats, which multiply fastest.
    flips = (differing[:, moving].astype(np.float32) @ effects.reshape(len(moving), -1)).astype(np.uint16) & 1
    pixels = np.where(base.ravel() ^ flips, 0, 255).astype(np.uint8)
    return [Code(len(base), row.tobytes()) for row in pixels]


@lru_cache(maxsize=4096)
def _effect(length: int, version: int, bit: int) -> Bits:
    """Which modules change with this bit of a link of so many bytes; under every mask the same ones."""
    one = bytearray(length)
    one[bit // 8] = 0x80 >> bit % 8
    return (_modules(bytes(one), version, 0) ^ _nothing(length, version)).ravel()


@lru_cache(maxsize=64)
def _nothing(length: int, version: int) -> Bits:
    return _modules(bytes(length), version, 0)
