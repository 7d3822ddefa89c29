"""Who of some customers is in which of the audiences that contents name; one query whatever their number."""

import logging
from collections.abc import Collection, Mapping, Sequence

from django.db import connection

log = logging.getLogger(__name__)


def read(customer_ids: Sequence[int], audience_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each customer the audiences that they are in now. Nobody is in one that is gone or broken."""
    if not audience_ids or not customer_ids:
        return {}
    statements, params = _statements(customer_ids, audience_ids)
    inside: dict[int, set[int]] = {id_: set() for id_ in customer_ids}
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements), params)
            for audience_id, customer_id in cursor.fetchall():
                inside[customer_id].add(audience_id)
    return {id_: frozenset(found) for id_, found in inside.items()}


def _statements(customer_ids: Sequence[int], audience_ids: Collection[int]) -> tuple[list[str], list[object]]:
    from . import audiences  # texts are parsed where no models are
    from .models import Audience
    from .rules import RuleError

    statements: list[str] = []
    params: list[object] = []
    for audience in Audience.objects.filter(pk__in=audience_ids).order_by("pk"):
        try:
            query = audiences.among(audiences.query(audience), customer_ids)
        except RuleError as error:
            log.error("nobody is in audience %d, whose rule is broken: %s", audience.pk, error)
            continue
        statements.append(f"SELECT %s::bigint, id FROM ({query.sql}) AS matching_{audience.pk}")  # noqa: S608
        params += [audience.pk, *query.params]
    return statements, params
