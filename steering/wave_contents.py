"""Which contents a wave sends: the newest approved version of each, fixed when the wave is approved."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from campaigns import versions
from campaigns.models import Campaign, Content, ContentState, ContentVersion, Option, Wave, WaveContent
from channels import checks, previews

from . import variants
from .timetable import Timetable

OVER = ("offer_over", "event_over")  # findings about days that are past when something arrives


class ContentsError(ValueError):
    """What cannot be sent; the message is for people."""


@dataclass(frozen=True)
class Said:
    """One content that an option may send."""

    option: Option
    content: Content
    variant: int = 0
    share: float = 1.0


def of_campaign(campaign: Campaign) -> list[Said]:
    """Each option's content, or those of its variants with the shares that a wave would give them now."""
    options = campaign.options.select_related("content", "comparison").order_by("id")
    return [said for option in options for said in _of_option(option, campaign)]


def _of_option(option: Option, campaign: Campaign) -> list[Said]:
    comparison = getattr(option, "comparison", None)
    if comparison is None:
        return [Said(option, option.content or campaign.content)]
    return [Said(option, variant.content, variant.number, share) for variant, share in variants.shares_now(comparison)]


def refuse_broken(campaign: Campaign) -> None:
    """What a channel cannot carry is refused here, not when sending: as approved, or as drafted where it never was."""
    said = of_campaign(campaign)
    approved = _approved(said)
    for one in said:
        version = approved.get(one.content.pk)
        blocks = version.blocks if version else one.content.blocks
        if found := previews.problems(blocks, [one.option.channel]):
            where = [f"“{one.content}” on {one.option.channel}", found[0].path, found[0].reason]
            raise ContentsError(": ".join(part for part in where if part))


def why_not(campaign: Campaign) -> str:
    """Why a wave's contents could not be fixed now; empty where they can."""
    said = of_campaign(campaign)
    return next(_reasons(said, _approved(said)), "")


def fix(wave: Wave) -> None:
    """Each option sends what is the newest approved version at this moment. Raises ContentsError where there is none."""
    said = of_campaign(wave.campaign)
    approved = _approved(said)
    if reason := next(_reasons(said, approved), "") or next(_unchecked(said, approved), ""):
        raise ContentsError(reason)
    WaveContent.objects.filter(wave=wave).delete()
    WaveContent.objects.bulk_create(
        WaveContent(
            wave=wave, option=one.option, version=approved[one.content.pk], variant=one.variant, share=one.share
        )
        for one in said
    )


def refuse_expiring(wave: Wave, times: Timetable) -> None:
    """What comes by post must still be worth something when it arrives. Raises ContentsError."""
    today = timezone.localdate()
    days = {stop.option.pk: (stop.arrives_on - today).days for stop in times.stops if stop.posted_on}
    fixed = WaveContent.objects.filter(wave=wave, option__in=days).select_related("option", "version__content")
    for one in fixed:
        channel = one.option.channel
        known = {"only": checks.Stage.QUICK, "arrives_in_days": {channel: days[one.option_id]}}
        found = checks.check(one.version.blocks, [channel], **known)
        for finding in (finding for finding in found if finding.is_error and finding.code in OVER):
            raise ContentsError(f"“{one.version.content}” on {channel}: {finding.reason}")


def _approved(said: list[Said]) -> dict[int, ContentVersion]:
    return versions.newest({one.content.pk for one in said})


def _reasons(said: list[Said], approved: dict[int, ContentVersion]) -> Iterator[str]:
    """Each content that may not be sent, and why."""
    for content in dict.fromkeys(one.content for one in said):
        if content.state == ContentState.ARCHIVED:
            yield f"the content “{content}” is archived"
        elif content.pk not in approved:
            yield f"the content “{content}” is not approved yet"


def _unchecked(said: list[Said], approved: dict[int, ContentVersion]) -> Iterator[str]:
    """Errors on a channel for which a content was not used when it was approved. What a program has made nobody answers for."""
    for one in said:
        version = approved[one.content.pk]
        if version.approved_by_id is None:
            continue
        found = checks.check(version.blocks, [one.option.channel], only=checks.Stage.QUICK)
        for error in (finding for finding in found if finding.is_error):
            yield f"the content “{one.content}” was approved without {one.option.channel}: {error.reason}"
