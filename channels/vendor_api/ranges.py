"""Byte ranges and conditions of a download (RFC 9110, sections 13 and 14); pure."""

import re
from dataclasses import dataclass

RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE | re.ASCII)
DIGITS = 40  # some clients say 2**64 - 1 for the end; longer numbers only cost time to read


class UnsatisfiableError(Exception):
    """The range begins behind the end: 416."""


@dataclass(frozen=True)
class Span:
    """Bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def requested(header: str, size: int) -> Span | None:
    """The span that a Range header asks for; None means the whole file.

    What is not one well-formed range of bytes is ignored, as the standard allows, several ranges as well.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or max(map(len, match.groups())) > DIGITS:
        return None
    first, last = match.groups()
    if first == last == "":
        return None
    if first == "":
        return _suffix(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableError
    return Span(int(first), min(int(last), size - 1) if last else size - 1)


def _suffix(length: int, size: int) -> Span:
    if length == 0 or size == 0:
        raise UnsatisfiableError
    return Span(max(0, size - length), size - 1)


def is_wanted(if_match: str, etag: str) -> bool:
    """Whether this is one of the versions that the client asks for; strong comparison, as for every If-Match."""
    tags = [tag.strip() for tag in if_match.split(",")]
    return not if_match or "*" in tags or etag in tags


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Whether the client has this already. Weak comparison, as for every If-None-Match."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def may_resume(if_range: str, etag: str) -> bool:
    """Whether a range of this version may be sent: the condition is absent, or names it strongly."""
    return not if_range or if_range.strip() == etag
