"""A population that the tests of a module read, generated once and rolled back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from steering.population import generate, truth
from steering.population.truth import Truth

AS_OF_ON = date(2026, 6, 1)
CUSTOMERS = 600


@dataclass(frozen=True)
class Population:
    made: generate.Generated
    truth: Truth


@pytest.fixture(scope="module")
def population(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Population]:
    """Tests that use it must bear the mark django_db, for only then pytest-django makes a database for them."""
    assert connection.settings_dict["NAME"].startswith("test_")
    folder = tmp_path_factory.mktemp("var")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(VAR=folder):
        made = generate.generate(customers=CUSTOMERS, seed=3, as_of_on=AS_OF_ON)
        yield Population(made, truth.load(made.truth))
        transaction.set_rollback(True)


def rows(sql: str, *params: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def count(table: str, where: str = "true") -> int:
    """Mostly of rows that should not be there."""
    return rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]  # noqa: S608
