"""Wave states in the colours of labels."""

WAVE = {
    "draft": "info",
    "simulated": "info",
    "approved": "warning",
    "running": "primary",
    "paused": "warning",
    "completed": "success",
    "cancelled": "danger",
}
