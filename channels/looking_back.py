"""What a dispatch said: the version that it carried, filled in with what was known about the person when it left."""

from dataclasses import dataclass
from datetime import datetime

from campaigns import conditions, personalise
from campaigns.models import ContentVersion

from . import previews, recipients, registry, sent
from .base import Channel
from .compiled import Blocks
from .models import Dispatch, DispatchState
from .previews import Preview
from .print_mailing import addresses

NOTHING_LEFT = (
    DispatchState.QUEUED,
    DispatchState.CLAIMED,
    DispatchState.CANCELLED,
    DispatchState.EXPIRED,
    DispatchState.SUPPRESSED,
)


@dataclass(frozen=True)
class Shown:
    """`at`: when its data was read to be sent; None: nothing has left, so it is shown as it would leave now."""

    dispatch: Dispatch
    version: ContentVersion
    preview: Preview
    at: datetime | None
    asks_audiences: bool  # in which the person is was not kept


def show(dispatch: Dispatch) -> Shown | None:
    """None where its wave has no content for it. Links of online messages lead straight on, so that looking counts nothing."""
    found = sent.find(dispatch.pk)
    if found is None:
        return None
    version = ContentVersion.objects.select_related("content").get(pk=found.version_id)
    at = None if dispatch.state in NOTHING_LEFT else dispatch.claimed_at
    preview = _preview(registry.get(dispatch.channel), dispatch, version.blocks, at)
    return Shown(dispatch, version, preview, at, bool(conditions.audiences(version.blocks)))


def _preview(channel: Channel, dispatch: Dispatch, blocks: Blocks, at: datetime | None) -> Preview:
    id_ = dispatch.customer_id
    address = addresses.of_customers([id_], at=at).get(id_)
    fields = personalise.fields_for([id_], **recipients.asked_of_people([blocks]), at=at)[id_]
    fields |= {"coupon_code": dispatch.coupon_code, "address_lines": list(address.lines) if address else []}
    fields |= {"coupons": recipients.coupons([dispatch.pk], [blocks], channel).get(dispatch.pk, {})}
    if channel.is_public or not channel.reach.needs_household:
        return previews.one(channel.name, blocks, fields)
    # What is printed for one person bears their own link.
    linked = recipients.linked_blocks(blocks, channel.name)
    own = recipients.own_fields(channel, dispatch.pk, dispatch.coupon_code, linked)
    return previews.filled(channel, blocks, fields | own)
