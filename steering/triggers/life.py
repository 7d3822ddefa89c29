"""The life of a trigger: draft -> active <-> paused, each step a conditional UPDATE. Whoever changes one makes it a draft."""

from django.contrib.auth.models import User
from django.utils import timezone

from campaigns.models import Campaign
from steering import wave_contents
from steering.models import Trigger, TriggerState
from steering.planning import PlanningError, joining

SECOND_PERSON = "a trigger is approved by another person than the one who wrote it"


class TriggerError(ValueError):
    """A step that is not taken; the message is for people."""


def act(trigger_id: int, verb: str, *, by: User) -> None:
    """Do a verb as a person. Raises TriggerError."""
    if verb == "approve":
        approve(trigger_id, by=by)
    elif verb == "pause":
        pause(trigger_id)
    elif verb == "resume":
        resume(trigger_id)
    else:
        raise TriggerError(f"there is no step {verb!r}")


def approve(trigger_id: int, *, by: User) -> None:
    """From now on it fires, without asking anybody again. Raises TriggerError."""
    trigger = _get(trigger_id)
    if trigger.written_by_id == by.pk:
        raise TriggerError(SECOND_PERSON)
    if reason := why_not(trigger.campaign) or wave_contents.why_not(trigger.campaign):
        raise TriggerError(reason)
    _move(trigger_id, (TriggerState.DRAFT,), TriggerState.ACTIVE, approved_by=by, approved_at=timezone.now())


def pause(trigger_id: int) -> None:
    """Nothing new is noted, and what waits goes on waiting."""
    _move(trigger_id, (TriggerState.ACTIVE,), TriggerState.PAUSED)


def resume(trigger_id: int) -> None:
    _move(trigger_id, (TriggerState.PAUSED,), TriggerState.ACTIVE)


def why_not(campaign: Campaign) -> str:
    """Why nobody could get anything of a campaign by a trigger; empty where somebody can."""
    try:
        joining.offers_of(campaign)
        wave_contents.refuse_broken(campaign)
    except (PlanningError, wave_contents.ContentsError) as error:
        return str(error)
    return ""


def _get(trigger_id: int) -> Trigger:
    trigger = Trigger.objects.select_related("campaign__content").filter(pk=trigger_id).first()
    if trigger is None:
        raise TriggerError("there is no such trigger")
    return trigger


def _move(trigger_id: int, sources: tuple[TriggerState, ...], to: TriggerState, **fields: object) -> None:
    if not Trigger.objects.filter(pk=trigger_id, state__in=sources).update(state=to, **fields):
        raise TriggerError(f"a trigger that is {_get(trigger_id).state} cannot become {to}")
