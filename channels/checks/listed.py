"""Every check, explicitly, in the order in which they are asked. A new one is a function and a line here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from campaigns.findings import Finding

from . import alternatives, audiences, carried, contrast, fallbacks, legal, links, offers, paper, room, sizes, spam
from .case import View

PAPER = ("print_mailing", "direct_post")
Find = Callable[[View], Iterable[Finding]]


class Stage(StrEnum):
    """QUICK: all that can be said while somebody writes. PAPER: what is seen on printed pages only, which take longer."""

    QUICK = "quick"
    PAPER = "paper"


@dataclass(frozen=True)
class Listed:
    """`renders`: it looks at what the channel makes of the content, so there must be a channel."""

    find: Find
    renders: bool = False
    channels: tuple[str, ...] = ()  # empty: on all of them

    def is_for(self, view: View, only: Stage | None) -> bool:
        if self.renders and view.channel is None:
            return False
        if self.channels and view.name not in self.channels:
            return False
        stage = Stage.PAPER if self.renders and view.name in PAPER else Stage.QUICK
        return only is None or only == stage


CHECKS = (
    Listed(carried.refused, renders=True),
    Listed(carried.left_out),
    Listed(carried.said, renders=True),
    Listed(fallbacks.read_badly),
    Listed(room.for_some, renders=True),
    Listed(alternatives.useless),
    Listed(alternatives.untranslated),
    Listed(contrast.of_brand, renders=True),
    Listed(links.unsafe),
    Listed(links.misleading),
    Listed(links.dead),
    Listed(legal.sender, renders=True),
    Listed(legal.imprint, channels=("email",)),
    Listed(legal.unsubscribe, renders=True, channels=("email",)),
    Listed(legal.objection, renders=True, channels=("print_mailing",)),
    Listed(legal.recognisable, renders=True, channels=("banner", "social")),
    Listed(spam.subject, renders=True, channels=("email",)),
    Listed(spam.text, channels=("email",)),
    Listed(spam.pictures, channels=("email",)),
    Listed(paper.coarse, renders=True, channels=PAPER),
    Listed(paper.coded, renders=True, channels=PAPER),
    Listed(paper.pages, renders=True, channels=("print_mailing",)),
    Listed(paper.wide, channels=PAPER),
    Listed(sizes.heavy, renders=True, channels=("email", "banner", "social")),
    Listed(offers.codes),
    Listed(offers.expiry),
    Listed(offers.events),
    Listed(audiences.empty),
)
