"""Answer firings whose time has come: close those that must not go out, decide about the others, queue what they get.

One campaign at a time, many customers at once, in one transaction: whoever dies leaves everything as it was, and the
next who asks begins again. Only one answers at a time, so that two campaigns cannot both use up somebody's last contact.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from campaigns.models import Campaign, Wave
from campaigns.rules import RuleError
from channels import ledger
from channels.ledger.sql import count, rows
from channels.models import Dispatch
from steering import champion, open_waves, waves
from steering.models import Outcome, Trigger
from steering.models.triggers import ANSWERED
from steering.planning import PlanningError, joining
from steering.planning.joining import Joined

log = logging.getLogger(__name__)
MOST = 5_000  # firings at a time
TRY_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('steering.triggers'))"
CLOSE_LATE = """
    UPDATE steering_firing SET outcome = 'late', ended_at = now()
    WHERE id IN (SELECT id FROM steering_firing WHERE outcome = 'waiting' AND deadline_at <= now()
                 ORDER BY id LIMIT 100000 FOR UPDATE SKIP LOCKED)
"""
DUE = """
    SELECT t.campaign_id FROM steering_trigger t
    JOIN LATERAL (SELECT min(f.due_at) AS due_at FROM steering_firing f
                  WHERE f.trigger_id = t.id AND f.outcome = 'waiting' AND f.due_at <= now() AND f.deadline_at > now()) f
      ON f.due_at IS NOT NULL
    WHERE t.state = 'active' GROUP BY 1 ORDER BY min(f.due_at)
"""
# What came meanwhile: later than the event, and about the same message where both are about one.
MEANWHILE = """
    EXISTS (SELECT FROM campaigns_event m
            WHERE m.customer_id = f.customer_id AND m.occurred_at >= f.occurred_at AND m.kind = ANY(t.{kinds})
              AND m.id <> f.event_id AND (m.dispatch_id IS NULL OR f.dispatch_id IS NULL OR m.dispatch_id = f.dispatch_id))
"""
# Of a customer's firings that are left the first goes on.
JUDGE = f"""
    WITH due AS (
        SELECT f.* FROM steering_firing f JOIN steering_trigger t ON t.id = f.trigger_id
        WHERE t.campaign_id = %(campaign)s AND t.state = 'active'
          AND f.outcome = 'waiting' AND f.due_at <= now() AND f.deadline_at > now()
        ORDER BY f.due_at, f.id LIMIT %(most)s FOR UPDATE OF f SKIP LOCKED
    ), judged AS (
        SELECT f.id, f.customer_id, f.due_at, CASE
            WHEN t.unless_kinds <> '{{}}' AND {MEANWHILE.format(kinds="unless_kinds")} THEN 'unless'
            WHEN t.only_if_kinds <> '{{}}' AND NOT {MEANWHILE.format(kinds="only_if_kinds")} THEN 'only_if'
            WHEN EXISTS (SELECT FROM steering_firing o
                         WHERE o.customer_id = f.customer_id AND o.trigger_id = f.trigger_id
                           AND o.outcome = ANY(%(answered)s)
                           AND o.ended_at > now() - t.once_in_days * interval '1 day') THEN 'again'
            WHEN EXISTS (SELECT FROM steering_assignment a
                         WHERE a.wave_id = %(wave)s AND a.customer_id = f.customer_id) THEN 'in_wave'
            END AS outcome
        FROM due f JOIN steering_trigger t ON t.id = f.trigger_id
    ), numbered AS (
        SELECT j.*, row_number() OVER (PARTITION BY customer_id, outcome ORDER BY due_at, id) AS place FROM judged j
    ), decided AS (
        SELECT id, customer_id, CASE WHEN outcome IS NULL AND place > 1 THEN 'in_wave' ELSE outcome END AS outcome
        FROM numbered
    ), closed AS (
        UPDATE steering_firing f SET outcome = d.outcome, ended_at = now()
        FROM decided d WHERE f.id = d.id AND d.outcome IS NOT NULL
    )
    SELECT id, customer_id, outcome IS NULL FROM decided ORDER BY id
"""  # noqa: S608
# Of open waves, which are few, whatever waits: for the morning, or for a speed limit.
OVERTAKEN = f"""
    SELECT d.id FROM campaigns_wave w
    JOIN channels_dispatch d ON d.wave_id = w.id AND d.state = 'queued'
    JOIN steering_firing f ON f.wave_id = w.id AND f.customer_id = d.customer_id AND f.outcome = 'contacted'
    JOIN steering_trigger t ON t.id = f.trigger_id
    WHERE w.open_until_at IS NOT NULL AND w.state IN ('running', 'paused')
      AND t.unless_kinds <> '{{}}' AND {MEANWHILE.format(kinds="unless_kinds")}
"""  # noqa: S608
END = """
    UPDATE steering_firing f SET outcome = t.outcome, ended_at = now(), wave_id = %(wave)s
    FROM unnest(%(ids)s::bigint[], %(outcomes)s::text[]) AS t(id, outcome) WHERE f.id = t.id
"""


@dataclass(frozen=True)
class Answered:
    """What one step did: how many firings it ended, and by which channels something of which wave is due."""

    ended: int = 0
    wave_id: int | None = None
    channels: tuple[str, ...] = ()


def answer_due(*, most: int = MOST) -> list[Answered]:
    """One step for each campaign of which something is due; nothing is due, or somebody is at it, where it ends none.

    A campaign that cannot be planned stops no other: its firings wait for staff until they are too late.
    """
    count(CLOSE_LATE, [])
    return [answered for (campaign_id,) in rows(DUE, []) if (answered := _tried(campaign_id, most)).ended]


def _tried(campaign_id: int, most: int) -> Answered:
    try:
        return answer(campaign_id, most=most)
    except (PlanningError, RuleError, waves.WaveError) as error:
        log.error("triggers of campaign %s wait: %s", campaign_id, error)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # whatever it is, the customers of other campaigns do not wait for its repair
        log.exception("triggers of campaign %s crashed", campaign_id)
    return Answered()


@transaction.atomic
def answer(campaign_id: int, *, most: int = MOST) -> Answered:
    """A batch of one campaign's firings. Raises PlanningError or WaveError, and then has done nothing."""
    if not rows(TRY_ALONE, [])[0][0]:
        return Answered()
    now, version = timezone.now(), champion.present()
    campaign = Campaign.objects.get(pk=campaign_id)
    wave = open_waves.of_today(campaign, by=_approver(campaign_id), version=version, now=now)
    if wave is None:
        return Answered()
    answered = [str(outcome) for outcome in ANSWERED]
    judged = rows(JUDGE, {"campaign": campaign_id, "wave": wave.pk, "most": most, "answered": answered})
    left = {firing_id: customer_id for firing_id, customer_id, is_left in judged if is_left}
    if not left:
        return Answered(len(judged))
    joined = joining.join(wave, list(left.values()), version=version, as_of_at=now, number=min(left))
    _end(left, joined, wave_id=wave.pk)
    return Answered(len(judged), wave.pk, _queue(wave, joined, now))


def _approver(campaign_id: int) -> User | None:
    approved = Trigger.objects.filter(campaign_id=campaign_id, state="active").select_related("approved_by")
    return approved.order_by("-approved_at").first().approved_by


def _end(left: Mapping[int, int], joined: Joined, *, wave_id: int) -> None:
    outcomes = [outcome_of(customer_id, joined) for customer_id in left.values()]
    count(END, {"ids": list(left), "outcomes": [str(one) for one in outcomes], "wave": wave_id})


def outcome_of(customer_id: int, joined: Joined) -> Outcome:
    if customer_id not in joined.in_audience:
        return Outcome.NOT_IN_AUDIENCE
    by_decision = {
        Outcome.CONTACTED: joined.contacted,
        Outcome.HELD_OUT: joined.held_out,
        Outcome.LEFT_ALONE: joined.left_alone,
    }
    return next((outcome for outcome, ids in by_decision.items() if customer_id in ids), Outcome.NOT_OPEN)


def _queue(wave: Wave, joined: Joined, now: datetime) -> tuple[str, ...]:
    if not joined.contacted:
        return ()
    ids = sorted(joined.contacted)
    waves.queue(wave, now, only=ids)
    made = Dispatch.objects.filter(wave=wave, customer__in=ids, state="queued")
    return tuple(made.order_by("channel").values_list("channel", flat=True).distinct())


def cancel_overtaken() -> int:
    """What was answered and waits to leave is cancelled where what was to prevent it came since; returns how many."""
    return ledger.cancel([id_ for (id_,) in rows(OVERTAKEN, [])], reason="what was to prevent it came")


def counts(trigger_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Of each trigger, how many firings have each outcome."""
    sums: dict[int, dict[str, int]] = {}
    sql = "SELECT trigger_id, outcome, count(*) FROM steering_firing WHERE trigger_id = ANY(%s) GROUP BY 1, 2"
    for trigger_id, outcome, number in rows(sql, [list(trigger_ids)]):
        sums.setdefault(trigger_id, {})[outcome] = number
    return sums
