"""What an error of a mail server or a mail provider means for the dispatch."""

import re
import smtplib
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import BadHeaderError

from ..base import ChannelError, UncertainError, UnreachableError

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


def read(error: Exception, *, may_have_left: bool) -> ChannelError:
    """The channel's error for whatever the backend raised while a message was being sent."""
    if isinstance(error, BadHeaderError):
        return ChannelError("a header contains a line break", permanent=True)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return refused(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPSenderRefused):
        # Our own mistake or the server's mood: no customer's dispatch should end by it.
        return ChannelError(f"sender refused: {_clean(error.smtp_error)}", permanent=False, code=str(error.smtp_code))
    if isinstance(error, smtplib.SMTPResponseException):
        return refused(error.smtp_code, error.smtp_error)
    if isinstance(error, AnymailError):
        return _of_provider(error)
    if may_have_left:
        return UncertainError("the link broke after the message was given away")
    return ChannelError(f"the link broke before the message was given away: {type(error).__name__}", permanent=False)


def hangs_up(error: Exception) -> bool:
    """Whether the conversation is over. After a refusal it goes on with the next message, but 421 closes it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == 421 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == 421
    return not isinstance(error, BadHeaderError)


def refused(code: int, answer: bytes | str) -> ChannelError:
    """A reply of SMTP: 4xx try again, 5xx never, and 5.1.x (RFC 3463) says that the address itself is bad."""
    text = _clean(answer)
    enhanced = ENHANCED.search(text)
    shown = f"{code} {enhanced[1]}" if enhanced else str(code)

    if code >= 500 and enhanced and enhanced[1].startswith("5.1."):
        return UnreachableError(text, code=shown)
    return ChannelError(text, permanent=code >= 500, code=shown)


def _of_provider(error: AnymailError) -> ChannelError:
    if isinstance(error, AnymailRecipientsRefused):
        return UnreachableError("the provider refuses this recipient")
    status: Any = getattr(error, "status_code", None)
    if isinstance(error, AnymailAPIError) and status is None:
        return UncertainError("no answer from the provider")
    is_busy = status in (408, 425, 429) or (status or 0) >= 500
    return ChannelError(f"the provider answered {status}", permanent=not is_busy, code=str(status or ""))


def _clean(answer: bytes | str) -> str:
    """Servers like to repeat the address in their answer; the ledger keeps nothing personal."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return ADDRESS.sub("<address>", " ".join(text.split()))[:200]
