"""Which dispatch a mail is about: only by what we signed and what really left, so that nobody else's can be made up.

A return path (VERP) or a Message-ID is known to us, to the receiver, and to whoever the receiver passed the mail on to
with its header. Those could still make up a bounce of this one mail, and nobody else a bounce of any.
"""

import re

from django.conf import settings

from channels import tracking
from channels.models import Dispatch, DispatchState
from channels.tracking import Purpose

from .. import verp
from ..letters import message_id
from .reading import Reading

MOST_LOOKED_AT = 20
MESSAGE_ID = re.compile(r"<dispatch-(\d{1,18})\.[^<>@\s]{8,80}@[^<>\s]{1,255}>")
# `sending` too: a bounce may be faster than the record of its mail.
LEFT = (
    DispatchState.SENDING,
    DispatchState.SENT,
    DispatchState.DELIVERED,
    DispatchState.UNCERTAIN,
    DispatchState.BOUNCED,
    DispatchState.FAILED,
)


def of_bounce(reading: Reading) -> int | None:
    """By the return path it came to, by that of the mail it encloses, or by the Message-ID of that mail."""
    candidates = [*_by_return_path(reading.for_whom), *_by_return_path(reading.quoted), *by_message_id(reading.quoted)]
    return _that_left(candidates)


def of_complaint(reading: Reading) -> int | None:
    """Also by the unsubscribe link: whoever has that could refuse our mails anyway."""
    mail_from = reading.complaint.mail_from if reading.complaint else ""
    candidates = [*_by_return_path(mail_from), *_by_return_path(reading.quoted), *by_message_id(reading.quoted)]
    return _that_left([*candidates, *_by_link(reading.quoted)])


def by_message_id(text: str) -> list[int]:
    found = MESSAGE_ID.finditer(text)
    return [
        number
        for match, _ in zip(found, range(MOST_LOOKED_AT), strict=False)
        if message_id(number := int(match[1])).lower() == match[0].lower()
    ]


def _by_return_path(text: str) -> list[int]:
    found = zip(verp.TOKEN.finditer(text), range(MOST_LOOKED_AT), strict=False)
    numbers = (verp.read(match[0]) for match, _ in found)
    return [number for number in numbers if number is not None]


def _by_link(text: str) -> list[int]:
    links = re.compile(re.escape(f"{settings.SITE_URL}/u/") + r"([\w-]{10,100})")
    found = zip(links.finditer(text), range(MOST_LOOKED_AT), strict=False)
    contents = (tracking.read(Purpose.UNSUBSCRIBE, match[1]) for match, _ in found)
    return [content.dispatch_id for content in contents if content is not None]


def _that_left(candidates: list[int]) -> int | None:
    """The first that is a mail of ours which has left."""
    dispatches = Dispatch.objects.filter(channel="email", state__in=LEFT)
    return next((number for number in candidates if dispatches.filter(pk=number).exists()), None)
