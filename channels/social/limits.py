"""How long a post may be at each network, counted as the network counts.

Sources: Mastodon's default max_characters and characters_reserved_per_url (docs.joinmastodon.org, Instance); X's weighted
counting (docs.x.com, "Counting characters": twitter-text, version 3); Threads' "Text posts are limited to 500 characters.
Emojis are counted as the number of UTF-8 bytes." (developers.facebook.com/documentation/threads/posts, April 2026), and at
most five different links, or it refuses the post (there, create-posts/text-attachments, July 2026); LinkedIn's 3,000, of which programs that post there for others say that they are units of UTF-16
(developers.buffer.com/guides/character-limits; LinkedIn's own pages say nothing of it, so the stricter count is taken);
Meta's help pages for the others.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LINK = re.compile(r"https?://\S+")
SHORT_LINK = 23  # what X and Mastodon count for any link
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # code points that X counts once; all others twice
# A sign made of several: a flag, or people and things joined to one picture.
JOINED = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
    "(?:\u200d[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)


def characters(text: str) -> int:
    return len(unicodedata.normalize("NFC", text))


def with_short_links(text: str) -> int:
    """Every link has the same length, however long it is."""
    return characters(LINK.sub("", text)) + SHORT_LINK * len(LINK.findall(text))


def weighted(text: str) -> int:
    """As X: links 23, emojis 2, letters of most European scripts 1, all others 2."""
    text, links = LINK.subn("", unicodedata.normalize("NFC", text))
    text, signs = JOINED.subn("", text)
    light = sum(any(low <= ord(letter) <= high for low, high in LIGHT) for letter in text)
    return SHORT_LINK * links + 2 * signs + 2 * len(text) - light


def with_signs_as_bytes(text: str) -> int:
    """As Threads: an emoji is as long as its UTF-8."""
    text = unicodedata.normalize("NFC", text)
    return len(JOINED.sub("", text)) + sum(len(sign[0].encode()) for sign in JOINED.finditer(text))


def units(text: str) -> int:
    """Of UTF-16: an emoji is two or more."""
    return len(unicodedata.normalize("NFC", text).encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Limit:
    """`most` is counted by `length`; `links`: so many different ones at most, None: any number."""

    label: str
    most: int
    length: Callable[[str], int] = characters
    links: int | None = None

    @property
    def takes(self) -> str:
        return f"{self.most} characters" + ("" if self.links is None else f" and {self.links} links")

    def too_much(self, text: str) -> str:
        """What the network would refuse, in words; empty if it takes the text."""
        if (length := self.length(text)) > self.most:
            return f"{length} characters, it takes {self.most}"
        links = len(set(LINK.findall(text)))
        return f"{links} links, it takes {self.links}" if self.links is not None and links > self.links else ""


LIMITS: Mapping[str, Limit] = {
    "x": Limit("X", 280, weighted),
    "mastodon": Limit("Mastodon", 500, with_short_links),
    "threads": Limit("Threads", 500, with_signs_as_bytes, links=5),
    "instagram": Limit("Instagram", 2200),
    "linkedin": Limit("LinkedIn", 3000, units),
    "facebook": Limit("Facebook", 63_206),
}
