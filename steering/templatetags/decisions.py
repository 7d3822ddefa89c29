"""What was decided about a customer, on the page that the customer has in another room."""

from typing import Any

from django import template

from campaigns.money import shown
from channels import registry
from channels.models import Dispatch
from steering.models import Assignment

MOST_SHOWN = 20
register = template.Library()


@register.inclusion_tag("steering/decisions.html", takes_context=True)
def decisions_about(context: template.Context, customer_id: int) -> dict[str, Any]:
    """The newest, found by the customer's index. Whoever puts this on a page asks who may see it."""
    newest = Assignment.objects.filter(customer_id=customer_id).select_related("wave__campaign").order_by("-pk")
    rows = list(newest[:MOST_SHOWN])
    sent = Dispatch.objects.filter(customer_id=customer_id, wave__in=[row.wave_id for row in rows])
    states = dict(sent.values_list("wave_id", "state"))
    shown_rows = [_row(row, states.get(row.wave_id, "")) for row in rows]
    return {"rows": shown_rows, "most": MOST_SHOWN, "perms": context["perms"]}


def _row(row: Assignment, state: str) -> dict[str, Any]:
    return {
        "wave": row.wave,
        "customer_id": row.customer_id,
        "decided_at": row.decided_at,
        "gets": _gets(row),
        "because": row.because,
        "added": shown(row.uplift_cents, row.wave.campaign.currency) if row.channel else "",
        "state": state.replace("_", " "),
    }


def _gets(row: Assignment) -> str:
    if not row.channel:
        return "nothing"
    return f"{_label(row.channel)} and the leaflet" if row.has_leaflet_on_top else _label(row.channel)


def _label(channel: str) -> str:
    """Not channels.admin.names: a template library is read while the admin itself is being put together."""
    return registry.get(channel).label if channel in registry.CHANNELS else channel
