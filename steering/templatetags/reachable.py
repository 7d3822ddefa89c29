"""What a read-only field of the admin shows: a link only for who may open what it leads to."""

from typing import Any

from django import template
from django.contrib.auth import get_permission_codename
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

register = template.Library()


@register.simple_tag(takes_context=True)
def reachable(context: template.Context, field: Any) -> Any:
    """Django links every related row, also for who is then refused."""
    row, name = field.form.instance, field.field["field"]
    related = _related(row, name)
    if related is None or _may_open(context["request"].user, related._meta):
        return field.contents
    return getattr(row, name) or "-"


def _related(row: Model, name: Any) -> type[Model] | None:
    """The model of the one row that a field leads to; None of what the page computes."""
    try:
        found = row._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
    return found.related_model if found and (found.many_to_one or found.one_to_one) else None


def _may_open(user: Any, opts: Any) -> bool:
    return any(user.has_perm(f"{opts.app_label}.{get_permission_codename(verb, opts)}") for verb in ("view", "change"))
