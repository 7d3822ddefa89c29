"""States in the colours of labels: blue moves on by itself, green arrived, orange is for a person, red failed."""

from channels.models import WebhookEndpoint

DISPATCH = {
    "queued": "info",
    "claimed": "info",
    "sending": "info",
    "handed_over": "info",
    "sent": "success",
    "delivered": "success",
    "bounced": "danger",
    "failed": "danger",
    "uncertain": "warning",
}
JOB = {
    "ready": "info",
    "downloaded": "info",
    "acknowledged": "info",
    "in_production": "info",
    "printed": "info",
    "posted": "success",
    "reconciled": "success",
    "purged": "success",
    "rejected": "danger",
    "expired": "danger",
}
KEY = {"valid": "success", "revoked": "danger", "expired": "warning", "blocked": "warning"}
WEBHOOK = {
    "unknown": "info", "works": "success", "failing": "danger", "disabled": "danger", "gone": "warning", "off": "warning",
}  # fmt: skip
DELIVERY = {"due": "info", "delivered": "success", "given_up": "danger"}
OUTCOME = {"ok": "success", "refused": "warning", "failed": "danger"}


def health_of(endpoint: WebhookEndpoint) -> tuple[str, str]:
    """For a label: what it is, and how that is said."""
    return (endpoint.health, endpoint.get_health_display()) if endpoint.is_active else ("off", "switched off")
