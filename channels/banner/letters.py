"""Letters that the font of a banner's picture does not have: the picture would show empty boxes in their place.

Emoji and other signs are left out of a picture. Without the letters of a word nothing sensible is left, so there is no picture
then, as there is no letter on paper. Pages are shown in the reader's own fonts, which have most of them.
"""

import unicodedata
from functools import lru_cache

from .fitting import font
from .sizes import CODE

PIXELS = 20
IN_NO_FONT = "\uffff"  # is no letter, so it is drawn as the box that stands for all that a font does not have
WRITTEN = ("L", "N")  # kinds of signs of which words and numbers are made
CONTROL = "C"  # nothing to be seen


def lacking(text: str) -> str:
    """The first letter of a word, or digit, that cannot be drawn; empty if there is none."""
    text = unicodedata.normalize("NFC", text)
    return next((one for one in text if unicodedata.category(one)[0] in WRITTEN and not is_drawn(one)), "")


def loses(text: str) -> bool:
    """Whether something is missing that could be seen."""
    return any(
        unicodedata.category(one)[0] != CONTROL and not is_drawn(one) for one in unicodedata.normalize("NFC", text)
    )


def drawn(text: str) -> str:
    """What can be drawn of it."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(filter(is_drawn, text))
    return text if kept == text else " ".join(kept.split())


@lru_cache(maxsize=8192)
def is_drawn(letter: str) -> bool:
    return unicodedata.category(letter)[0] != CONTROL and _shape(letter) != _shape(IN_NO_FONT)


def _shape(letter: str) -> bytes:
    return bytes(font(CODE, PIXELS).getmask(letter))
