"""Two customers become one: what goes over, what wins, who is found by which number, and the way back."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Model
from django.utils import timezone

from campaigns import audiences, consent, importing
from campaigns.duplicates import merging, moving
from campaigns.duplicates.merging import MergeError
from campaigns.models import (
    Consent,
    Coupon,
    Customer,
    CustomerMerge,
    DuplicatePair,
    Event,
    Household,
    Objection,
    PairState,
    PostalReport,
    ServiceCase,
    Testimonial,
    TimeOut,
    Wave,
)
from channels import intake
from channels import invariants as channels_invariants
from channels.models import AudienceFile, AudienceMember, Dispatch
from steering import invariants as steering_invariants
from steering.models import Assignment, Firing
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Customer:
    return builders.customer(household=True, customer_number="K1", last_name="Müller", title="")


@pytest.fixture
def other() -> Customer:
    return builders.customer(
        household=True, customer_number="K2", last_name="Mueller", title="Dr.", attributes={"size": 40}
    )


def event(of: Customer, key: str) -> Event:
    return Event.objects.create(
        customer=of,
        kind="purchased",
        medium="web",
        is_online=True,
        occurred_at=timezone.now(),
        source="t",
        source_key=key,
    )


def merge(kept: Customer, other: Customer) -> CustomerMerge:
    made = merging.merge(kept.pk, other.pk)
    for one in (kept, other):
        one.refresh_from_db()
    return made


class TestWhatGoesOver:
    def test_identifiers_events_and_time_outs(self, kept, other):
        event(other, "1")
        TimeOut.objects.create(customer=other, from_on="2026-01-01", until_on="2026-01-02", source="t")
        merge(kept, other)
        assert kept.identifiers.count() == 2
        assert (kept.events.count(), kept.time_outs.count()) == (1, 1)
        assert not other.identifiers.exists()

    def test_messages_go_over_with_their_wave(self, kept, other):
        made = builders.dispatch(builders.wave(), other, state="sent")
        merge(kept, other)
        made.refresh_from_db()
        assert made.customer == kept

    def test_a_wave_in_which_both_took_part_stays_as_it_was(self, kept, other):
        wave = builders.wave()
        both = [builders.dispatch(wave, one) for one in (kept, other)]
        merge(kept, other)
        assert [Dispatch.objects.get(pk=one.pk).customer_id for one in both] == [kept.pk, other.pk]

    def test_codes_go_over_with_their_wave(self, kept, other):
        made = builders.dispatch(builders.wave(), other, state="sent")
        offer = builders.offer()
        code = Coupon.objects.create(
            offer=offer, code="A1", key="A1", state="given", wave=made.wave, customer=other, dispatch_id=made.pk
        )
        merge(kept, other)
        code.refresh_from_db()
        assert code.customer == kept

    def test_what_went_out_while_the_kept_customer_objected_stays_where_it_is(self, kept, other):
        made = builders.dispatch(builders.wave(), other, state="sent")
        consent.object_to(customer_id=kept.pk, channel="email", source="call")
        merge(kept, other)
        made.refresh_from_db()
        assert made.customer == other

    def test_what_is_not_known_of_one_is_taken_from_the_other(self, kept, other):
        merge(kept, other)
        assert (kept.last_name, kept.title, kept.attributes) == ("Müller", "Dr.", {"size": 40})

    def test_nothing_of_a_name_is_left_in_the_row_that_keeps_the_number(self, kept, other):
        merge(kept, other)
        assert (other.last_name, other.household, other.attributes, other.customer_number) == ("", None, {}, "K2")

    def test_invariants_hold_after_merges(self, kept, other):
        wave = builders.wave()
        for one in (kept, other):
            builders.dispatch(wave, one, state="sent", claimed_at=timezone.now() - timedelta(hours=1))
        builders.dispatch(builders.wave(), other, state="sent", claimed_at=timezone.now() - timedelta(hours=1))
        consent.object_to(customer_id=other.pk, source="call")
        before = _broken()
        merge(kept, other)
        assert _broken() == before


def _one_row_of_each(of: Customer, wave: Wave) -> None:
    """In every table whose rows go over; identifiers are there."""
    now, case = timezone.now(), ServiceCase.objects.create(customer=of, kind="praise", subject="s")
    event(of, "1")
    made = builders.dispatch(wave, of, state="sent")
    Coupon.objects.create(
        offer=builders.offer(), code="A1", key="A1", state="given", wave=wave, customer=of, dispatch_id=made.pk
    )
    Testimonial.objects.create(customer=of, case=case, quote="q", language="de", score=0.9)
    TimeOut.objects.create(customer=of, from_on="2026-01-01", until_on="2026-01-02", source="t")
    PostalReport.objects.create(
        customer=of,
        kind="returned",
        reason="moved",
        household=of.household,
        reported_at=now,
        source="t",
        source_key="1",
    )
    list_ = AudienceFile.objects.create(network="meta", wave=wave, action="add", path="a.csv", rows=1, sha256="0" * 64)
    AudienceMember.objects.create(network="meta", customer=of, dispatch=made, added_in=list_, listed=[])
    Assignment.objects.create(wave=wave, customer=of, channel="email", decided_at=now)
    Firing.objects.create(
        trigger=builders.trigger(), event_id=1, customer=of, occurred_at=now, due_at=now, deadline_at=now
    )


class TestEveryTable:
    def test_that_names_a_customer_goes_over_or_has_a_rule_of_its_own(self, kept, other):
        """A new table fails here until somebody has said what becomes of its rows."""
        keys = [
            (model, field.name)
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model is Customer
        ]
        moving_ones = set(moving.tables())
        assert {model for model, _ in keys} == {model for model, _ in moving_ones} | moving.APART
        _one_row_of_each(other, builders.wave())
        assert [model for model, key in moving_ones if not _rows(model, key, other)] == []
        merge(kept, other)
        assert [model for model, key in moving_ones if _rows(model, key, other)] == []

    def test_and_back(self, kept, other):
        _one_row_of_each(other, builders.wave())
        merging.undo(merge(kept, other).pk)
        assert [model for model, key in moving.tables() if not _rows(model, key, other)] == []
        assert not kept.events.exists()

    def test_no_rows_are_lost_when_both_have_them(self, kept, other):
        wave = builders.wave()
        for one in (kept, other):
            builders.dispatch(wave, one)
            Assignment.objects.create(wave=wave, customer=one, channel="email", decided_at=timezone.now())
        before = {model: model._base_manager.count() for model, _ in moving.tables()}
        merge(kept, other)
        assert {model: model._base_manager.count() for model, _ in moving.tables()} == before


def _rows(model: type[Model], key: str, of: Customer) -> int:
    return model._base_manager.filter(**{key: of}).count()


class TestOneDoorWrittenInTwoWays:
    @pytest.fixture
    def neighbour(self, kept, other) -> Customer:
        first, second = sorted((kept.pk, other.pk))
        told = {"probability": 0.99, "cluster": first, "agrees": ["last_sounds", "street_alike"]}
        DuplicatePair.objects.create(first_id=first, second_id=second, **told)
        return builders.customer(first_name="Max", household=False, household_id=other.household_id)

    def test_whoever_lives_at_the_other_goes_along(self, kept, other, neighbour):
        merge(kept, other)
        neighbour.refresh_from_db()
        assert neighbour.household == kept.household

    def test_nobody_goes_along_where_the_postcode_is_another(self, kept, other, neighbour):
        """One street name in two parts of a town."""
        DuplicatePair.objects.update(differs=["postcode_differs"])
        before = neighbour.household_id
        merge(kept, other)
        neighbour.refresh_from_db()
        assert neighbour.household_id == before

    def test_and_back(self, kept, other, neighbour):
        before = neighbour.household_id
        merging.undo(merge(kept, other).pk)
        neighbour.refresh_from_db()
        assert neighbour.household_id == before


class TestTheStrictestWins:
    def test_an_objection_of_the_other_stands(self, kept, other):
        consent.object_to(customer_id=other.pk, channel="email", source="call")
        merge(kept, other)
        assert Objection.objects.get(customer=kept, lifted_at=None).channel == "email"

    def test_a_later_withdrawal_of_the_other_ends_the_consent(self, kept, other):
        consent.withdraw(customer_id=other.pk, channel="email", source="link")
        merge(kept, other)
        assert not Consent.objects.filter(customer=kept, withdrawn_at=None).exists()

    def test_a_withdrawal_before_the_consent_was_given_does_not(self, kept, other):
        consent.withdraw(customer_id=other.pk, channel="email", source="link", at=timezone.now() - timedelta(days=30))
        merge(kept, other)
        assert Consent.objects.filter(customer=kept, channel="email", withdrawn_at=None).count() == 1

    def test_a_consent_that_only_the_other_gave_holds(self, kept, other):
        Consent.objects.create(customer=other, channel="social", source="t", given_at=timezone.now())
        merge(kept, other)
        assert Consent.objects.filter(customer=kept, channel="social", withdrawn_at=None).exists()

    def test_both_consents_are_kept_as_proof_and_one_is_valid(self, kept, other):
        merge(kept, other)
        assert Consent.objects.filter(customer=kept, channel="email").count() == 2
        assert Consent.objects.filter(customer=kept, channel="email", withdrawn_at=None).count() == 1


class TestTheFormerNumber:
    def test_an_import_by_it_reaches_the_kept_customer(self, kept, other, tmp_path: Path):
        merge(kept, other)
        importing.save_mapping(
            name="m",
            kind="customers",
            definition={"source": "s", "customer_number": "nr", "fields": {"region": "region"}},
        )
        file = tmp_path / "f.csv"
        file.write_text("nr,region\nK2,Bremen\nK1,Bremen\n")
        call_command("import_customers", file, "--mapping", "m", stdout=StringIO())
        kept.refresh_from_db()
        assert kept.region == "Bremen"
        assert Customer.objects.count() == 2

    def test_an_event_by_it_is_the_kept_customers(self, kept, other):
        merge(kept, other)
        assert intake.customer(number="K2") == kept.pk

    def test_it_leads_on_when_the_kept_customer_is_merged_as_well(self, kept, other):
        third = builders.customer(customer_number="K3")
        merge(kept, other)
        merging.merge(third.pk, kept.pk)
        assert intake.customer(number="K2") == third.pk

    def test_an_import_by_an_address_that_was_left_there_reaches_the_kept_customer(self, kept, other, tmp_path: Path):
        home = _returned_address(other)
        merge(kept, other)
        importing.save_mapping(
            name="m",
            kind="customers",
            definition={
                "source": "s",
                "customer_number": "nr",
                "fields": {"first_name": "first", "last_name": "last"},
                "address": {"street": "street", "postcode": "postcode", "city": "city"},
            },
        )
        file = tmp_path / "f.csv"
        file.write_text(f"nr,first,last,street,postcode,city\nK2,Erika,Mueller,{home.street},10115,Berlin\n")
        call_command("import_customers", file, "--mapping", "m", stdout=StringIO())
        for one in (kept, other):
            one.refresh_from_db()
        assert (kept.household, other.last_name) == (home, "")
        assert kept.identifiers.filter(kind="postal_address").exists()  # so that its suppression still holds

    def test_what_is_left_is_in_no_audience(self, kept, other):
        merge(kept, other)
        assert audiences.sample(audiences.compile_rule({"all": []})) == [kept.pk]


class TestTheWayBack:
    def test_everything_is_as_it_was(self, kept, other):
        event(other, "1")
        consent.object_to(customer_id=other.pk, channel="email", source="call")
        consent.withdraw(customer_id=other.pk, channel="email", source="link")
        before = [_told(one) for one in (kept, other)]
        merging.undo(merge(kept, other).pk)
        assert [_told(one) for one in (kept, other)] == before

    def test_what_changed_since_stays(self, kept, other):
        made = merge(kept, other)
        Customer.objects.filter(pk=kept.pk).update(last_name="Maier")
        merging.undo(made.pk)
        kept.refresh_from_db()
        assert (kept.last_name, kept.title) == ("Maier", "")

    def test_attributes_of_the_other_go_back_one_by_one(self, kept, other):
        made = merge(kept, other)
        third = builders.customer(attributes={"colour": "red"})
        merging.merge(kept.pk, third.pk)
        merging.undo(made.pk)
        kept.refresh_from_db()
        assert kept.attributes == {"colour": "red"}

    def test_what_was_refused_since_is_refused_by_both(self, kept, other):
        made = merge(kept, other)
        consent.object_to(customer_id=kept.pk, channel="email", source="link")
        merging.undo(made.pk)
        for one in (kept, other):
            assert one.objections.get(lifted_at=None).channel == "email"

    def test_a_consent_withdrawn_since_is_withdrawn_by_both(self, kept, other):
        made = merge(kept, other)
        consent.withdraw(customer_id=kept.pk, channel="email", source="link")
        merging.undo(made.pk)
        assert not Consent.objects.filter(customer__in=[kept, other], channel="email", withdrawn_at=None).exists()

    def test_three_become_one_and_three_again(self, kept, other):
        third = builders.customer(household=True, customer_number="K3")
        everybody = (kept, other, third)
        for one in everybody:
            consent.object_to(customer_id=one.pk, channel="social", source=one.customer_number)
        before = [_told(one) for one in everybody]
        first, second = merge(kept, other), merge(third, kept)
        merging.undo(second.pk)
        merging.undo(first.pk)
        assert [_told(one) for one in everybody] == before

    def test_they_are_not_proposed_again(self, kept, other):
        merging.undo(merge(kept, other).pk)
        assert DuplicatePair.objects.get().state == PairState.DIFFERENT

    def test_it_ends_after_its_time_and_the_copies_are_deleted(self, kept, other):
        made = merge(kept, other)
        CustomerMerge.objects.update(undoable_until=timezone.now())
        assert merging.forget() == 1
        made.refresh_from_db()
        assert (made.before, made.moved) == ({}, {})
        with pytest.raises(MergeError, match="no longer"):
            merging.undo(made.pk)

    def test_a_later_merge_must_be_undone_first(self, kept, other):
        made = merge(kept, other)
        merging.merge(builders.customer().pk, kept.pk)
        with pytest.raises(MergeError, match="undo that first"):
            merging.undo(made.pk)


def test_nobody_is_merged_twice_or_into_themselves(kept, other):
    merge(kept, other)
    for one, two in ((kept, other), (other, kept), (kept, kept)):
        with pytest.raises(MergeError, match="merged already"):
            merging.merge(one.pk, two.pk)


def test_who_was_told_apart_from_the_other_is_told_apart_from_the_kept_one(kept, other):
    third = builders.customer()
    merging.decide(other.pk, third.pk, PairState.DIFFERENT)
    merge(kept, other)
    first, second = sorted((kept.pk, third.pk))
    assert DuplicatePair.objects.get(first=first, second=second).state == PairState.DIFFERENT


def _returned_address(of: Customer) -> Household:
    """Of this customer, from where a letter came back."""
    value = f"erika mueller|{of.household.address_key}"
    builders.identifier(of, "postal_address", value)
    consent.suppress(kind="postal_address", value=value, reason="returned_letter", source="press")
    return of.household


def _told(customer: Customer) -> dict:
    customer.refresh_from_db()
    rows = {name: sorted(getattr(customer, name).values_list("pk", flat=True)) for name in ("identifiers", "events")}
    consents = sorted(customer.consents.values_list("pk", "withdrawn_at", "withdrawn_source"))
    objections = sorted(customer.objections.filter(lifted_at=None).values_list("channel", flat=True))
    said = {name: getattr(customer, name) for name in merging.FIELDS} | {"into": customer.merged_into_id}
    return said | rows | {"consents": consents, "objections": objections}


def _broken() -> list[tuple[str, list[int]]]:
    return [
        (verdict.name, verdict.broken_by)
        for verdict in channels_invariants.check(steering_invariants.every())
        if not verdict.holds
    ]
