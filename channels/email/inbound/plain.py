"""Bounces in plain words, without the parts of RFC 3464: qmail (QSBMF), old Exim and Exchange, home-made systems."""

import re
from dataclasses import dataclass

from ..bounce_rules import ENHANCED, SMTP, Verdict, judge
from .message import Mail

DAEMON = re.compile(r"(?<![\w.-])(mailer-?daemon|mail-?daemon|postmaster|mail-?delivery|mmdf|system-mail)\b", re.I)
SUBJECT = re.compile(
    r"undeliver|delivery (status|failure|failed|report|has failed|problem|incomplete)|returned mail|return(ed)? to sender"
    r"|failure notice|mail (delivery )?(failed|failure|error|system error)|could not be delivered|non-?delivery|bounced?\b"
    r"|unzustellbar|nicht zustell|zustellung fehlgeschlagen|fehlgeschlagene? zustellung|non (remis|distribu)|échec de",
    re.I,
)
# What follows is a copy of the mail that we sent.
COPY = re.compile(
    r"^(-+ ?(below this line is a copy|enclosed|this is a copy|original message|returned message|message header follows)"
    r"|>?(received|return-path|message-id|x-mailer|mime-version): )",
    re.I | re.M,
)
STILL_TRYING = re.compile(
    r"will (be retried|keep trying|continue to (try|be attempted)|try again|retry)|still (trying|being retried|in (the )?queue)|has been delayed"
    r"|delivery (is )?delayed|(is|was|been) delayed|no action is required|you do not need to resend|warning(:| message)|verzögert",
    re.I,
)
READ = 20_000


@dataclass(frozen=True)
class PlainBounce:
    is_delay: bool
    verdict: Verdict


def read(mail: Mail) -> PlainBounce | None:
    """None for what does not look like a bounce, or gives no reason that could be judged."""
    if not _is_of_a_mail_system(mail):
        return None
    text = "\n".join(mail.texts("text/plain") or mail.texts("text/html"))[:READ]
    copy = COPY.search(text)
    said = text[: copy.start()] if copy and copy.start() else text
    is_delay = STILL_TRYING.search(f"{mail.first('subject')}\n{said}") is not None
    codes = ENHANCED.search(said) or SMTP.search(said)
    verdict = judge("", _around(said, codes))
    if not codes and not is_delay and not mail.first("x-failed-recipients"):
        return None
    return PlainBounce(is_delay, verdict)


def _is_of_a_mail_system(mail: Mail) -> bool:
    if mail.first("x-failed-recipients"):
        return True
    is_daemon = any(DAEMON.search(mail.first(name)) for name in ("from", "sender"))
    is_null = mail.first("return-path").strip() == "<>"
    is_told = SUBJECT.search(mail.first("subject")) is not None
    return is_daemon or (is_told and (is_null or mail.first("auto-submitted") != ""))


def _around(text: str, code: re.Match[str] | None) -> str:
    """The lines about the first code; pleasantries before them could hold any word."""
    if code is None:
        return text
    start = text.rfind("\n", 0, max(text.rfind("\n", 0, code.start()), 0)) + 1
    return text[start : code.start() + 1000]
