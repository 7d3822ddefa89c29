"""The types of blocks and what they hold; the only place where a new one is declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from . import carried
from .carried import Carried

ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"  # short: it becomes a part of link tokens
CHANNEL_PATTERN = r"^[a-z][a-z0-9_]{0,19}$"
COUPON_PATTERN = r"^(personal|[A-Z0-9][A-Z0-9-]{2,15})$"
DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
PERSONAL_COUPON = "personal"  # the dispatch's own code
SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,49}$"
NUMBER_PATTERN = r"^[1-9]\d{0,17}$"
ATTRIBUTE_PATTERN = r"^attribute_[a-z0-9_]{1,60}$"
STORE_PATTERN = r"^nearest$"
NEAREST = "nearest"  # the store nearest to a delivery area
MOST_BLOCKS = 50
MOST_PRODUCTS = 12


class Kind(StrEnum):
    """What a field of a block may hold."""

    LINE = "line"  # one line of text
    MARKDOWN = "markdown"
    URL = "url"
    IMAGE = "image"
    VIDEO = "video"
    COUPON = "coupon"  # a code shared by all, or `personal`
    DATE = "date"  # ISO 8601
    OFFER = "offer"  # slug of an offer; code, expiry and terms come from it
    TESTIMONIAL = "testimonial"  # number of an approved testimonial; the quote comes from it
    PRODUCTS = "products"  # attribute_<name> that holds the customer's products, or a list of rows
    PRODUCT = "product"  # id of a product of the shop's feed; name, price, words and picture come from it
    STORE = "store"  # `nearest`: on leaflets the store nearest to each delivery area
    ROWS = "rows"  # products that are the same for all, as a list of rows


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
    carried: Mapping[str, Carried]  # by channel
    any_of: tuple[str, ...] = ()  # at least one of these fields is needed


# A product of a list; what it says itself goes before what the feed says of it.
ROW: Mapping[str, BlockField] = {
    "name": BlockField("Product", longest=80),
    "price": BlockField("Price, as it is to be shown", longest=40),
    "text": BlockField("In a few words", longest=160),
    "source": BlockField("Image", Kind.IMAGE, longest=200),
    "product": BlockField("Id in the shop's feed", Kind.PRODUCT, longest=50),
}
ROW_ANY_OF = ("name", "product")  # at least one of these
LINK = BlockField("Link", Kind.URL, longest=2000)

BLOCK_TYPES: Mapping[str, BlockType] = {
    "headline": BlockType(
        "Headline",
        {
            "text": BlockField("Headline", required=True),
            "subject": BlockField("Subject of mail and letter; empty: the headline"),
            "preheader": BlockField("Preview text of the mail", longest=140),
        },
        carried.HEADLINE,
    ),
    "text": BlockType("Text", {"text": BlockField("Text", Kind.MARKDOWN, required=True, longest=5000)}, carried.TEXT),
    "image": BlockType(
        "Image",
        {
            "source": BlockField("Image", Kind.IMAGE, required=True, longest=200),
            "alt": BlockField("Alternative text", required=True, longest=200),
            "url": LINK,
            "video": BlockField("Video instead of it in players (MP4)", Kind.VIDEO, longest=200),
        },
        carried.IMAGE,
    ),
    "call_to_action": BlockType(
        "Call to action",
        {
            "label": BlockField("Label", required=True, longest=60),
            "url": BlockField("Link", Kind.URL, required=True, longest=2000),
        },
        carried.CALL_TO_ACTION,
    ),
    "offer": BlockType(
        "Offer",
        {
            "title": BlockField("Offer", required=True),
            "text": BlockField("Explanation", Kind.MARKDOWN, longest=1000),
            "offer": BlockField("Offer from which code, expiry and terms come", Kind.OFFER, longest=50),
            "coupon": BlockField("Coupon code for all, or: personal", Kind.COUPON, longest=16),
            "valid_until": BlockField("Valid until", Kind.DATE, longest=10),
        },
        carried.OFFER,
    ),
    "product_list": BlockType(
        "Product list",
        {
            "title": BlockField("Heading"),
            "products": BlockField("Products", Kind.PRODUCTS, required=True, longest=100),
            "otherwise": BlockField("Products for customers who have none of their own", Kind.ROWS),
            "url": LINK,
        },
        carried.PRODUCT_LIST,
    ),
    "testimonial": BlockType(
        "Testimonial",
        {
            "testimonial": BlockField(
                "Approved testimonial from which quote and name come", Kind.TESTIMONIAL, longest=18
            ),
            "quote": BlockField("Quote", Kind.MARKDOWN, longest=600),
            "who": BlockField("Who said it", longest=80),
        },
        carried.TESTIMONIAL,
        any_of=("testimonial", "quote"),
    ),
    "social_proof": BlockType(
        "Social proof",
        {
            "text": BlockField("What many say or do, such as: 4,8 of 5 stars from 2,310 reviews", required=True),
            "source": BlockField("Who counted, and when", required=True, longest=160),
            "url": LINK,
        },
        carried.SOCIAL_PROOF,
    ),
    "place": BlockType(
        "Event or store",
        {
            "name": BlockField("Name", required=True),
            "address": BlockField("Address on one line", required=True, longest=200),
            "date": BlockField("Day of the event", Kind.DATE, longest=10),
            "hours": BlockField("Opening hours, or time of the event", longest=200),
            "text": BlockField("Explanation", Kind.MARKDOWN, longest=600),
            "url": BlockField("Link to the map", Kind.URL, longest=2000),
            "source": BlockField("Another place instead of it", Kind.STORE, longest=7),
        },
        carried.PLACE,
        any_of=("date", "hours"),
    ),
    "legal_notice": BlockType(
        "Legal notice",
        {"text": BlockField("Text", Kind.MARKDOWN, required=True, longest=2000)},
        carried.LEGAL_NOTICE,
    ),
    "footer": BlockType(
        "Footer",
        {"text": BlockField("Imprint and sender", Kind.MARKDOWN, required=True, longest=2000)},
        carried.FOOTER,
    ),
}
