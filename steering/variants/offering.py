"""Which options can compare contents at all: a network shows everybody on a list the same post."""

from collections.abc import Mapping

from django.contrib.auth.models import User

from campaigns import variants
from campaigns.models import Comparison, Content, Option, Sharing
from campaigns.variants import VariantsError
from channels import registry


def offer(
    option: Option, shares: Mapping[Content, object], *, by: User | None, sharing: str = Sharing.FIXED
) -> Comparison:
    """Let an option compare contents. Raises VariantsError."""
    if reason := why_not(option.channel):
        raise VariantsError(reason)
    return variants.compare(option, shares, by=by, sharing=sharing)


def why_not(channel: str) -> str:
    """Empty where each person, or at least each area, can get another content."""
    if channel not in registry.CHANNELS:
        return f"there is no channel {channel!r}"
    found = registry.get(channel)
    if found.is_public and not found.reach.decided_by_area:
        return f"{found.label} shows everybody the same, so variants cannot be compared there"
    return ""
