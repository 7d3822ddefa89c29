"""The switch that stops all sending, in the head of every page of the admin; while it is stopped everybody sees that."""

from typing import Any

from django import template

from channels.ledger.stopping import MAY
from channels.models import SendingStop

register = template.Library()


@register.inclusion_tag("steering/sending_switch.html", takes_context=True)
def sending_switch(context: template.Context) -> dict[str, Any]:
    """One query by an index of at most one row."""
    request = context["request"]
    if not request.user.is_staff or context.get("is_popup"):
        return {}
    return {
        "is_shown": True,
        "stop": SendingStop.objects.filter(resumed_at=None).select_related("stopped_by").first(),
        "may": request.user.has_perm(MAY),
        "here": request.get_full_path() if request.method == "GET" else "",
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }
