"""What an error of a mail server or a mail provider means: for the dispatch, for the line, and for the provider."""

import re
import smtplib
from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailError, AnymailRecipientsRefused
from django.core.mail import BadHeaderError

from ..base import ChannelError, NotTakenError, UncertainError, UnreachableError
from .bounce_rules import Severity, judge
from .wire.server import BrokenError, IncapableError, RefusedError, Reply, Stage

ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
OF_THE_MESSAGE = ("5.3.4", "5.2.3")  # too large, although a server may say so when it hears of the sender
# Seconds for which a mail host is left alone that says "later", unless it says so of this mailbox or message only.
LATER = {421: 10.0, 450: 5.0, 451: 5.0, 452: 10.0}
OF_ONE_RECIPIENT = ("4.1.", "4.2.", "4.6.")
LOGGED_OUT = (530, 534, 535, 538)


@dataclass(frozen=True)
class Meaning:
    """`is_providers`: it failed for reasons of its own. `is_over`: the line must be closed. `seconds`: the recipient's mail
    host wants to be left alone for so long."""

    error: ChannelError
    is_providers: bool = False
    is_over: bool = False
    seconds: float = 0.0

    @property
    def may_be_tried_elsewhere(self) -> bool:
        return self.is_providers and not isinstance(self.error, UncertainError)


def read(error: Exception) -> Meaning:
    """What is meant by whatever was raised while a message was being sent, or a line opened."""
    if isinstance(error, RefusedError):
        return _refused_at(error.reply, error.stage)
    if isinstance(error, BrokenError):
        return _broken(error)
    if isinstance(error, IncapableError):
        return Meaning(ChannelError(str(error), permanent=True, code="5.6.7"))
    if isinstance(error, ChannelError):
        return Meaning(error)
    return _of_backend(error)


def _refused_at(reply: Reply, stage: Stage) -> Meaning:
    seconds = _asks_to_wait(reply) if stage in (Stage.RECIPIENT, Stage.DATA, Stage.CONTENT) else 0.0
    if stage == Stage.OPENING or reply.code == 421 or reply.code in LOGGED_OUT:
        return Meaning(NotTakenError(clean(reply.text), code=shown(reply)), True, True, seconds)
    if stage == Stage.SENDER and reply.code != 552 and reply.enhanced not in OF_THE_MESSAGE:
        # Our own mistake or the server's mood: no customer's dispatch should end by it.
        return Meaning(NotTakenError(f"sender refused: {clean(reply.text)}", code=shown(reply)), is_providers=True)
    return Meaning(_of_message(reply) if stage == Stage.SENDER else _refused(reply), seconds=seconds)


def _asks_to_wait(reply: Reply) -> float:
    return 0.0 if reply.enhanced.startswith(OF_ONE_RECIPIENT) else LATER.get(reply.code, 0.0)


def _broken(error: BrokenError) -> Meaning:
    if error.may_have_left:
        reason = UncertainError("the link broke after the message was given away")
    elif error.stage in (Stage.OPENING, Stage.SENDER):
        reason = NotTakenError(str(error))
    else:
        # Whoever is written to may be the reason, so that it must not be tried for ever.
        reason = ChannelError(f"the link broke before the message was given away: {error}", permanent=False)
    return Meaning(reason, is_providers=True, is_over=True)


def _refused(reply: Reply) -> ChannelError:
    """A reply of SMTP: 4xx try again, 5xx never, and some of those are about the address itself (bounce_rules).

    Trouble that is not said to be the mailbox's may be that of our own relay, and is held against nobody.
    """
    verdict = judge(reply.enhanced, reply.text)
    if reply.code >= 500 and verdict.is_of_address:
        is_hard = verdict.severity == Severity.HARD
        return UnreachableError(clean(reply.text), code=shown(reply), is_hard=is_hard, why=verdict.reason)
    return _of_message(reply)


def _of_message(reply: Reply) -> ChannelError:
    return ChannelError(clean(reply.text), permanent=reply.code >= 500, code=shown(reply))


def shown(reply: Reply) -> str:
    """The code with the enhanced one, as an attempt keeps it."""
    return f"{reply.code} {reply.enhanced}".rstrip()


def clean(text: str) -> str:
    """Servers like to repeat the address in their answer; the ledger keeps nothing personal."""
    return ADDRESS.sub("<address>", " ".join(text.split()))[:200]


def _of_backend(error: Exception) -> Meaning:
    """Django's backends raise what they like."""
    if isinstance(error, BadHeaderError):
        return Meaning(ChannelError("a header contains a line break", permanent=True))
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused_at(_reply(*next(iter(error.recipients.values()))), Stage.RECIPIENT)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _refused_at(_reply(error.smtp_code, error.smtp_error), Stage.SENDER)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused_at(_reply(error.smtp_code, error.smtp_error), Stage.CONTENT)
    if isinstance(error, AnymailError):
        return _of_anymail(error)
    # Nobody but the backend knows how far it came.
    return Meaning(UncertainError("the link broke after the message was given away"), is_providers=True, is_over=True)


def _reply(code: int, text: bytes | str) -> Reply:
    return Reply(code, (text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text),))


def _of_anymail(error: AnymailError) -> Meaning:
    if isinstance(error, AnymailRecipientsRefused):
        return Meaning(UnreachableError("the provider refuses this recipient"))
    if isinstance(error, AnymailConfigurationError):
        return Meaning(NotTakenError("the provider's settings are not complete"), is_providers=True)
    status: Any = getattr(error, "status_code", None)
    if isinstance(error, AnymailAPIError) and status is None:
        return Meaning(UncertainError("no answer from the provider"), is_providers=True)
    is_busy = status in (401, 403, 408, 425, 429) or (status or 0) >= 500
    reason, code = f"the provider answered {status}", str(status or "")
    if is_busy:
        return Meaning(NotTakenError(reason, code=code), is_providers=True)
    return Meaning(ChannelError(reason, permanent=True, code=code))
