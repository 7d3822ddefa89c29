"""A randomised experiment of the past, told by a file, becomes a finished wave with its outcomes; all of it or nothing."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns import audiences, importing
from campaigns.models import Audience, Campaign, Content, ContentVersion, Customer, Event, WaveContent
from channels import previews
from channels.invariants import check, ledger_invariants
from channels.ledger import past
from channels.models import Attempt, Dispatch
from steering import experiments
from steering.experiments import Arm, ExperimentError
from steering.invariants import plan_invariants
from steering.models import Assignment, Plan
from tests import builders

pytestmark = pytest.mark.django_db

HEADER = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend"
PERSON = "10,2) $100 - $200,142.44,1,0,Urban,0,Phone"
OUTCOMES = (
    "Mens E-Mail,0,0,0",
    "Womens E-Mail,1,0,0",
    "No E-Mail,1,1,29.99",
    "Mens E-Mail,1,1,499",
    "No E-Mail,0,0,0.0",
)
STARTED_AT = datetime(2008, 3, 20, tzinfo=UTC)


def written(path: Path, *outcomes: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *(f"{PERSON},{outcome}" for outcome in outcomes)]) + "\n")
    return path


@pytest.fixture
def file(tmp_path) -> Path:
    """Its customers are imported."""
    path = written(tmp_path / "hillstrom.csv", *OUTCOMES)
    importing.run(importing.start(path, importing.get_mapping("hillstrom")), path=path)
    return path


def number(n: int) -> str:
    return f"hillstrom-{n:06d}"


def refusal(path: Path) -> str:
    with pytest.raises(ExperimentError) as refused:
        experiments.record(path)
    assert not Campaign.objects.exists()
    assert not Dispatch.objects.exists()
    assert not Event.objects.exists()
    return str(refused.value)


class TestWave:
    def test_it_is_counted(self, file):
        recorded = experiments.record(file)
        assert (recorded.customers, recorded.contacted, recorded.visits, recorded.purchases) == (5, 3, 3, 2)

    def test_it_is_the_finished_wave_of_an_archived_campaign(self, file):
        wave = experiments.record(file) and Campaign.objects.get().waves.get()
        assert (wave.state, wave.started_at, wave.finished_at) == ("completed", STARTED_AT, STARTED_AT)
        assert wave.approved_by is None
        campaign = wave.campaign
        assert campaign.is_archived
        assert (campaign.goal_event, campaign.goal_days, campaign.currency) == ("purchased", 14, "USD")
        assert (campaign.holdout_share, campaign.exploration_share, campaign.budget_cents) == (0, 1, 0)

    def test_its_audience_is_everybody_of_the_file_and_nobody_else(self, file):
        builders.customer()
        experiments.record(file)
        assert audiences.count(audiences.query(Audience.objects.get())) == 5

    def test_its_two_contents_are_fixed_in_a_version_and_can_be_shown(self, file):
        experiments.record(file)
        assert Content.objects.count() == ContentVersion.objects.count() == WaveContent.objects.count() == 2
        for content in Content.objects.all():
            assert not previews.problems(content.blocks, ["email"])

    def test_its_plan_is_honest_that_chance_decided(self, file):
        experiments.record(file)
        plan = Plan.objects.get()
        assert (plan.customers, plan.eligible, plan.holdout, plan.model_version) == (5, 5, 0, None)
        assert (plan.as_of_at, plan.value_cents, plan.dual_bound_cents, plan.gap) == (STARTED_AT, 0, 0, 0)
        assert [(told["channel"], told["eligible"], told["planned"]) for told in plan.options] == [
            ("email", 5, 2),
            ("email", 5, 1),
        ]


class TestAssignments:
    def test_everybody_had_the_same_chance_of_each_arm(self, file):
        experiments.record(file)
        assert Assignment.objects.count() == 5
        for made in Assignment.objects.all():
            assert made.propensity == pytest.approx(1 / 3)
            assert made.channel_propensity == pytest.approx(2 / 3 if made.channel else 1 / 3)
            assert made.is_exploration
            assert not made.is_holdout
            assert made.decided_at == STARTED_AT
            assert len(made.eligible) == 2

    def test_each_got_what_the_file_says(self, file):
        experiments.record(file)
        got = {
            made.customer.customer_number: (made.channel, made.option and made.option.content.name.rpartition(": ")[2])
            for made in Assignment.objects.select_related("customer", "option__content")
        }
        men, women = ("email", "merchandise for men"), ("email", "merchandise for women")
        assert got == {number(1): men, number(2): women, number(3): ("", None), number(4): men, number(5): ("", None)}


class TestDispatches:
    def test_who_was_mailed_has_one_that_was_sent_and_never_tried_by_us(self, file):
        experiments.record(file)
        assert Counter(Dispatch.objects.values_list("state", "channel", "state_changed_at")) == {
            ("sent", "email", STARTED_AT): 3
        }
        assert not Attempt.objects.exists()

    def test_each_has_its_contact_in_the_history_as_the_ledger_writes_it(self, file):
        experiments.record(file)
        contacts = Event.objects.filter(kind="contacted")
        told = {(event.customer_id, event.dispatch_id, event.source_key, event.occurred_at) for event in contacts}
        assert told == {(d.customer_id, d.pk, f"dispatch-{d.pk}", STARTED_AT) for d in Dispatch.objects.all()}
        assert set(contacts.values_list("source", "medium", "is_online")) == {("ledger", "email", True)}

    def test_a_letter_of_the_past_is_an_offline_contact(self):
        wave = builders.wave(builders.campaign(channels=("print_mailing",)), state="completed")
        mailed = "SELECT id AS customer_id, %(option)s AS option_id, 'print_mailing' AS channel, 70 AS cost_cents FROM campaigns_customer"
        builders.customer()
        option = wave.campaign.options.get()
        assert past.record_sent(mailed, {"option": option.pk}, wave_id=wave.pk, at=STARTED_AT) == 1
        assert Dispatch.objects.get().cost_cents == 70
        assert not Event.objects.get().is_online


class TestOutcomes:
    def test_they_are_events_within_the_two_weeks_after_marked_that_their_time_is_made_up(self, file):
        experiments.record(file)
        outcomes = Event.objects.exclude(kind="contacted")
        assert Counter(outcomes.values_list("kind", flat=True)) == {"page_viewed": 3, "purchased": 2}
        for event in outcomes:
            assert STARTED_AT < event.occurred_at <= STARTED_AT + timedelta(days=14)
            assert event.attributes == {"time_is_made_up": True}

    def test_money_is_the_money_of_the_file(self, file):
        experiments.record(file)
        spent = Event.objects.filter(kind="purchased").values_list("customer__customer_number", "value_cents")
        assert dict(spent) == {number(3): 2999, number(4): 49900}

    def test_they_answer_no_dispatch_for_people_come_by_themselves_too(self, file):
        experiments.record(file)
        assert set(Event.objects.filter(kind="purchased").values_list("dispatch_id", flat=True)) == {None}

    def test_the_journey_follows(self, file):
        experiments.record(file)
        assert Counter(Customer.objects.values_list("journey_stage", flat=True)) == {"dormant": 3, "inspiration": 2}


def test_every_promise_of_the_ledger_and_of_the_plans_holds(file):
    experiments.record(file)
    assert [verdict.name for verdict in check([*ledger_invariants(), *plan_invariants()]) if not verdict.holds] == []


class TestRefused:
    def test_twice(self, file):
        experiments.record(file)
        with pytest.raises(ExperimentError, match="is recorded already"):
            experiments.record(file)
        assert Dispatch.objects.count() == 3

    def test_without_its_customers(self, tmp_path):
        said = refusal(written(tmp_path / "a.csv", *OUTCOMES))
        assert said.startswith(
            "5 rows are bad, so nothing was recorded: row 1: customer_number hillstrom-000001 is nobody's"
        )
        assert "… and 2 more rows" in said
        assert said.endswith(f"import them first: manage.py import_customers {tmp_path / 'a.csv'} --mapping hillstrom")

    def test_without_one_of_its_customers(self, file):
        Customer.objects.get(customer_number=number(4)).delete()
        assert "1 rows are bad, so nothing was recorded: row 4: customer_number hillstrom-000004" in refusal(file)

    @pytest.mark.parametrize(
        ("outcome", "problem"),
        [
            ("Fax,0,0,0", "row 2: segment must be one of Mens E-Mail, Womens E-Mail, No E-Mail"),
            (",0,0,0", "row 2: segment is missing"),
            ("No E-Mail,perhaps,0,0", "row 2: visit is neither yes nor no"),
            ("No E-Mail,0,1,5", "row 2: conversion is yes, but visit is no"),
            ("No E-Mail,1,0,5", "row 2: spend is money, but conversion is no"),
            ("No E-Mail,1,1,-5", "row 2: spend is negative"),
            ("No E-Mail,1,1,much", "row 2: spend is not a number"),
            ("No E-Mail,1,1,1.005", "row 2: spend has fractions of a cent"),
            ("No E-Mail,1", "row 2: row has 10 fields, the header has 12"),
        ],
    )
    def test_a_bad_row_by_its_number_field_and_reason(self, file, outcome, problem):
        written(file, OUTCOMES[0], outcome)
        assert f"1 rows are bad, so nothing was recorded: {problem}" in refusal(file)

    @pytest.mark.parametrize(
        ("header", "reason"),
        [("recency,segment,visit,conversion", "the header lacks spend"), ("", "the file has no header")],
    )
    def test_a_file_of_another_form(self, tmp_path, header, reason):
        assert refusal(written(tmp_path / "a.csv", header=header)) == reason

    def test_a_file_without_rows(self, tmp_path):
        assert refusal(written(tmp_path / "a.csv")) == "the file has no rows"

    def test_a_mapping_that_names_no_customer_number_any_more(self, file):
        importing.save_mapping(
            name="hillstrom",
            kind="customers",
            definition={"source": "a", "identifiers": [{"kind": "email", "value": "a"}]},
        )
        assert "names no customer_number" in refusal(file)

    def test_an_experiment_that_nobody_described(self, file):
        with pytest.raises(ExperimentError, match="no experiment 'other', only hillstrom"):
            experiments.record(file, mapping="other")


class TestAnotherExperiment:
    """Described as the first is, with other columns, arms and channels."""

    ROWS = "K1;Brief;ja;ja;12,50\nK2;nichts;nein;nein;0\n"
    MAPPING = {"source": "shop", "customer_number": "nr", "delimiter": ";", "decimal": ","}

    @pytest.fixture(autouse=True)
    def _described(self, monkeypatch):
        described = replace(
            experiments.EXPERIMENTS["hillstrom"],
            name="Letters in spring",
            source="letters",
            days=30,
            arm="gruppe",
            visited="besuch",
            bought="kauf",
            spent="umsatz",
            arms={"Brief": Arm("print_mailing", "the catalogue"), "nichts": Arm()},
        )
        monkeypatch.setitem(experiments.EXPERIMENTS, "letters", described)
        importing.save_mapping(name="letters", kind="customers", definition=self.MAPPING)
        for n in "12":
            builders.customer(customer_number=f"K{n}")

    def test_it_is_recorded_as_described(self, tmp_path):
        path = tmp_path / "letters.csv"
        path.write_text(f"nr;gruppe;besuch;kauf;umsatz\n{self.ROWS}")
        recorded = experiments.record(path, mapping="letters")
        assert (recorded.customers, recorded.contacted, recorded.purchases) == (2, 1, 1)
        assert set(Assignment.objects.values_list("channel", "propensity")) == {("print_mailing", 0.5), ("", 0.5)}
        assert Event.objects.get(kind="purchased").value_cents == 1250
        assert not Event.objects.get(kind="contacted").is_online

    def test_a_customer_who_is_told_twice_is_refused(self, tmp_path):
        path = tmp_path / "letters.csv"
        path.write_text(f"nr;gruppe;besuch;kauf;umsatz\n{self.ROWS}K1;Brief;nein;nein;0\n")
        with pytest.raises(ExperimentError, match="row 3: customer_number is that of row 1 too"):
            experiments.record(path, mapping="letters")


def test_the_command_says_what_came_of_it_and_fails_with_the_reason(file):
    out = StringIO()
    call_command("import_experiment", str(file), stdout=out)
    assert out.getvalue().startswith("5 customers, 3 contacted, 3 visits, 2 purchases: wave ")
    with pytest.raises(CommandError, match="is recorded already"):
        call_command("import_experiment", str(file))
