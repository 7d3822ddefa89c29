"""How a channel carries a type of block: in full, as text, or not at all; and what stands instead, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CHANNELS = ("email", "banner", "social", "print_mailing", "direct_post", "landing")


class How(StrEnum):
    FULL = "full"
    TEXT = "text"  # as a text block, see channels.carrying
    LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Carried:
    how: How
    words: str = ""  # how it falls back, or what is special; empty where there is nothing to say


FULL = Carried(How.FULL)
NO_ROOM = Carried(How.LEFT_OUT, "A banner has room for headline, offer, button and picture only.")
SAID = Carried(How.TEXT, "Said as a paragraph.")
IN_A_POST = Carried(How.TEXT, "Said as a paragraph of the post.")


def everywhere(**otherwise: Carried) -> Mapping[str, Carried]:
    """In full on all channels but these."""
    return dict.fromkeys(CHANNELS, FULL) | otherwise


def first(words: str) -> Carried:
    return Carried(How.FULL, words)


HEADLINE = everywhere(
    banner=first("The first one only."),
    social=first("Opens the post, and stands on its picture."),
    print_mailing=first("The first one is the subject."),
)
TEXT = everywhere(
    banner=NO_ROOM,
    social=first("Without emphasis; links are written out."),
    print_mailing=first("Links are written out."),
    direct_post=first("Links are written out."),
)
IMAGE = everywhere(
    banner=first("The first one only."),
    social=first("The first one, as the post's picture."),
    direct_post=first("The first one only."),
)
CALL_TO_ACTION = everywhere(
    banner=first("The first one only."),
    social=first("Its label, before the post's link."),
    print_mailing=first("The first one, beside the QR code that leads there."),
    direct_post=first("The first one, beside the QR code that leads there."),
)
OFFER = everywhere(
    banner=first("The first one: title and code."),
    social=first("Title, text and a code for all; also on the picture."),
    direct_post=first("With a code for all; personal codes cannot be printed."),
)
PRODUCT_LIST = everywhere(
    banner=NO_ROOM,
    social=Carried(How.TEXT, "Fixed products as a list; a customer's own products stay private."),
    print_mailing=Carried(How.TEXT, "As a list without pictures."),
    direct_post=Carried(How.TEXT, "Fixed products as a list; a customer's own products stay private."),
)
TESTIMONIAL = everywhere(banner=NO_ROOM, social=IN_A_POST, print_mailing=SAID, direct_post=SAID)
SOCIAL_PROOF = TESTIMONIAL
PLACE = everywhere(
    banner=NO_ROOM,
    social=Carried(How.TEXT, "Name, address and times as a paragraph; the map is left out."),
    print_mailing=Carried(How.TEXT, "Name, address and times as a paragraph; the map is left out."),
    direct_post=Carried(How.TEXT, "Name, address and times as a paragraph; the map is left out."),
)
LEGAL_NOTICE = everywhere(banner=NO_ROOM)
FOOTER = everywhere(
    banner=NO_ROOM,
    social=Carried(How.LEFT_OUT, "The network's profile page holds the imprint."),
    print_mailing=Carried(How.TEXT, "As the last paragraph; the sender stands in the foot of the page anyway."),
    direct_post=Carried(How.TEXT, "As the last paragraph; the publisher stands in the foot of the page anyway."),
)
