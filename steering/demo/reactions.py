"""What people do on the day a message reaches them, by the very links and codes that they got: all over HTTP."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
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
from .world import World

UNSUBSCRIBE_RATE = 0.004  # of those who open a mail
ONE_CLICK = "List-Unsubscribe=One-Click"
SLOT = "300x250"
CODE_OPENS, CODE_ENDS = '<span class="code" style="display:block">', "</span>"


@dataclass
class Reactions:
    """How many did what, and which coupon code each customer has seen."""

    opened: int = 0
    clicked: int = 0
    shown: int = 0
    scanned: int = 0
    unsubscribed: int = 0
    codes: dict[int, str] = field(default_factory=dict)  # by customer


def respond(
    world: World,
    answers: Answers,
    choice: np.ndarray,
    *,
    wave_id: int,
    mails: Sequence[Mail],
    letters: Sequence[Piece],
    web: Web,
) -> Reactions:
    """Let everybody who got something react as the truth has drawn it."""
    customers = dict(Dispatch.objects.filter(wave_id=wave_id).values_list("id", "customer_id"))
    reactions = Reactions()
    _read_mails(world, answers, {customers[mail.dispatch_id]: mail for mail in mails}, web, reactions)
    _scan_letters(world, answers, by_customer(letters, wave_id), web, reactions)
    _see_banners(world, answers, choice, web, reactions)
    for channel in ("social", "direct_post"):
        _remember_shared_code(world, answers, channel, wave_id, reactions)
    return reactions


def _read_mails(world: World, answers: Answers, mails: Mapping[int, Mail], web: Web, reactions: Reactions) -> None:
    rows = world.rows(list(mails))
    leaves = np.random.default_rng(len(mails)).random(len(rows)) < UNSUBSCRIBE_RATE
    opened, clicked = answers.opened[rows], answers.clicked[rows]
    leaves &= opened
    reactions.codes |= {id_: mail.coupon for id_, mail in mails.items()}
    todo = [(mail, *does) for mail, *does in zip(mails.values(), opened, clicked, leaves, strict=True) if any(does)]
    at_once(lambda one: _read_mail(web, *one), todo)
    reactions.opened, reactions.clicked = reactions.opened + int(opened.sum()), reactions.clicked + int(clicked.sum())
    reactions.unsubscribed += int(leaves.sum())


def _read_mail(web: Web, mail: Mail, opens: bool, clicks: bool, leaves: bool) -> None:
    if opens:
        web.get(mail.pixel)
    if clicks:
        web.get(mail.links[-1], expect=(302,))
    if leaves:
        web.post(mail.unsubscribe, ONE_CLICK)


def by_customer(letters: Iterable[Piece], wave_id: int) -> dict[int, Piece]:
    """Whose letter is whose; the vendor knows only numbers."""
    items = PrintItem.objects.filter(dispatch__wave=wave_id).values_list("id", "dispatch__customer_id")
    customers = dict(items)
    return {customers[letter.item_id]: letter for letter in letters}


def _scan_letters(world: World, answers: Answers, letters: Mapping[int, Piece], web: Web, reactions: Reactions) -> None:
    reactions.codes |= {id_: letter.coupon for id_, letter in letters.items()}
    scanned = answers.scanned[world.rows(list(letters))]
    at_once(
        lambda link: web.get(link),
        [letter.link for letter, scans in zip(letters.values(), scanned, strict=True) if scans],
    )
    reactions.scanned += int(scanned.sum())


def _see_banners(world: World, answers: Answers, choice: np.ndarray, web: Web, reactions: Reactions) -> None:
    # Who clicks or keeps the code has seen it, whatever the draw of seeing says.
    sees = (choice == BANNER) & answers.reached & (answers.opened | answers.clicked | answers.redeemed)
    rows = np.flatnonzero(sees)
    visits = _visits(world.customer_ids[rows].tolist())
    todo = [
        (id_, *visits[id_], answers.clicked[row])
        for id_, row in zip(world.customer_ids[rows].tolist(), rows, strict=True)
    ]
    codes = at_once(lambda one: _see_banner(web, *one), todo)
    reactions.codes |= {id_: code for id_, code in codes if code}
    reactions.shown += len(rows)
    reactions.clicked += int(answers.clicked[rows].sum())


def _visits(customer_ids: list[int]) -> dict[int, tuple[str, str]]:
    """How the page of the shop knows each visitor: by the cookie of the browser, else by the address logged in with."""
    kinds = [IdentifierKind.EMAIL, IdentifierKind.COOKIE]  # in this order, so that the cookie wins
    known: dict[int, tuple[str, str]] = {}
    found = Identifier.objects.filter(customer_id__in=customer_ids, kind__in=kinds).order_by("-kind", "id")
    for id_, kind, value in found.values_list("customer_id", "kind", "value"):
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


def _remember_shared_code(world: World, answers: Answers, channel: str, wave_id: int, reactions: Reactions) -> None:
    got = Dispatch.objects.filter(wave_id=wave_id, channel=channel).values_list("customer_id", flat=True)
    reactions.codes |= dict.fromkeys(got, shared_code(channel))
