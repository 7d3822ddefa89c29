"""The open wave of a campaign and day: it runs from the first customer on, and triggers add others until midnight."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, Wave, WaveState
from steering.models import ModelVersion
from steering.planning import joining

from . import waves


@transaction.atomic
def of_today(campaign: Campaign, *, by: User | None, version: ModelVersion | None, now: datetime) -> Wave | None:
    """Locked until the transaction ends, and made if there is none; None where staff have paused or cancelled it.

    `by`: who approved that the campaign goes out by itself. Raises WaveError where its content cannot be sent.
    """
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)  # so that two at once make one wave
    until = _midnight_after(now)
    wave = Wave.objects.select_for_update(no_key=True).filter(campaign=campaign, open_until_at=until).first()
    if wave is None:
        wave = _open(campaign, until, by=by, version=version, now=now)
    wave.campaign = campaign
    return wave if wave.state == WaveState.RUNNING else None


def _open(campaign: Campaign, until: datetime, *, by: User | None, version: ModelVersion | None, now: datetime) -> Wave:
    wave = waves.create(campaign)
    waves.refuse_broken_content(wave)
    waves.fix_content(wave)
    wave.state, wave.open_until_at = WaveState.RUNNING, until
    wave.approved_by, wave.approved_at, wave.started_at = by, now, now
    wave.save()
    joining.begin(wave, version=version, as_of_at=now)
    return wave


def _midnight_after(now: datetime) -> datetime:
    """By the clock of the platform's time zone; a day of 23 or 25 hours ends at midnight too."""
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, datetime.min.time()))
