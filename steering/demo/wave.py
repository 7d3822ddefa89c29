"""One wave of the demo from plan to purchases; both waves run like this."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from campaigns import journey, neighbourhoods
from campaigns.models import Campaign, Wave
from channels.tasks import wake_channels
from steering import waves
from steering.models import Plan
from steering.processes import Running

from . import accident, arrivals, mailbox, partners, reactions, sending, shopping, time_machine
from .mailbox import Mail
from .partners import Printed
from .press import Press
from .reactions import Day, Reactions
from .staff import CARRIER, PRESS, Staff
from .stages import Stages
from .web import Web
from .world import World

# Purchases come within 13 days, goals count for 14: by then all are made, and what people do afterwards still counts.
WAIT = timedelta(days=13, hours=12)
RETURNED_AFTER = timedelta(days=5)
FEWEST_RETURNED = 3


@dataclass(frozen=True)
class Cast:
    """Everybody and everything that a wave needs."""

    world: World
    staff: Staff
    campaign: Campaign
    there: Running
    web: Web
    presses: dict[str, Press]  # by the vendor's slug
    folder: Path
    seed: int


def run(cast: Cast, stages: Stages, *, exploration_share: float, with_accident: bool = False) -> Plan:
    with stages.stage(f"wave {cast.campaign.waves.count() + 1}: plan, approve"):
        journey.refresh()  # as every night
        neighbourhoods.refresh()
        plan = sending.plan(cast.campaign, cast.staff, exploration_share=exploration_share)
        stages.tell(_planned(plan))
    wave = plan.wave
    with stages.stage(f"wave {wave.number}: send{', and kill the worker in the middle' if with_accident else ''}"):
        planned = cast.world.choice(sending.planned_channels(wave.pk))
        _close_mailboxes(cast, planned, wave)
        sending.start(wave.pk, cast.staff)
        if with_accident:
            _have_accident(cast, wave, stages)
        out = sending.await_end(wave.pk, cast.there.children)
        stages.tell(", ".join(f"{count:,} {channel}" for channel, count in out.items()))
    with stages.stage(f"wave {wave.number}: write the files of the print jobs, encrypted to their vendors' keys"):
        stages.tell(f"{sending.await_files(wave.pk, cast.there.children)} files")
    with stages.stage(f"wave {wave.number}: vendors and networks pull, print, post"):
        printed = partners.print_and_post(
            cast.presses.values(), wave_id=wave.pk, folder=cast.folder / f"wave-{wave.number}"
        )
        listed = partners.fetch_lists(wave.pk)
        stages.tell(_pulled(printed, listed))
        for line in _mishaps(printed):
            stages.tell(line)
    with stages.stage(f"wave {wave.number}: mails and letters against the ledger"):
        mails = _checked(cast, wave, printed)
        stages.tell(f"{len(mails):,} mails and {len(printed.letters):,} letters, none missing, none doubled")
    _answer(cast, stages, wave, mails, printed)
    return plan


def _have_accident(cast: Cast, wave: Wave, stages: Stages) -> None:
    killed = accident.kill_workers(wave.pk, cast.there)
    stages.tell(
        f"killed all {killed.processes} worker processes (kill -9) when {killed.mails:,} of its mails had arrived"
    )
    released = accident.find(killed)
    wake_channels()
    sending.wake()
    sending.await_end(wave.pk, cast.there.children)
    came = accident.judge(wave.pk, killed, released, maildir=cast.there.maildir, staff=cast.staff)
    stages.tell(
        f"held and not begun, so sent by others: {came.released:,}; nobody knew whether they had left: {came.uncertain:,},"
    )
    stages.tell(
        f"of which {came.sent:,} had by the mail server's record and {came.sent_again:,} were sent after a person said so"
    )
    sending.wake()


def _close_mailboxes(cast: Cast, planned: np.ndarray, wave: Wave) -> None:
    bounced = cast.world.truth.draw_answers(planned, seed=cast.seed + wave.number).bounced
    sending.close_mailboxes(cast.world.customer_ids[bounced].tolist())


def _checked(cast: Cast, wave: Wave, printed: Printed) -> list[Mail]:
    mails = mailbox.read(cast.there.maildir)
    mailbox.compare(mails, sending.addresses_mailed(wave.pk))
    partners.compare_letters(printed.letters, wave.pk)
    sending.check_all_out(wave.pk)
    return mails


def _answer(cast: Cast, stages: Stages, wave: Wave, mails: list[Mail], printed: Printed) -> None:
    choice = cast.world.choice(sending.sent_channels(wave.pk))
    answers = cast.world.truth.draw_answers(choice, seed=cast.seed + wave.number)
    with stages.stage(f"wave {wave.number}: people open, click, scan, see"):
        day = Day(cast.world, answers, choice, cast.web)
        did = reactions.respond(day, wave_id=wave.pk, mails=mails, letters=printed.letters)
        stages.tell(_reacted(did))
    with stages.stage("two weeks pass (every recorded moment is moved into the past)"):
        stages.tell(f"{time_machine.travel(WAIT):,} rows moved by {WAIT.days} days and a half")
    with stages.stage(f"wave {wave.number}: purchases, coupons, returned letters"):
        wave.refresh_from_db()
        back = _returned(cast, answers.returned, printed, wave)
        sales = shopping.report(cast.world, answers, wave=wave, codes=did.codes, staff=cast.staff, web=cast.web)
        stages.tell(_sold(sales, back))
        if printed.areas:
            stages.tell(_delivered(cast, printed, wave))
        if (came := arrivals.arrive(cast.world, wave, seed=cast.seed + wave.number)) is not None:
            stages.tell(came.words)
        waves.complete_finished()  # as every minute


def _returned(cast: Cast, returned: np.ndarray, printed: Printed, wave: Wave) -> int:
    """As the truth has drawn it, and at least three."""
    customers = set(cast.world.customer_ids[returned].tolist())
    by_customer = reactions.by_customer(printed.letters, wave.pk)
    letters = [letter for id_, letter in by_customer.items() if id_ in customers]
    others = [letter for id_, letter in by_customer.items() if id_ not in customers]
    letters += others[: max(0, FEWEST_RETURNED - len(letters))]
    partners.return_letters(cast.presses[PRESS], letters, at=wave.started_at + RETURNED_AFTER)
    return len(letters)


def _delivered(cast: Cast, printed: Printed, wave: Wave) -> str:
    at = wave.started_at + RETURNED_AFTER
    delivered = partners.prove_distribution(cast.presses[CARRIER], printed.areas, at=at)
    ordered = sum(area.quantity for area in printed.areas)
    return f"{delivered:,} of {ordered:,} leaflets delivered, as the carrier says"


def _planned(plan: Plan) -> str:
    return (
        f"{plan.customers:,} in the audience, {plan.eligible:,} eligible, {plan.holdout:,} held out, "
        f"cost {plan.cost_cents / 100:,.0f} {plan.wave.campaign.currency}, gap {plan.gap:.2%}"
    )


def _pulled(printed: Printed, listed: int) -> str:
    return (
        f"{printed.files} files, {printed.bytes / 1e6:.1f} MB: {len(printed.letters):,} letters, "
        f"areas with leaflets: {len(printed.areas):,}; {listed:,} people on social lists"
    )


def _mishaps(printed: Printed) -> Iterator[str]:
    for came, whole in printed.broke:
        yield f"a download broke off after {came:,} of {whole:,} bytes, and went on"
    if printed.objected:
        yield f"objected before production, so their letters were not printed: {printed.objected}"


def _reacted(did: Reactions) -> str:
    return (
        f"{did.opened:,} opened, {did.shown:,} saw the banner, {did.clicked:,} clicked, {did.scanned:,} scanned, "
        f"{did.unsubscribed:,} unsubscribed"
    )


def _sold(sales: shopping.Sales, returned: int) -> str:
    return (
        f"{sales.coupons:,} coupons, {sales.purchases:,} other purchases, worth {sales.value_cents / 100:,.0f}; "
        f"{returned:,} letters came back"
    )
