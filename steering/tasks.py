"""Celery tasks of the platform: what beat calls on schedule, and what staff start but need not wait for."""

import logging
import time
from datetime import timedelta

from celery import shared_task
from celery.schedules import crontab
from django.conf import settings
from django.contrib.auth.models import User

from campaigns import areas, journey, neighbourhoods
from campaigns import tasks as campaign_tasks
from campaigns.duplicates import automatic, merging
from campaigns.duplicates import finding as duplicates
from campaigns.testimonials import finding
from channels import calls, print_files, print_jobs, queues
from channels import tasks as channel_tasks
from channels.access import audit
from channels.checks import link_answers
from channels.email.inbound import keeping
from channels.print_jobs import encrypting, finishing
from channels.social import files as social_files
from channels.social import leaving
from channels.steps import run_all
from channels.vendor_api import idempotency
from channels.webhooks import forgetting

from . import invariants, long_steps, schedule, trainings, triggers, waves
from .areas import training as area_training
from .planning import portions, shards, what_if

log = logging.getLogger(__name__)
HOUR = 3600
ANSWER_EVERY = 2.0  # seconds: how long a customer who triggers something waits at most, beside the work itself
ANSWER_SECONDS = 10  # of one task; the next goes on


@shared_task
def every_minute() -> None:
    """Start and complete waves, put the ledger right. Its row in the record of runs also proves that workers work."""
    if schedule.claim("every minute", every=timedelta(minutes=1)):
        run_all(
            answer_triggers,
            triggers.cancel_overtaken,
            waves.start_scheduled,
            print_jobs.withdraw_erased,
            print_jobs.expire_due,
            channel_tasks.sweep,
            finishing.finish_due,
            encrypting.call_due,
            waves.complete_finished,
            campaign_tasks.wake_imports,
        )


@shared_task
def answer_events() -> None:
    """Asked every few seconds by the urgent queue. Called twice, or late, it finds what is due in the database."""
    answer_triggers()


def answer_triggers() -> None:
    """Until nothing is due, or the time is over; what was queued leaves by the urgent queue."""
    ends_at = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < ends_at and (steps := triggers.answer_due()):
        for step in steps:
            for channel in step.channels:
                calls.call(queues.SEND_URGENT, channel, step.wave_id)


@shared_task
def every_minute_by_mail() -> None:
    """Apart from the other work of the minute, because a mail server may keep us waiting."""
    if schedule.claim("every minute by mail", every=timedelta(minutes=1)):
        channel_tasks.look_into_mailbox()


@shared_task
def every_quarter() -> None:
    if schedule.claim("every quarter", every=timedelta(minutes=15)):
        leaving.remove_objected()


@shared_task
def every_hour() -> None:
    if schedule.claim("every hour", every=timedelta(hours=1)):
        check_invariants()


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60)
def every_night() -> None:
    if schedule.claim("every night", every=timedelta(days=1)):
        run_all(
            journey.refresh,
            areas.place_customers,
            neighbourhoods.refresh,
            finding.propose_new,
            merging.forget,
            area_training.retrain,
            print_files.sweep,
            print_jobs.purge_over,
            print_jobs.remind_of_certificates,
            social_files.sweep,
            idempotency.forget_old,
            audit.forget_old,
            forgetting.forget_old,
            keeping.forget_old,
            link_answers.forget_old,
            schedule.forget_old,
        )


# Acknowledged when they begin: they may take longer than the time after which Redis delivers a message again.
@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60, acks_late=False)
def take_step(wave_id: int, verb: str, user_id: int) -> None:
    """A step of a large wave. A message that comes twice finds the step taken."""
    long_steps.take(wave_id, verb, user_id)


@shared_task
def score_shard(scoring_id: int) -> None:
    """A part of a large audience, whichever is free. A message that comes twice finds another one, or none."""
    shards.score_one(scoring_id)


@shared_task
def decide_shard(scoring_id: int) -> None:
    """The same for a shard of a wave that is decided apart."""
    portions.work_one(scoring_id)


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60, acks_late=False)
def compute_what_if(plan_id: int) -> None:
    """The curve of a large plan; done twice it is the same."""
    what_if.compute(plan_id)


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60, acks_late=False)
def plan_together(wave_ids: list[int], most: int, user_id: int) -> None:
    long_steps.take_together(wave_ids, most, user_id)


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60, acks_late=False)
def train_model(user_id: int | None = None) -> None:
    """A new model version, for staff to look at and promote."""
    from . import learning  # and scikit-learn with it, which only who trains needs

    try:
        learning.train(by=User.objects.filter(pk=user_id).first())
    except learning.LearningError as error:
        log.warning("no model was trained: %s", error)


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60, acks_late=False)
def retrain_model() -> None:
    """Asked each night, so that a training which a crash has ended is tried again the next."""
    every = timedelta(days=settings.RETRAIN_DAYS)
    if not every or not trainings.is_due(every=every) or not schedule.claim("retraining", every=timedelta(days=1)):
        return
    from . import learning

    try:
        version = learning.retrain()
    except learning.LearningError as error:
        log.info("no model was trained: %s", error)
    else:
        log.info("%s was trained: %s", version, version.reason)


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60, acks_late=False)
def look_for_duplicates() -> None:
    """Records of one person, for somebody to decide about; sure ones are merged where the platform is told so."""
    if schedule.claim("duplicates", every=timedelta(days=7)):
        duplicates.find()
        automatic.merge_sure()


def check_invariants() -> None:
    for verdict in invariants.check_and_note():
        if not verdict.holds:
            log.error("broken: %s: %s, e.g. %s", verdict.name, verdict.count, verdict.broken_by)


# Without `expires`: a machine whose clock is off would make all its messages worthless. One that waited too long, or comes
# twice, finds its slot claimed.
BEAT = {
    "triggers": {
        "task": "steering.tasks.answer_events", "schedule": ANSWER_EVERY, "options": {"queue": queues.URGENT},
    },
    "every minute": {"task": "steering.tasks.every_minute", "schedule": crontab()},
    "every minute by mail": {
        "task": "steering.tasks.every_minute_by_mail", "schedule": crontab(),
    },
    "every quarter": {
        "task": "steering.tasks.every_quarter", "schedule": crontab(minute="*/15"),
    },
    "every hour": {"task": "steering.tasks.every_hour", "schedule": crontab(minute=7)},
    "every night": {
        "task": "steering.tasks.every_night", "schedule": crontab(minute=10, hour=1),
    },
    "duplicates": {
        "task": "steering.tasks.look_for_duplicates", "schedule": crontab(minute=20, hour=3, day_of_week="sunday"),
    },
    "new model": {
        "task": "steering.tasks.retrain_model", "schedule": crontab(minute=40, hour=2),
    },
}  # fmt: skip
