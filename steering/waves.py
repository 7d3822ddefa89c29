"""The life of a wave; the only writer of wave states, every step a conditional UPDATE along STEPS.

    draft -> simulated -> approved -> running <-> paused -> completed
      any of them before completed -> cancelled

A plan is simulated as often as wanted until it is approved, and approved by another person than the one who simulated it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from campaigns import offers
from campaigns.models import Campaign, ContactLimit, Wave
from campaigns.models import WaveState as State
from channels import ledger, print_jobs, registry
from channels import tasks as channel_tasks
from channels.models import PrintJob

from . import champion, eligibility, planning, print_terms, timetable, wave_contents, wave_offers
from .areas import delivering
from .models import Plan
from .planning import PlanningError


class WaveError(ValueError):
    """A step that is not taken; the message is for people."""


@dataclass(frozen=True)
class Step:
    """From which states a verb leads where, and who may take it."""

    sources: tuple[State, ...]
    to: State
    permission: str


STEPS = {
    "simulate": Step((State.DRAFT, State.SIMULATED), State.SIMULATED, "campaigns.change_wave"),
    "approve": Step((State.SIMULATED,), State.APPROVED, "campaigns.approve_wave"),
    "start": Step((State.APPROVED,), State.RUNNING, "campaigns.run_wave"),
    "pause": Step((State.RUNNING,), State.PAUSED, "campaigns.run_wave"),
    "resume": Step((State.PAUSED,), State.RUNNING, "campaigns.run_wave"),
    "cancel": Step(
        (State.DRAFT, State.SIMULATED, State.APPROVED, State.RUNNING, State.PAUSED),
        State.CANCELLED,
        "campaigns.run_wave",
    ),
}
VERBS = tuple(STEPS)
SECOND_PERSON = "a plan is approved by another person than the one who simulated it"
COMPLETE = Step((State.RUNNING,), State.COMPLETED, "")


@transaction.atomic
def create(campaign: Campaign, *, scheduled_at: datetime | None = None, exploration_share: float | None = None) -> Wave:
    """The campaign's next wave, as a draft."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # so that two at once get two numbers
    last = campaign.waves.aggregate(last=Max("number"))["last"] or 0
    return Wave.objects.create(
        campaign=campaign, number=last + 1, scheduled_at=scheduled_at, exploration_share=exploration_share
    )


def allowed(wave: Wave, user: User) -> list[str]:
    """The verbs that this person may do to the wave now."""
    return [verb for verb in VERBS if not _reason_against(wave, verb, user)]


def refuse(wave: Wave, verb: str, *, by: User) -> None:
    """Raise WaveError where this person may not do the verb to the wave now."""
    if verb not in STEPS:
        raise WaveError(f"there is no step {verb!r}")
    if reason := _reason_against(wave, verb, by):
        raise WaveError(reason)


def act(wave_id: int, verb: str, *, by: User) -> Wave:
    """Do a verb as a person; raises WaveError where they may not."""
    refuse(_get(wave_id), verb, by=by)
    ACTIONS[verb](wave_id, by=by)
    return _get(wave_id)


@transaction.atomic
def simulate(wave_id: int, *, by: User | None) -> Plan:
    """Plan the wave, or plan it anew: nothing leaves. Raises WaveError."""
    now = timezone.now()
    wave = _move(wave_id, "simulate", simulated_by=by, simulated_at=now)
    refuse_broken_content(wave)
    try:
        plan = planning.make(wave, version=champion.present(), as_of_at=now)
    except PlanningError as error:
        raise WaveError(str(error)) from error
    _reserve_codes(wave)
    return plan


@transaction.atomic
def simulate_together(wave_ids: Sequence[int], *, most: int | None = None, by: User | None) -> list[Plan]:
    """Plan waves of different campaigns as one decision: at most `most` contacts a customer over all of them.

    None: the strictest contact limit over all channels, 1 where there is none. All are planned, or none. Raises WaveError.
    """
    now = timezone.now()
    together = [_move(wave_id, "simulate", simulated_by=by, simulated_at=now) for wave_id in sorted(set(wave_ids))]
    if len({wave.campaign_id for wave in together}) < max(2, len(together)):
        raise WaveError("campaigns are planned together: choose one wave each of at least two campaigns")
    for wave in together:
        refuse_broken_content(wave)
    most = most_contacts() if most is None else most
    if most < 1:
        raise WaveError("a customer may be contacted at least once")
    try:
        plans = planning.make_together(together, most=most, version=champion.present(), as_of_at=now)
    except PlanningError as error:
        raise WaveError(str(error)) from error
    for wave in together:
        _reserve_codes(wave)
    return plans


def most_contacts() -> int:
    """Of a customer, over campaigns that are planned together, where nothing else is said."""
    strictest = ContactLimit.objects.filter(channel="").aggregate(most=Min("most"))["most"]
    return max(1, strictest or 1)


@transaction.atomic
def approve(wave_id: int, *, by: User) -> Wave:
    """A second person stands for the plan; from now on the versions of its contents are fixed."""
    wave = _get(wave_id)
    if wave.state == State.SIMULATED and wave.simulated_by_id == by.pk:
        raise WaveError(SECOND_PERSON)
    wave = _move(wave_id, "approve", approved_by=by, approved_at=timezone.now())
    _refuse_other_terms(wave)
    refuse_broken_content(wave)
    fix_content(wave)
    refuse_late_print(wave)
    if missing := wave_offers.reserve(wave):
        raise WaveError(str(offers.PoolTooSmallError(missing)))
    return wave


def _refuse_other_terms(wave: Wave) -> None:
    for plan in Plan.objects.filter(wave=wave).select_related("wave"):
        if changed := print_terms.changed_since(plan):
            raise WaveError(f"{changed}: simulate the wave again")


def refuse_late_print(wave: Wave) -> None:
    """What would arrive after the wave's day, or with an offer that is over by then. Raises WaveError."""
    try:
        timetable.refuse_late(wave, only=_used_options(wave))
        wave_contents.refuse_expiring(wave, timetable.of_wave(wave))
    except (timetable.TimetableError, wave_contents.ContentsError) as error:
        raise WaveError(str(error)) from error


def _used_options(wave: Wave) -> set[int]:
    """Options of which the plan makes anything."""
    plans = Plan.objects.filter(wave=wave).values_list("options", flat=True)
    return {row["option"] for rows in plans for row in rows if row["pieces"]}


def _reserve_codes(wave: Wave) -> None:
    """For everybody whom the plan gives one, as far as pools go; a wave that lacks codes cannot be approved."""
    _note_offers(wave)
    wave_offers.reserve(wave)


def _note_offers(wave: Wave) -> None:
    try:
        wave_offers.note(wave)
    except offers.OfferError as error:
        raise WaveError(str(error)) from error


@transaction.atomic
def start(wave_id: int, *, by: User | None = None) -> Wave:
    """Make the dispatches and wake the workers."""
    now = timezone.now()
    arrives_at = _times(_get(wave_id), now).arrives_at
    wave = _move(wave_id, "start", started_at=now, arrives_at=arrives_at and max(now, arrives_at))
    queue(wave, now)
    delivering.begin(wave, now)
    transaction.on_commit(channel_tasks.wake_channels)
    return wave


def _times(wave: Wave, now: datetime) -> timetable.Timetable:
    try:
        return timetable.of_wave(wave, now=now)
    except timetable.TimetableError as error:
        raise WaveError(str(error)) from error


def pause(wave_id: int, *, by: User | None = None) -> Wave:
    """Nothing more is claimed; what is just leaving leaves."""
    return _move(wave_id, "pause")


@transaction.atomic
def resume(wave_id: int, *, by: User | None = None) -> Wave:
    wave = _move(wave_id, "resume")
    transaction.on_commit(channel_tasks.wake_channels)
    return wave


@transaction.atomic
def cancel(wave_id: int, *, by: User | None = None) -> Wave:
    """For good. Print jobs are stopped if their production has not begun; what has left has left."""
    wave = _move(wave_id, "cancel", finished_at=timezone.now())
    offers.give_back(wave_id)
    ledger.cancel_wave(wave_id)  # first the dispatches, then the jobs, as a hand-over locks them
    jobs = PrintJob.objects.filter(wave_id=wave_id, state__in=print_jobs.BEFORE_PRODUCTION).order_by("id")
    for job_id in jobs.select_for_update().values_list("id", flat=True):
        print_jobs.cancel(job_id)
    return wave


ACTIONS: dict[str, Callable[..., Any]] = {
    "simulate": simulate,
    "approve": approve,
    "start": start,
    "pause": pause,
    "resume": resume,
    "cancel": cancel,
}


def start_scheduled() -> int:
    """Start approved waves whose time has come; returns how many."""
    now = timezone.now()
    approved = Wave.objects.filter(state=State.APPROVED).select_related("campaign")
    planned = approved.filter(Q(scheduled_at__lte=now) | Q(scheduled_at=None, arrives_on__isnull=False))
    due = [wave.pk for wave in planned.order_by("id") if timetable.is_due(wave, now)]
    return sum(_tried(start, wave_id) for wave_id in due)


def complete_finished() -> int:
    """Complete running waves in which every dispatch has its final state, and that nobody joins; returns how many."""
    running = Wave.objects.filter(state=State.RUNNING).exclude(open_until_at__gt=timezone.now())
    finished = [wave_id for wave_id in running.values_list("id", flat=True) if not ledger.is_open(wave_id)]
    return sum(_tried(_complete, wave_id) for wave_id in finished)


def _complete(wave_id: int) -> Wave:
    return _change(wave_id, COMPLETE, "complete", finished_at=timezone.now())


def _tried(step: Callable[[int], Wave], wave_id: int) -> bool:
    """False where somebody else was faster."""
    try:
        step(wave_id)
    except WaveError:
        return False
    return True


def _reason_against(wave: Wave, verb: str, user: User) -> str:
    step = STEPS[verb]
    if wave.state not in step.sources:
        return f"a wave that is {wave.state} cannot be {PAST[verb]}"
    if not user.has_perm(step.permission):
        return f"you may not {verb} waves"
    if verb == "approve" and wave.simulated_by_id == user.pk:
        return SECOND_PERSON
    return ""


PAST = {
    "simulate": "simulated",
    "approve": "approved",
    "start": "started",
    "pause": "paused",
    "resume": "resumed",
    "cancel": "cancelled",
    "complete": "completed",
}


def _get(wave_id: int) -> Wave:
    try:
        return Wave.objects.select_related("campaign__audience", "campaign__content").get(pk=wave_id)
    except Wave.DoesNotExist:
        raise WaveError("there is no such wave") from None


def _move(wave_id: int, verb: str, **fields: Any) -> Wave:
    return _change(wave_id, STEPS[verb], verb, **fields)


def _change(wave_id: int, step: Step, verb: str, **fields: Any) -> Wave:
    moved = Wave.objects.filter(pk=wave_id, state__in=step.sources).update(state=step.to, **fields)
    wave = _get(wave_id)
    if not moved:
        raise WaveError(f"a wave that is {wave.state} cannot be {PAST[verb]}")
    return wave


def refuse_broken_content(wave: Wave) -> None:
    try:
        wave_contents.refuse_broken(wave.campaign)
    except wave_contents.ContentsError as error:
        raise WaveError(str(error)) from error


def fix_content(wave: Wave) -> None:
    """Raises WaveError for a content that nobody has approved."""
    try:
        wave_contents.fix(wave)
    except wave_contents.ContentsError as error:
        raise WaveError(str(error)) from error
    _note_offers(wave)


# What the plan gave, unless a contact limit was reached since it was made; objections are minded at every claim.
PLANNED = """
    WITH contacts AS ({contacts})
    SELECT a.customer_id, a.option_id, a.channel, round(a.cost_cents)::int AS cost_cents, {barred} AS barred
    FROM (
        SELECT customer_id, option_id, channel, cost_cents - on_top_cost_cents AS cost_cents
        FROM steering_assignment WHERE wave_id = %(wave)s AND option_id IS NOT NULL {only}
        UNION ALL
        SELECT t.customer_id, o.id, o.channel, t.on_top_cost_cents
        FROM steering_assignment t JOIN campaigns_option o ON o.campaign_id = %(campaign)s AND o.channel = ANY(%(by_area)s)
        WHERE t.wave_id = %(wave)s AND t.has_leaflet_on_top
    ) a LEFT JOIN contacts k ON k.customer_id = a.customer_id
    ORDER BY a.customer_id
"""


def queue(wave: Wave, now: datetime, *, only: Sequence[int] | None = None) -> int:
    """Make the dispatches of everybody planned, or of some customers `only` who got no leaflet; returns how many."""
    limits = eligibility.limits_as_of(now)
    sql = PLANNED.format(
        contacts=limits.contacts if only is None else limits.contacts_of_some,
        barred=limits.barred("a.channel"),
        only="" if only is None else "AND customer_id = ANY(%(only)s)",
    )
    if only is not None:
        wave_offers.reserve(wave, only=only)  # who lacks a code is written down as such
    times = _times(wave, now) if only is None else None
    due = max(now, times.arrives_at) if times and times.arrives_at else None
    deadline = (due or now) + timedelta(days=wave.campaign.dispatch_days)
    by_area = [channel.name for channel in registry.every() if channel.reach.decided_by_area]
    params = dict(limits.params) | {"campaign": wave.campaign_id, "by_area": by_area, "only": only}
    ahead = times.ahead if times else {}
    return ledger.queue(sql, params, wave_id=wave.pk, deadline_at=deadline, due_at=due, ahead=ahead)
