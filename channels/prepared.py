"""Statements that are asked many times a second: PostgreSQL plans them once a connection, not at every question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakSet

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection
from django.db.models import Model

Params = Mapping[str, Any] | Sequence[Any]
Row = TypeVar("Row", bound=Model)
PLANNED_ONCE: WeakSet[psycopg.Connection] = WeakSet()


def rows(sql: str, params: Params) -> list[tuple]:
    """What one statement returns. Raises django.db.DatabaseError.

    A connection that turns out to be dead is opened again, once, instead of being asked each time whether it lives. So
    a statement that writes must be one that does no harm if it comes twice.
    """
    try:
        return _rows(sql, params)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
    connection.close()
    return _rows(sql, params)


def _rows(sql: str, params: Params) -> list[tuple]:
    """Where connections are not kept there is nothing to prepare; and behind a pooler in transaction mode, for which
    CONN_MAX_AGE is 0, a prepared statement would be somebody else's.
    """
    connection.ensure_connection()
    is_kept = settings.DATABASE_PREPARES and connection.settings_dict["CONN_MAX_AGE"] != 0
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        if is_kept and connection.connection not in PLANNED_ONCE:
            # A look-up by keys has one good plan; making it costs many times what it takes to run.
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            connection.connection.prepare_threshold = 0  # Django's None would forbid it; its own cursors never prepare
            PLANNED_ONCE.add(connection.connection)
        if connection.queries_logged:
            connection.queries_log.append({"sql": sql, "time": "0"})
        return cursor.execute(sql, params, prepare=is_kept or None).fetchall()


@dataclass(frozen=True)
class Part(Generic[Row]):
    """Some fields of a model, none of them JSON. The others of an object are read when somebody asks for them."""

    model: type[Row]
    names: frozenset[str]  # of columns

    def __post_init__(self) -> None:
        if unknown := self.names.difference(self.in_order):
            raise ValueError(f"{self.model.__name__} has no column {', '.join(sorted(unknown))}")

    @property
    def in_order(self) -> list[str]:
        return [field.attname for field in self.model._meta.concrete_fields if field.attname in self.names]

    def columns(self, alias: str) -> str:
        """For SELECT."""
        return ", ".join(f"{alias}.{name}" for name in self.in_order)

    def of(self, row: Sequence[Any]) -> Row:
        """The object of a row that has these columns and no others."""
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, row)

    def split(self, row: Sequence[Any]) -> tuple[Row, Sequence[Any]]:
        """The object of a row that begins with these columns, and what comes behind them."""
        return self.of(row[: len(self.names)]), row[len(self.names) :]
