"""What people do on the day a message reaches them, by the very links and codes that they got: all over HTTP."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape

import numpy as np

from campaigns import blocks
from campaigns.examples import EXAMPLE_BLOCKS
from campaigns.models import Identifier, IdentifierKind
from channels import visitors
from channels.models import Dispatch, PrintItem
from steering.population.truth import BANNER, Answers

from .mailbox import Mail
from .partners import Piece
from .web import Web, at_once
from .world import COLUMN, World

UNSUBSCRIBE_RATE = 0.004  # of those who open a mail
ONE_CLICK = "List-Unsubscribe=One-Click"
SLOT = "300x250"
PUBLIC = ("social", "direct_post")
CODE_OPENS, CODE_ENDS = '<span class="code">', "</span>"


@dataclass
class Reactions:
    """How many did what, and which coupon code each customer has seen."""

    opened: int = 0
    clicked: int = 0
    shown: int = 0
    scanned: int = 0
    unsubscribed: int = 0
    codes: dict[int, str] = field(default_factory=dict)  # by customer


@dataclass(frozen=True)
class Day:
    """What the truth has drawn for everybody, and what became of it."""

    world: World
    answers: Answers
    choice: np.ndarray  # what everybody was sent
    web: Web
    done: Reactions = field(default_factory=Reactions)

    def read_mails(self, mails: Mapping[int, Mail]) -> None:
        """`mails` by customer."""
        rows = self.world.rows(list(mails))
        opened, clicked = self.answers.opened[rows], self.answers.clicked[rows]
        leaves = opened & (np.random.default_rng(len(mails)).random(len(rows)) < UNSUBSCRIBE_RATE)
        does = zip(mails.values(), opened, clicked, leaves, strict=True)
        at_once(lambda one: _read_mail(self.web, *one), [one for one in does if any(one[1:])])
        self.done.codes |= {id_: mail.coupon for id_, mail in mails.items()}
        self.done.opened += int(opened.sum())
        self.done.clicked += int(clicked.sum())
        self.done.unsubscribed += int(leaves.sum())

    def scan_letters(self, letters: Mapping[int, Piece]) -> None:
        """`letters` by customer."""
        scans = self.answers.scanned[self.world.rows(list(letters))]
        at_once(self.web.get, [letter.link for letter, does in zip(letters.values(), scans, strict=True) if does])
        self.done.codes |= {id_: letter.coupon for id_, letter in letters.items()}
        self.done.scanned += int(scans.sum())

    def see_banners(self) -> None:
        # Who clicks or keeps the code has seen it, whatever the draw of seeing says.
        does = self.answers.opened | self.answers.clicked | self.answers.redeemed
        rows = np.flatnonzero((self.choice == BANNER) & self.answers.reached & does)
        customers, clicks = self.world.customer_ids[rows].tolist(), self.answers.clicked[rows]
        known = _known_by(customers)
        visits = [(id_, *known[id_], clicked) for id_, clicked in zip(customers, clicks, strict=True)]
        codes = at_once(lambda visit: _see_banner(self.web, *visit), visits)
        self.done.codes |= {id_: code for id_, code in codes if code}
        self.done.shown += len(rows)
        self.done.clicked += int(clicks.sum())

    def see_public_codes(self) -> None:
        """Leaflets and posts are the same for everybody, and so is their code."""
        for channel in PUBLIC:
            got = self.world.customer_ids[self.choice == COLUMN[channel]].tolist()
            self.done.codes |= dict.fromkeys(got, shared_code(channel))


def respond(day: Day, *, wave_id: int, mails: Iterable[Mail], letters: Iterable[Piece]) -> Reactions:
    """Let everybody who got something react as the truth has drawn it."""
    customers = dict(Dispatch.objects.filter(wave_id=wave_id).values_list("id", "customer_id"))
    day.read_mails({customers[mail.dispatch_id]: mail for mail in mails})
    day.scan_letters(by_customer(letters, wave_id))
    day.see_banners()
    day.see_public_codes()
    return day.done


def by_customer(letters: Iterable[Piece], wave_id: int) -> dict[int, Piece]:
    """Whose letter is whose; the vendor knows only numbers."""
    items = PrintItem.objects.filter(dispatch__wave=wave_id).values_list("id", "dispatch__customer_id")
    customers = dict(items)
    return {customers[letter.item_id]: letter for letter in letters}


def _read_mail(web: Web, mail: Mail, opens: bool, clicks: bool, leaves: bool) -> None:
    if opens:
        web.get(mail.pixel)
    if clicks:
        web.get(mail.links[-1], expect=(302,))
    if leaves:
        web.post(mail.unsubscribe, ONE_CLICK)


def _known_by(customer_ids: list[int]) -> dict[int, tuple[str, str]]:
    """How the shop's page knows each visitor: by the cookie of the browser, else by the hash of the address."""
    kinds = [IdentifierKind.EMAIL, IdentifierKind.COOKIE]
    found = Identifier.objects.filter(customer_id__in=customer_ids, kind__in=kinds)
    known: dict[int, tuple[str, str]] = {}
    # Addresses first, so that the cookie wins.
    for id_, kind, value in found.order_by("-kind", "id").values_list("customer_id", "kind", "value"):
        if kind == IdentifierKind.EMAIL:
            known[id_] = "", f"&h={hashlib.sha256(value.encode()).hexdigest()}"
        elif visitors.VALUE.fullmatch(value):
            known[id_] = f"visitor={value}", ""
    return known


def _see_banner(web: Web, customer_id: int, cookie: str, address_hash: str, clicks: bool) -> tuple[int, str]:
    """Returns the code in the banner, if it is personal."""
    banner = web.get(f"/banner/decide?slot={SLOT}{address_hash}", cookie=cookie).json()
    web.get(banner["impression_url"])
    if clicks:
        web.get(banner["click_url"], expect=(302,))
    return customer_id, unescape(banner["html"].partition(CODE_OPENS)[2].partition(CODE_ENDS)[0])


def shared_code(channel: str) -> str:
    """The code that everybody sees alike on a public channel."""
    shown = blocks.for_channel(EXAMPLE_BLOCKS, channel)
    return next(block["coupon"] for block in shown if block["type"] == "offer")
