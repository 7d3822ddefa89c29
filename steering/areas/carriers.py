"""Whose delivery areas a campaign buys."""

from campaigns.areas import living
from campaigns.models import Option
from channels import registry


def of_campaign(campaign_id: int | None) -> str:
    """The carrier that its option by area names; empty: of each household, the first carrier that has it."""
    if campaign_id is None:
        return ""
    by_area = [channel.name for channel in registry.every() if channel.reach.decided_by_area]
    options = Option.objects.filter(campaign_id=campaign_id, channel__in=by_area)
    return living.carrier_of(options.values_list("settings", flat=True).first() or {})
