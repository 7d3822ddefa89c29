"""People who are in a population twice: what is known of them, and that the others are as they were."""

import csv
import stat
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from campaigns import identity
from campaigns.duplicates import finding
from campaigns.models import Customer, DuplicatePair
from steering.population import generate, planting
from steering.population.planting import Person
from steering.population.write import PopulationError

from .conftest import AS_OF_ON, rows

pytestmark = pytest.mark.django_db
PEOPLE = """
    SELECT c.customer_number, c.first_name, c.last_name, c.born_on, c.title, h.address_key,
           (SELECT array_agg(i.value ORDER BY i.kind) FROM campaigns_identifier i WHERE i.customer_id = c.id)
    FROM campaigns_customer c JOIN campaigns_household h ON h.id = c.household_id
    WHERE c.customer_number <= %s ORDER BY 1
"""
KATHARINA = Person(
    "frau", "Dr.", "Katharina", "Schröder", date(1971, 5, 3), "Lindenstraße 5", "10115", "Berlin", "kathi@post.example"
)


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR


def generated(share: float, *, customers: int = 300) -> generate.Generated:
    return generate.generate(customers=customers, seed=5, as_of_on=AS_OF_ON, duplicates=share)


def test_the_population_is_the_same_with_and_without_them():
    generated(0)
    before = rows(PEOPLE, "P00000300")
    Customer.objects.all().delete()
    rows("WITH gone AS (DELETE FROM campaigns_household) SELECT 1")
    rows("WITH gone AS (DELETE FROM campaigns_suppression) SELECT 1")
    rows("WITH gone AS (DELETE FROM campaigns_deliveryarea) SELECT 1")
    generated(0.2)
    assert rows(PEOPLE, "P00000300") == before
    assert Customer.objects.count() > 300


def test_who_they_are_stands_in_a_private_file(var):
    made = generated(0.2)
    assert stat.S_IMODE(made.duplicates.parent.stat().st_mode) == 0o700
    with made.duplicates.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == Customer.objects.count() - 300
    assert {row["is_same"] for row in told} == {"True", "False"}
    assert all(row["of"] <= "P00000300" < row["customer_number"] for row in told)


def test_nearly_all_are_found_and_hardly_anybody_else():
    made = generated(0.25, customers=2000)
    ids = dict(Customer.objects.values_list("customer_number", "id"))
    with made.duplicates.open(encoding="utf-8", newline="") as file:
        same = {(ids[r["of"]], ids[r["customer_number"]]) for r in csv.DictReader(file) if r["is_same"] == "True"}
    finding.find()
    sure = set(DuplicatePair.objects.filter(is_sure=True).values_list("first_id", "second_id"))
    assert len(sure & same) >= 0.98 * len(sure)
    assert len(sure & same) >= 0.88 * len(same)


@pytest.mark.parametrize("change", planting.CHANGES)
def test_each_change_leaves_a_record_that_could_be_true(change):
    for seed in range(30):
        made = planting.CHANGES[change](KATHARINA, np.random.default_rng(seed))
        assert made.last_name
        assert made.first_name
        assert identity.address(street=made.street, postcode=made.postcode, city=made.city)
        if change not in ("moved away", "postcode typed"):
            assert (made.postcode, made.city) == ("10115", "Berlin")


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(PopulationError, match="duplicates must be a share"):
        generated(share)
