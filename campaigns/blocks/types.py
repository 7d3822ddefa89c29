"""The types of blocks and what they hold; the only place where a new one is declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"  # short: it becomes a part of link tokens
CHANNEL_PATTERN = r"^[a-z][a-z0-9_]{0,19}$"
COUPON_PATTERN = r"^(personal|[A-Z0-9][A-Z0-9-]{2,15})$"
DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
PERSONAL_COUPON = "personal"  # the dispatch's own code
MOST_BLOCKS = 50


class Kind(StrEnum):
    """What a field of a block may hold."""

    LINE = "line"  # one line of text
    MARKDOWN = "markdown"
    URL = "url"
    IMAGE = "image"
    COUPON = "coupon"  # a code shared by all, or `personal`
    DATE = "date"  # ISO 8601


@dataclass(frozen=True)
class BlockField:
    label: str
    kind: Kind = Kind.LINE
    required: bool = False
    longest: int = 120

    @property
    def is_templated(self) -> bool:
        return self.kind in (Kind.LINE, Kind.MARKDOWN)


@dataclass(frozen=True)
class BlockType:
    label: str
    fields: Mapping[str, BlockField]


BLOCK_TYPES: Mapping[str, BlockType] = {
    "headline": BlockType(
        "Headline",
        {
            "text": BlockField("Headline", required=True),
            "subject": BlockField("Subject of mail and letter; empty: the headline"),
            "preheader": BlockField("Preview text of the mail", longest=140),
        },
    ),
    "text": BlockType("Text", {"text": BlockField("Text", Kind.MARKDOWN, required=True, longest=5000)}),
    "image": BlockType(
        "Image",
        {
            "source": BlockField("Image", Kind.IMAGE, required=True, longest=200),
            "alt": BlockField("Alternative text", required=True, longest=200),
            "url": BlockField("Link", Kind.URL, longest=2000),
        },
    ),
    "call_to_action": BlockType(
        "Call to action",
        {
            "label": BlockField("Label", required=True, longest=60),
            "url": BlockField("Link", Kind.URL, required=True, longest=2000),
        },
    ),
    "offer": BlockType(
        "Offer",
        {
            "title": BlockField("Offer", required=True),
            "text": BlockField("Explanation", Kind.MARKDOWN, longest=1000),
            "coupon": BlockField("Coupon code for all, or: personal", Kind.COUPON, longest=16),
            "valid_until": BlockField("Valid until", Kind.DATE, longest=10),
        },
    ),
    "legal_notice": BlockType("Legal notice", {"text": BlockField("Text", Kind.MARKDOWN, required=True, longest=2000)}),
}
