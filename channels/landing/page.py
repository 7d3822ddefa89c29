"""What a visitor sees who follows a personal link: the content, or why there is nothing to see any more.

| the message | what is shown |
|---|---|
| as sent, or not sent yet | the content, with codes and a link to object |
| its offer is over | the content; instead of the code, that the offer has ended |
| its offer was withdrawn | the content without the offer |
| its customer wants no more advertising | the content that they asked for themselves, and that no more will come |
| cancelled, suppressed or expired before it left | that there is nothing here any more |
| gone with its customer, or a link that nobody made | the same, without telling which |
| any, fetched by a machine | title, description and picture for a preview of the link; nothing of the person |
"""

from dataclasses import dataclass

from campaigns import offers, personalise
from campaigns.models import Customer
from campaigns.offers import showing

from .. import recipients, registry, unsubscribing
from ..models import DispatchState as State
from ..sent import Sent, version_blocks
from . import render

NEVER_LEFT = frozenset({State.CANCELLED, State.SUPPRESSED, State.EXPIRED})
CHANNEL = "landing"


@dataclass(frozen=True)
class Page:
    html: str
    status: int = 200


def of(sent: Sent | None, *, is_machine: bool = False) -> Page:
    """`sent` None: there is no such message, or not any more."""
    if sent is None:
        return Page(render.gone(), status=404)
    if sent.state in NEVER_LEFT:
        return Page(render.gone(_language(sent)), status=410)
    blocks = version_blocks(sent.version_id)
    if is_machine:
        return Page(render.preview(blocks))
    return Page(render.render(blocks, _fields(sent, blocks)))


def _language(sent: Sent) -> str:
    return Customer.objects.values_list("language", flat=True).get(pk=sent.customer_id)


def _fields(sent: Sent, blocks: recipients.Blocks) -> dict[str, object]:
    linked = recipients.linked_blocks(blocks, CHANNEL)
    own = recipients.own_fields(registry.get(sent.channel), sent.dispatch_id, sent.coupon_code, linked)
    asked = recipients.asked_of_people([blocks])
    person = personalise.fields_for([sent.customer_id], **asked)[sent.customer_id]
    codes = offers.codes_of([sent.dispatch_id]).get(sent.dispatch_id, {})
    ends = offers.ends(showing.slugs(blocks, CHANNEL))
    return person | own | {"coupons": codes, "ends": ends, "is_unsubscribed": bool(unsubscribing.refused(sent).widest)}
