"""How providers mark soft bounces and blocks: django-anymail's own words (`bounced`) do not tell them from hard ones.

Each line is what the provider's webhook documentation calls the field and its values; anymail passes the event on as
`esp_event`. A value that is not listed says nothing, and the answer of the receiving server is judged alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .bounce_rules import Severity

HARD, SOFT, BLOCK = Severity.HARD, Severity.SOFT, Severity.BLOCK


@dataclass(frozen=True)
class Field:
    """Where a provider says how bad it is: the path into its event, and the meaning of its values in lower case."""

    path: tuple[str, ...]
    means: Mapping[str, Severity]


def _each(severity: Severity, *values: str) -> dict[str, Severity]:
    return dict.fromkeys(values, severity)


FIELDS: Mapping[str, tuple[Field, ...]] = {
    "Amazon SES": (
        Field(
            ("bounce", "bounceSubType"),
            _each(SOFT, "mailboxfull") | _each(BLOCK, "messagetoolarge", "contentrejected", "attachmentrejected"),
        ),
        Field(("bounce", "bounceType"), {"permanent": HARD, "transient": SOFT, "undetermined": SOFT}),
        Field(("eventType",), {"reject": BLOCK}),
    ),
    "Brevo": (
        Field(("event",), {"hard_bounce": HARD, "soft_bounce": SOFT, "invalid_email": HARD, "blocked": BLOCK, "error": SOFT}),
    ),
    "MailerSend": (Field(("data", "type"), {"hard_bounced": HARD, "soft_bounced": SOFT}),),
    "Mailgun": (
        Field(("event-data", "reason"), {"suppress-bounce": HARD, "espblock": BLOCK, "old": SOFT}),
        Field(("event-data", "severity"), {"permanent": HARD, "temporary": SOFT}),
    ),
    "Mailjet": (
        Field(
            ("error",),
            _each(BLOCK, "blacklisted", "spam reporter", "sender blocked", "content blocked", "policy issue", "spam content", "preblocked")
            | _each(SOFT, "quota exceeded", "greylisted", "system issue", "protocol issue", "connection issue"),
        ),
        Field(("hard_bounce",), {"true": HARD, "false": SOFT}),
    ),
    "Mailtrap": (Field(("event",), {"bounce": HARD, "soft bounce": SOFT, "reject": BLOCK, "suspension": BLOCK}),),
    "Mandrill": (Field(("event",), {"hard_bounce": HARD, "soft_bounce": SOFT, "reject": BLOCK}),),
    "Postmark": (
        Field(
            ("Type",),
            {"hardbounce": HARD, "bademailaddress": HARD, "softbounce": SOFT, "transient": SOFT, "dnserror": SOFT, "unknown": SOFT}
            | _each(BLOCK, "blocked", "dmarcpolicy", "virusnotification", "manuallydeactivated", "spamnotification"),
        ),
    ),
    "Resend": (Field(("data", "bounce", "type"), {"permanent": HARD, "transient": SOFT, "temporary": SOFT, "undetermined": SOFT}),),
    "SendGrid": (Field(("type",), {"bounce": HARD, "blocked": BLOCK}),),
    "SparkPost": (
        Field(
            ("msys", "message_event", "bounce_class"),
            _each(HARD, "10", "30", "90") | _each(SOFT, "1", "20", "21", "22", "24", "40", "70", "100")
            | _each(BLOCK, "23", "25", "50", "51", "52", "53", "54"),
        ),
    ),
    "Unisender Go": (
        Field(
            ("delivery_info", "delivery_status"),
            _each(HARD, "err_user_unknown", "err_user_inactive", "err_domain_inactive")
            | _each(SOFT, "err_mailbox_full", "err_unreachable", "err_destination_misconfigured", "err_delivery_failed")
            | _each(BLOCK, "err_spam_rejected", "err_blacklisted", "err_too_large", "err_spam_skipped", "err_skip_letter"),
        ),
    ),
}  # fmt: skip


def severity(provider: str, event: object) -> Severity | None:
    """What this provider's own event says; None where it says nothing that we know."""
    for field in FIELDS.get(provider, ()):
        if (said := field.means.get(_value(event, field.path))) is not None:
            return said
    return None


def _value(event: object, path: Iterable[str]) -> str:
    for name in path:
        event = _get(event, name)
    return str(event).strip().lower() if isinstance(event, str | int | bool) else ""


def _get(event: object, name: str) -> Any:
    return event.get(name) if isinstance(event, Mapping) else None
