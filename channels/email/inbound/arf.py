"""Complaints from feedback loops: abuse reports in ARF, RFC 5965 with the advice of RFC 6650."""

from dataclasses import dataclass
from datetime import datetime

from .dates import read_date
from .message import Mail, fields

REPORT = "message/feedback-report"
# Somebody called it junk, or a fraud: either way they do not want it.
COMPLAINTS = frozenset({"abuse", "fraud"})
WANTS_OUT = "opt-out"
REGISTERED = COMPLAINTS | {WANTS_OUT, "not-spam", "virus", "other", "auth-failure", "dmarc"}


@dataclass(frozen=True)
class Complaint:
    """One report. Addresses in it are often redacted, so what we signed says whom it is about."""

    type: str  # of REGISTERED; a type that nobody knows is `other`, as RFC 5965 wants it
    user_agent: str = ""
    mail_from: str = ""  # our return path, where it was left in
    at: datetime | None = None


def read(mail: Mail) -> Complaint | None:
    for text in mail.texts(REPORT):
        said: dict[str, str] = {}
        for group in fields(text):
            said |= {name: values[0] for name, values in group.items() if name not in said}
        if kind := said.get("feedback-type", "").split(";")[0].strip().lower():
            return Complaint(
                kind if kind in REGISTERED else "other",
                said.get("user-agent", "")[:80],
                said.get("original-mail-from", ""),
                read_date(said.get("arrival-date") or said.get("received-date") or ""),
            )
    return None
