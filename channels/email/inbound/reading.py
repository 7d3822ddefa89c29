"""What a mail that came back is: a bounce, a complaint, a wish to unsubscribe, an automatic answer, or something else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from . import addresses, arf, automatic, dsn, plain
from .arf import Complaint
from .dates import read_date
from .dsn import Reported
from .message import Mail, parse
from .plain import PlainBounce

# Where mail servers write down for whom they took a mail; the most reliable first.
FOR_WHOM = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to", "cc", "resent-to")
REPORT_TYPES = ("delivery-status", "feedback-report")


class Kind(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTOMATIC = "automatic"
    OTHER = "other"


@dataclass(frozen=True)
class Reading:
    """One mail, read; which of our dispatches it is about is for origin.py to find in `for_whom` and `quoted`."""

    kind: Kind
    for_whom: str  # addresses it was sent to
    quoted: str  # everything in it that may repeat what we signed
    at: datetime | None = None
    reports: tuple[Reported, ...] = ()
    plain: PlainBounce | None = None
    complaint: Complaint | None = None


def read(raw: bytes, *, recipient: str = "") -> Reading:
    """Read one mail; `recipient` is the address of the envelope, where it is known. Raises message.UnreadableError."""
    mail = parse(raw)
    for_whom = "\n".join([recipient, *(value for name in FOR_WHOM for value in mail.headers.get(name, ()))])
    reports, complaint = dsn.read(mail), arf.read(mail)
    in_words = None if reports or complaint else plain.read(mail)
    return Reading(
        kind=_kind(mail, for_whom, bool(reports or in_words), complaint),
        for_whom=for_whom,
        quoted=_quoted(mail),
        at=next((one.at for one in reports if one.at), None) or read_date(mail.first("date")),
        reports=reports,
        plain=in_words,
        complaint=complaint,
    )


def _kind(mail: Mail, for_whom: str, is_bounce: bool, complaint: Complaint | None) -> Kind:
    if complaint:
        return Kind.COMPLAINT
    if is_bounce:
        return Kind.BOUNCE
    if mail.report_type in REPORT_TYPES:
        return Kind.OTHER  # a report without the part that says what it reports
    if automatic.is_automatic(mail):
        return Kind.AUTOMATIC
    return Kind.UNSUBSCRIBE if addresses.UNSUBSCRIBE.search(for_whom) else Kind.OTHER


def _quoted(mail: Mail) -> str:
    """The mail that came back first: its header, then what the report says of it, then any text."""
    enclosed = [part.text for part in mail.parts if part.type in ("message/rfc822", "message/global")]
    headers = [part.text for part in mail.parts if part.type in ("text/rfc822-headers", "message/global-headers")]
    others = [part.text for part in mail.parts if part.text not in enclosed and part.text not in headers]
    answered = [mail.first("in-reply-to"), mail.first("references")]
    return "\n".join([*enclosed, *headers, *others, *answered])
