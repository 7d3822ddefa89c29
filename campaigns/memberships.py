"""Who of some customers is in which of the audiences that contents name; one query whatever their number."""

import logging
from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from . import audiences
from .audiences import Query
from .models import Audience
from .rules import RuleError

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


def gone(audience_ids: Collection[int]) -> frozenset[int]:
    """Those of which nobody can tell who is in them: deleted, or with a rule that is broken."""
    return frozenset(audience_ids) - _queries(audience_ids).keys() if audience_ids else frozenset()


def _statements(customer_ids: Sequence[int], audience_ids: Collection[int]) -> tuple[list[str], list[object]]:
    statements: list[str] = []
    params: list[object] = []
    for id_, whole in _queries(audience_ids).items():
        query = audiences.among(whole, customer_ids)
        statements.append(f"SELECT %s::bigint, id FROM ({query.sql}) AS matching_{id_}")  # noqa: S608
        params += [id_, *query.params]
    return statements, params


def _queries(audience_ids: Collection[int]) -> dict[int, Query]:
    found: dict[int, Query] = {}
    for audience in Audience.objects.filter(pk__in=audience_ids).order_by("pk"):
        try:
            found[audience.pk] = audiences.query(audience)
        except RuleError as error:
            log.error("nobody is in audience %d, whose rule is broken: %s", audience.pk, error)
    return found
