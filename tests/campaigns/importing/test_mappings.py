"""Mappings: saved by name, checked when they are saved, and shipped with the platform."""

import pytest
from django.core.management import call_command

from campaigns import importing
from campaigns.importing import ImportRefused, mappings, schema
from campaigns.models import ImportMapping
from tests.campaigns.importing.files import CUSTOMERS, EVENTS


def refusal(definition, *, kind: str = "customers") -> str:
    with pytest.raises(ImportRefused) as refused:
        schema.check(definition, kind=kind)
    return str(refused.value)


class TestSchema:
    def test_good_ones_pass(self):
        schema.check(CUSTOMERS, kind="customers")
        schema.check(EVENTS, kind="events")

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"colour": "red"}, "$: "),
            ({"source": ""}, "$.source"),
            ({"encoding": "utf-7"}, "$.encoding"),
            ({"delimiter": ";;"}, "$.delimiter"),
            ({"decimal": "'"}, "$.decimal"),
            ({"country": "de"}, "$.country"),
            ({"time_zone": "Mars/Base"}, "$.time_zone"),
            ({"customer_number": ""}, "$.customer_number"),
            ({"identifiers": [{"kind": "fax", "value": "fax"}]}, "$.identifiers[0].kind"),
            ({"fields": {"journey_stage": "a"}}, "$.fields"),
            ({"address": {"street": "a", "city": "b"}}, "$.address"),
            ({"attributes": {"a.b": "c"}}, "$.attributes"),
            ({"consents": [{"channel": "email"}]}, "$.consents[0]"),
            ({"objections": [{"channel": "email"}]}, "$.objections[0]"),
            ({"fields": {"title": {"column": "a", "constant": "b"}}}, "$.fields.title"),
            ({"fields": {"title": {"column": "a", "as": "integer"}}}, "$.fields.title.as"),
            ({"fields": {"title": {"column": "a", "part": [1, 2]}}}, "$.fields.title.part"),
            ({"attributes": {"age": {"column": "a", "as": "months_before", "until": "2020-01-01"}}}, "$.attributes.age.as"),
            ({"delivery_areas": [{"code": "a", "postcode": "1", "place": "b", "households": -1}]}, "$.delivery_areas[0]"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_by_its_place(self, change, place):
        assert f"the mapping is wrong at {place}" in refusal(CUSTOMERS | change)

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ({"column": "a", "as": "months_before"}, "months_before and until belong together"),
            ({"column": "a", "until": "2020-01-01"}, "months_before and until belong together"),
            ({"column": "a", "as": "months_before", "until": "2020-13-01"}, "is not a date"),
            ({"column": "a", "as": "date"}, "it may not say"),
        ],
    )
    def test_a_time_may_be_told_in_months_before_a_day(self, value, reason):
        event = EVENTS["events"][0] | {"occurred_at": value}
        assert reason in refusal(EVENTS | {"events": [event]}, kind="events")

    def test_there_is_no_third_half(self):
        event = EVENTS["events"][0] | {"value_cents": {"column": "a", "part": [3, 2]}}
        assert "no such part" in refusal(EVENTS | {"events": [event]}, kind="events")

    def test_a_file_must_say_whose_its_rows_are(self):
        assert "neither a customer_number" in refusal({"source": "shop", "fields": {"title": "a"}})

    @pytest.mark.parametrize("definition", [None, [], "source", 1, {}])
    def test_what_is_no_mapping_is_refused(self, definition):
        assert refusal(definition)


class TestColumns:
    def test_every_column_that_is_read_is_needed(self):
        definition = CUSTOMERS | {
            "attributes": {"size": "size"},
            "consents": [{"channel": "email", "given_at": "at", "if": "agreed", "text_version": "version"}],
            "objections": [{"if": "refuses"}],
            "customer_number": {"join": [{"constant": "K-"}, "branch", {"column": "number"}]},
        }
        needed = mappings.columns(definition)
        assert {"size", "at", "agreed", "version", "refuses", "branch", "number", "email", "street"} <= needed
        assert "K-" not in needed

    def test_of_events_too(self):
        event = EVENTS["events"][0] | {"if": "counts", "attributes": {"basket": "basket"}}
        needed = mappings.columns(EVENTS | {"events": [event]})
        assert needed == {"number", "email", "kind", "at", "value", "key", "counts", "basket"}


@pytest.mark.django_db
class TestByName:
    def test_a_saved_one_is_found_and_may_be_changed(self):
        importing.save_mapping(name="mine", kind="customers", definition=CUSTOMERS)
        importing.save_mapping(name="mine", kind="customers", definition=CUSTOMERS | {"source": "other"})
        assert importing.get_mapping("mine").definition["source"] == "other"

    def test_a_wrong_one_is_not_saved(self):
        with pytest.raises(ImportRefused):
            importing.save_mapping(name="mine", kind="customers", definition={})
        assert not ImportMapping.objects.filter(name="mine").exists()

    def test_an_unknown_name_is_answered_with_those_that_there_are(self):
        importing.save_mapping(name="mine", kind="customers", definition=CUSTOMERS)
        with pytest.raises(ImportRefused, match=r"'yours', only area_streets, customers, .*hillstrom_history, mine"):
            importing.get_mapping("yours")

    @pytest.mark.parametrize("name", sorted(mappings.shipped()))
    def test_every_shipped_one_is_right(self, name):
        shipped = mappings.shipped()[name]
        schema.check(shipped["definition"], kind=shipped["kind"])
        assert shipped["definition"]["description"]

    def test_shipped_ones_are_there_even_where_nobody_saved_them(self):
        ImportMapping.objects.all().delete()
        assert importing.get_mapping("hillstrom").pk

    def test_migrating_offers_them_to_staff_and_keeps_what_staff_changed(self):
        ImportMapping.objects.all().delete()
        importing.save_mapping(name="customers", kind="customers", definition=CUSTOMERS)
        call_command("migrate", verbosity=0)
        assert set(ImportMapping.objects.values_list("name", flat=True)) == set(mappings.shipped())
        assert importing.get_mapping("customers").definition == CUSTOMERS
