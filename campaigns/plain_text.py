"""Text from outside that is safe to keep on one line: no control characters, no overrides, no broken encoding."""

import re

# Control characters (NUL, CR, LF, tab ... which forge headers and rows), line and paragraph separators, marks that turn
# the reading direction around, and the lone surrogates that undecodable bytes become.
REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Nobody sees them, nobody typed them, and they come along from web pages and word processors.
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
REASONS = (
    (re.compile("\x00"), "contains a NUL character"),
    (re.compile("[\ud800-\udfff]"), "is not valid text in this encoding"),
    (re.compile("[\r\n\u2028\u2029]"), "contains a line break"),
    (re.compile("[\u202a-\u202e\u2066-\u2069]"), "contains characters that change the reading direction"),
)


# Also what forms a mark in channels.compiled (private use), and marks of direction that only look harmless.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff]+")


class TextError(ValueError):
    """The text is refused; the message says why without repeating it."""


def clean(text: str, *, longest: int) -> str:
    """The text without blanks around it and what is invisible. Raises TextError for what must not be kept."""
    text = (text if text.isprintable() else INVISIBLE.sub("", text)).strip(" \t\xa0")
    if len(text) > longest:
        raise TextError(f"is longer than {longest} characters")
    if REFUSED.search(text):
        raise TextError(_reason(text))
    return text


def one_line(value: str, *, longest: int) -> str:
    """What is known about a person, to be shown: on one line, without control characters, and not without end."""
    text = (value if value.isprintable() else UNPRINTABLE.sub(" ", value)).strip()
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _reason(text: str) -> str:
    for pattern, reason in REASONS:
        if pattern.search(text):
            return reason
    return "contains a control character"
