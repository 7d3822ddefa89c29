"""What is set for the pace of a campaign, in words, with the pages where it is changed."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from channels.models import CampaignPace, SendHours

from .names import label


def of_campaign(campaign_id: int) -> dict[str, Any]:
    """How its waves are spread, and the sending hours that concern it."""
    pace = CampaignPace.objects.filter(campaign_id=campaign_id).first()
    hours = SendHours.objects.filter(Q(campaign=None) | Q(campaign=campaign_id))
    return {
        "spread": _spread(pace),
        "spread_url": _page("campaignpace", pace, campaign_id),
        "hours": [_row(row) for row in hours],
        "hours_url": _page("sendhours", None, campaign_id),
    }


def _spread(pace: CampaignPace | None) -> str:
    if pace is None:
        return "At once: as fast as limits allow"
    if pace.spread == CampaignPace.Spread.EVENLY:
        return f"Evenly: {pace.per_hour:,} an hour on each channel"
    words = pace.get_spread_display()
    return words[:1].upper() + words[1:]


def _row(hours: SendHours) -> dict[str, str]:
    words = str(hours)
    return {
        "words": words[:1].upper() + words[1:],
        "channel": label(hours.channel) if hours.channel else "every digital channel",
        "of": "this campaign" if hours.campaign_id else "every campaign",
        "url": _page("sendhours", hours, None),
    }


def _page(model: str, row: Any, campaign_id: int | None) -> str:
    if row is not None:
        return reverse(f"admin:channels_{model}_change", args=[row.pk])
    return f"{reverse(f'admin:channels_{model}_add')}?campaign={campaign_id}"
