"""Contents tried out on staff, as a customer would get them: no dispatch, so no sum, event or limit knows of it."""

import secrets

from campaigns import blocks as content_blocks
from campaigns import identity
from campaigns.models import Suppression

from . import ledger, previews, registry
from .base import ChannelError, Trial, Tried
from .compiled import Blocks

NUMBERS_FROM = 2**62  # the sequence of dispatches would need a million years at a hundred thousand a second


def try_out(channel: str, blocks: Blocks, *, recipient: str, customer_id: int | None = None) -> Tried:
    """By one channel, to this address of staff, filled in for a made-up person or a customer.

    Raises ContentError and ChannelError as Channel.try_out does.
    """
    content_blocks.check(blocks)
    carrier = registry.get(channel)
    trial = Trial(
        number=new_number(),
        blocks=blocks,
        fields=previews.fields_for(carrier, blocks, customer_id),
        recipient=usable(recipient),
        may_leave=not ledger.is_stopped(),
    )
    return carrier.try_out(trial)


def new_number() -> int:
    """Stands where a dispatch's id would, so that no two tests have the same Message-ID; what comes back finds nobody."""
    return NUMBERS_FROM + secrets.randbelow(2**61)


def usable(address: str) -> str:
    """In its normal form; empty stays empty. Raises ChannelError for one that is none, or must not be used."""
    if not address:
        return ""
    try:
        normal = identity.normalise("email", address)
    except identity.IdentityError as error:
        raise ChannelError(f"the address cannot be used: {error}", permanent=True) from error
    if Suppression.objects.filter(digest=identity.digest("email", normal)).exists():
        raise ChannelError("the address is suppressed", permanent=True)
    return normal
