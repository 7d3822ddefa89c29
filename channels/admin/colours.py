"""States in the colours of labels: blue moves on by itself, green arrived, orange is for a person, red failed."""

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
    "posted": "success",
    "reconciled": "success",
    "rejected": "danger",
}
