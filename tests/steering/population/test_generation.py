"""Generating: all or nothing, the same from the same seed, once a database, and with the truth kept out of it."""

import stat
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from pytest_django import Settings

from campaigns.models import Customer, DeliveryArea, Event, Household, Identifier
from steering.population import behaviour, generate, shape, truth
from steering.population.write import PopulationError
from tests import builders

from .conftest import AS_OF_ON, rows

pytestmark = pytest.mark.django_db
# By table, what its rows belong to.
PARENTS = {
    "campaigns_deliveryarea": None,
    "campaigns_household": "delivery_area_id",
    "campaigns_customer": "household_id",
    "campaigns_identifier": "customer_id",
    "campaigns_consent": "customer_id",
    "campaigns_objection": "customer_id",
    "campaigns_suppression": None,
    "campaigns_servicecase": "customer_id",
    "campaigns_event": "customer_id",
}
SURROGATES = "{id,created_at,updated_at,recorded_at,customer_id,household_id,delivery_area_id}"
INDEXES = "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index ORDER BY 1"
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint ORDER BY 1, 2
"""


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR


@pytest.fixture
def small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(shape, "BLOCK_HOUSEHOLDS", 15)


def generated(customers: int = 60, *, seed: int = 1, as_of_on: date = AS_OF_ON, **more) -> generate.Generated:
    return generate.generate(customers=customers, seed=seed, as_of_on=as_of_on, **more)


def content() -> dict[str, list[tuple]]:
    """Every row that was generated, without ids and the time of writing, but with the place of its parent."""
    found = {}
    for table, parent in PARENTS.items():
        place = f"{parent} - min({parent}) OVER ()" if parent else "0"
        sql = f"SELECT to_jsonb(t) - '{SURROGATES}'::text[], {place} FROM {table} t ORDER BY id"  # noqa: S608
        found[table] = rows(sql)
    return found


def content_of_another(**fields) -> tuple[dict[str, list[tuple]], truth.Truth]:
    """What another database would hold, and the truth beside it."""
    with transaction.atomic():
        made = generated(**fields)
        found = content()
        transaction.set_rollback(True)
    return found, truth.load(made.truth)


class TestSameSeed:
    def test_makes_the_same_population_and_the_same_truth(self):
        first, second = content_of_another(), content_of_another()
        assert first[0] == second[0]
        assert len(first[0]["campaigns_event"]) > 100
        for name in truth.RECORD.names:
            assert np.array_equal(getattr(first[1], name), getattr(second[1], name))

    def test_another_seed_makes_another_population(self):
        first, second = content_of_another(seed=1), content_of_another(seed=2)
        assert first[0]["campaigns_customer"] != second[0]["campaigns_customer"]
        assert not np.array_equal(first[1].uplift, second[1].uplift)

    def test_on_another_day_the_truth_is_the_same_and_events_happened_later(self):
        first = content_of_another()
        second = content_of_another(as_of_on=AS_OF_ON + timedelta(days=9))
        assert np.array_equal(first[1].uplift, second[1].uplift)
        assert first[0]["campaigns_event"] != second[0]["campaigns_event"]


class TestTruthIsKeptApart:
    def test_nothing_in_the_database_depends_on_it(self, monkeypatch):
        before = content_of_another()
        opposite = {name: behaviour.Effect(0.01, 0.0, 0.05, 2.0) for name in behaviour.CHANNELS}
        monkeypatch.setattr(behaviour, "EFFECTS", opposite)
        monkeypatch.setattr(behaviour, "NOISE", 3.0)
        after = content_of_another()
        assert after[0] == before[0]
        assert np.isclose(after[1].uplift, before[1].uplift).mean() < 0.1

    def test_its_file_and_folder_are_only_for_their_owner(self, var):
        (var / "population").mkdir(parents=True, mode=0o755)
        made = generated()
        assert made.truth == truth.path(var, seed=1, customers=60)
        assert stat.S_IMODE(made.truth.stat().st_mode) == 0o600
        assert stat.S_IMODE(made.truth.parent.stat().st_mode) == 0o700

    def test_that_of_another_population_stays(self):
        with transaction.atomic():
            first = generated()
            before = first.truth.read_bytes()
            transaction.set_rollback(True)
        assert generated(61).truth != first.truth
        assert first.truth.read_bytes() == before

    def test_it_is_about_the_customers_of_the_database_in_their_order(self):
        known = truth.load(generated().truth)
        numbers = list(Customer.objects.order_by("id").values_list("customer_number", flat=True))
        assert known.customer_numbers.tolist() == numbers
        assert known.uplift.shape == (60, len(behaviour.CHANNELS))


class TestSizes:
    def test_one_customer_is_a_population(self):
        made = generated(1)
        home = Household.objects.get()
        assert (home.customers.count(), DeliveryArea.objects.count()) == (1, 1)
        assert len(truth.load(made.truth).baseline) == 1

    @pytest.mark.parametrize("customers", [0, -5, 100_000_000])
    def test_a_number_that_makes_no_sense_is_refused(self, customers):
        with pytest.raises(PopulationError, match="between 1 and 99,999,999, got"):
            generated(customers)

    @pytest.mark.usefixtures("small_blocks")
    def test_many_blocks_make_one_population(self):
        told = []
        made = generated(150, progress=told.append)
        assert len(told) > 3
        assert told == sorted(told)
        assert told[-1] == made.rows["campaigns_customer"] == 150
        assert len(truth.load(made.truth).baseline) == 150
        assert len({*Event.objects.values_list("source_key", flat=True)}) == made.rows["campaigns_event"]
        assert max(home.customers.count() for home in Household.objects.all()) <= 5


class TestDatabase:
    def test_a_second_population_is_refused_and_the_first_stays(self):
        generated()
        before = content()
        with pytest.raises(PopulationError, match="holds a population already"), transaction.atomic():
            generated(20, seed=2)
        assert content() == before

    def test_customers_who_were_there_stay_and_others_may_come(self):
        before = builders.customer(household=True)
        generated()
        after = builders.customer(household=True)
        assert Customer.objects.count() == 62
        assert before.pk < Customer.objects.get(customer_number="P00000001").pk < after.pk
        before.refresh_from_db()
        assert before.household.street.startswith("Weg")

    def test_an_id_that_was_given_out_before_never_comes_again(self):
        gone = builders.customer()
        gone_id = gone.pk
        gone.delete()
        generated()
        assert Customer.objects.order_by("id").first().pk > gone_id

    @pytest.mark.parametrize("table", ["deliveryarea", "customer"])
    def test_what_is_there_already_is_refused_by_its_table(self, table):
        with transaction.atomic():
            generated()
            area, taken = DeliveryArea.objects.first(), "P00000007"
            transaction.set_rollback(True)
        if table == "customer":
            builders.customer(customer_number=taken)
        else:
            DeliveryArea.objects.create(code=area.code, carrier=area.carrier, postcode="10115", place="B", households=9)
        with pytest.raises(PopulationError, match=f"^campaigns_{table} holds"), transaction.atomic():
            generated()

    def test_indexes_and_constraints_are_afterwards_as_they_were(self):
        before = rows(INDEXES), rows(CONSTRAINTS)
        generated()
        assert (rows(INDEXES), rows(CONSTRAINTS)) == before

    @pytest.mark.usefixtures("small_blocks")
    def test_after_a_failure_nothing_is_there(self, var):
        def fail(written: int) -> None:
            if written > 50:
                raise RuntimeError("stop")

        before = rows(INDEXES), rows(CONSTRAINTS)
        with pytest.raises(RuntimeError, match="stop"), transaction.atomic():
            generated(150, progress=fail)
        assert not Customer.objects.exists()
        assert not Identifier.objects.exists()
        assert (rows(INDEXES), rows(CONSTRAINTS)) == before
        assert list((var / "population").iterdir()) == []


class TestCommand:
    def test_it_says_what_it_made_and_where_the_truth_is(self, var):
        out = StringIO()
        call_command("generate_population", customers=30, seed=5, stdout=out)
        assert "30 of 30 customers" in out.getvalue()
        assert "customer: 30\n" in out.getvalue()
        assert f"the truth: {truth.path(var, seed=5, customers=30)}" in out.getvalue()

    def test_it_takes_the_day_before_which_history_ends(self):
        call_command("generate_population", "--customers=40", "--as-of=2020-01-01", stdout=StringIO())
        assert Event.objects.latest("occurred_at").occurred_at < datetime(2020, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--customers=0"], "customers must be between 1 and 99,999,999, got 0"),
            (["--seed=-1"], "--seed must not be negative, got -1"),
            (["--as-of=tomorrow"], "invalid fromisoformat value: 'tomorrow'"),
        ],
    )
    def test_it_says_what_is_wrong(self, arguments, message):
        with pytest.raises(CommandError, match=message):
            call_command("generate_population", *arguments)

    def test_it_refuses_a_second_time(self):
        call_command("generate_population", customers=10, stdout=StringIO())
        with pytest.raises(CommandError, match="a population already; generate into a database without one"):
            call_command("generate_population", customers=10)
