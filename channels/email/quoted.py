"""Text as the lines of a mail: quoted-printable (RFC 2045) that can be cut into pieces and put together again.

A piece with an escape or a soft line break at every edge may stand between any others: no line grows past 76 letters,
none begins with a dot, and none ends with a blank. So a content is encoded once, and only what is personal for each.
"""

import base64
import re
from functools import lru_cache

LONGEST = 75  # of a line, and one letter for "=", which joins it to the next
UNSAFE = re.compile(rb"[^\t\x20-\x3c\x3e-\x7e]")
SOFT = b"=\r\n"
WORD_BYTES = 45  # of one encoded word, which may have 75 letters (RFC 2047)


@lru_cache(maxsize=1024)  # the same phrases for everybody
def encode(text: str) -> bytes:
    """Any text; lines end with CRLF, of whatever kind they were."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join(_line(line) for line in lines)


def piece(text: str) -> bytes:
    """encode(), at once for the short plain words that most of what is personal consists of."""
    is_plain = len(text) <= LONGEST and text.isascii() and text.isprintable() and "=" not in text
    return text.encode() if is_plain and text[:1] != "." and text[-1:] != " " else encode(text)


def _line(text: str) -> bytes:
    escaped = UNSAFE.sub(lambda found: b"=%02X" % found[0][0], text.encode("utf-8", "replace"))
    if escaped[-1:] in (b" ", b"\t"):
        escaped = escaped[:-1] + b"=%02X" % escaped[-1]
    lines = []
    while len(escaped) > LONGEST or escaped[:1] == b".":
        if escaped[:1] == b".":
            escaped = b"=2E" + escaped[1:]
            continue
        at = LONGEST
        while b"=" in escaped[at - 2 : at]:  # not within an escape
            at -= 1
        lines.append(escaped[:at])
        escaped = escaped[at:]
    return SOFT.join([*lines, escaped])


@lru_cache(maxsize=4096)
def header(text: str) -> bytes:
    """The text of a header, folded; as encoded words (RFC 2047) where it is not plain ASCII. One line in, any out."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return _folded(text)
    words, rest = [], text.encode("utf-8", "replace")
    while rest:
        at = min(WORD_BYTES, len(rest))
        while at < len(rest) and rest[at] & 0xC0 == 0x80:  # not within a letter
            at -= 1
        words.append(b"=?utf-8?b?" + base64.b64encode(rest[:at]) + b"?=")
        rest = rest[at:]
    return b"\r\n ".join(words)


def _folded(text: str) -> bytes:
    """At blanks, so that the lines are of a usual length; a word stays whole, however long."""
    lines, line = [], ""
    for word in text.split(" "):
        if line.strip() and len(line) + len(word) > LONGEST - 15:
            lines.append(line)
            line = ""
        line += f" {word}" if line or lines else word
    return "\r\n".join([*lines, line]).encode()
