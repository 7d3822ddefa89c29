"""How lists name a customer: by id alone, so that they need no join and show nothing that their reader may not see."""

from django.urls import reverse
from django.utils.html import format_html


def customer_link(customer_id: int | None) -> str:
    if customer_id is None:
        return ""
    url = reverse("admin:campaigns_customer_change", args=[customer_id])
    return format_html('<a class="plain-link" href="{}">customer {}</a>', url, customer_id)
