"""The offers of a wave: which its contents show, and the codes that are reserved for whom its plan gives them."""

from collections.abc import Sequence

from campaigns import offers, versions
from campaigns.models import Campaign, Wave
from campaigns.offers import Shown

from . import wave_contents

PLANNED = "SELECT customer_id, option_id FROM steering_assignment WHERE wave_id = %(wave)s AND option_id IS NOT NULL"
OF_SOME = f"{PLANNED} AND customer_id = ANY(%(only)s)"


def shown(campaign: Campaign) -> list[tuple[Shown, float]]:
    """What each option would send now, and with which share: as approved, or as drafted where it never was."""
    said = wave_contents.of_campaign(campaign)
    approved = versions.newest({one.content.pk for one in said})
    return [
        (
            Shown(
                one.option.pk,
                one.option.channel,
                version.blocks if (version := approved.get(one.content.pk)) else one.content.blocks,
                one.variant,
            ),
            one.share,
        )
        for one in said
    ]


def note(wave: Wave) -> None:
    """Raises OfferError for an offer that is gone or withdrawn."""
    offers.note_offers(wave.pk, [one for one, _ in shown(wave.campaign)])


def reserve(wave: Wave, *, only: Sequence[int] | None = None) -> dict[str, int]:
    """Codes for everybody in the plan, or for some customers `only`; returns how many are missing, by offer."""
    if only is None:
        return offers.reserve(wave.pk, PLANNED, {})
    return offers.reserve(wave.pk, OF_SOME, {"only": list(only)}, rows=len(only))


def missing(wave: Wave) -> dict[str, int]:
    """How many codes the plan still lacks, by offer; nothing is reserved by asking."""
    return offers.missing(wave.pk, PLANNED, {})
