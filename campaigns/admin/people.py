"""How lists name a customer: by id alone where a join would cost too much, else by name to those who may see customers."""

from typing import Any

from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from campaigns.models import Customer


def customer_link(customer_id: int | None, name: str = "") -> str:
    if customer_id is None:
        return ""
    url = reverse("admin:campaigns_customer_change", args=[customer_id])
    return format_html('<a class="plain-link" href="{}">{}</a>', url, name or f"customer {customer_id}")


def with_names(rows: QuerySet, request: HttpRequest, *relations: str) -> QuerySet:
    """Rows with these customers, and whether whoever asks may see the names."""
    may_see = request.user.has_perm("campaigns.view_customer")
    joined = rows.select_related(*relations) if relations else rows
    return joined.annotate(names_are_shown=Value(may_see))


def numbered_link(of: Any) -> str:
    """The customer of a row from with_names() that names nobody; a link for who may follow it."""
    if of.names_are_shown or of.customer_id is None:
        return customer_link(of.customer_id)
    return f"customer {of.customer_id}"


def named_link(customer: Customer, of: Any) -> str:
    """Of a row from with_names()."""
    return customer_link(customer.pk, str(customer) if of.names_are_shown else customer.customer_number)
