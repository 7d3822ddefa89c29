"""Conditions of blocks: what holds of whom, what is refused, and who is in an audience."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import blocks, conditions, memberships, personalise
from tests import builders

FIELDS = {"language": "en-GB", "region": "Bayern", "attribute_tier": "Gold", "journey_stage": "loyalty"}
TEXTS = st.text(alphabet=st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


def known(field: str, verb: str, *values: Any) -> dict[str, Any]:
    return {"all": [{"field": field, "is": verb, "values": list(values)}]}


def holds(condition: Any, **fields: Any) -> bool:
    return conditions.holds(condition, FIELDS | fields)


def refusal(condition: Any) -> blocks.ContentError:
    content = [{"id": "h", "type": "headline", "text": "Hallo", "only_if": condition}]
    with pytest.raises(blocks.ContentError) as caught:
        blocks.check(content)
    return caught.value


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({}, True),
        (known("attribute_tier", "one_of", "gold"), True),
        (known("attribute_tier", "one_of", "silver", " GOLD "), True),
        (known("attribute_tier", "one_of", "silver"), False),
        (known("attribute_tier", "not_one_of", "silver"), True),
        (known("attribute_size", "one_of", "L"), False),
        (known("attribute_size", "not_one_of", "L"), True),
        (known("attribute_tier", "filled"), True),
        (known("attribute_size", "filled"), False),
        (known("attribute_size", "empty"), True),
        (known("language", "one_of", "en"), True),
        (known("region", "one_of", "Bayern"), True),
        (known("journey_stage", "one_of", "loyalty"), True),
        ({"any": [*known("region", "one_of", "Hessen")["all"], *known("region", "filled")["all"]]}, True),
        ({"all": [*known("region", "one_of", "Hessen")["all"], *known("region", "filled")["all"]]}, False),
    ],
)
def test_what_holds(condition, expected):
    assert holds(condition) is expected


@pytest.mark.parametrize(
    ("value", "verb", "bound", "expected"),
    [
        ("120", "at_least", 100, True),
        ("99.5", "at_least", "100", False),
        ("9", "at_most", 10, True),  # as numbers, not as texts
        (120, "one_of", "120.0", True),
        ("2027-03-01", "at_least", "2027-02-28", True),
        ("2027-03-01", "at_most", "2027-02-28", False),
        ("2027-03-01", "at_least", 5, False),
        ("many", "at_least", 5, False),
        ("", "at_least", 5, False),
        ("NaN", "at_least", 5, False),
    ],
)
def test_numbers_and_dates_are_compared_with_their_like(value, verb, bound, expected):
    assert holds(known("attribute_points", verb, bound), attribute_points=value) is expected


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, False)])
def test_truth_values_can_be_asked_although_texts_do_not_say_them(value, expected):
    assert holds(known("attribute_vip", "one_of", True), attribute_vip="", attributes={"vip": value}) is expected


def test_of_a_list_one_is_enough():
    fields = {"attribute_likes": "", "attributes": {"likes": ["garden", "cars"]}}
    assert holds(known("attribute_likes", "one_of", "cars"), **fields)
    assert not holds(known("attribute_likes", "not_one_of", "cars"), **fields)


@pytest.mark.parametrize("inside", [None, "", (), frozenset(), {8}])
def test_nobody_is_in_an_audience_that_says_nothing_of_them(inside):
    assert not holds({"all": [{"audience": 7}]}, audiences=inside)


def test_of_a_list_as_customers_have_it_one_is_enough():
    fields = {"attribute_likes": "garden, cars", "attributes": {"likes": ["garden", "cars"]}}
    assert holds(known("attribute_likes", "one_of", "cars"), **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"audiences": frozenset()}, True),
        ({"audiences": frozenset({8})}, True),
        ({"audiences": frozenset({7})}, False),
        ({"audiences": frozenset(), "audiences_gone": frozenset({7})}, False),
        ({"audiences": ""}, False),
        ({}, False),
    ],
)
def test_who_is_certainly_not_in_the_audience_is_shown_the_block(fields, expected):
    assert holds({"all": [{"not_audience": 7}]}, **fields) is expected


@pytest.mark.django_db
def test_of_an_audience_that_is_gone_or_broken_nobody_is_certainly_outside():
    person, sound = builders.customer(region="Hessen"), builders.audience()
    broken = builders.audience()
    type(broken).objects.filter(pk=broken.pk).update(rule={"nonsense": 1})
    fields = personalise.fields_for([person.pk], audiences={sound.pk, broken.pk, 987654})[person.pk]
    assert fields["audiences_gone"] == {broken.pk, 987654}
    assert not holds({"all": [{"not_audience": broken.pk}]}, **fields)


def test_who_is_in_the_audience_is_shown_the_block():
    assert holds({"any": [{"audience": 7}, *known("region", "one_of", "Hessen")["all"]]}, audiences=frozenset({7}))


@given(st.lists(TEXTS, min_size=1, max_size=5), st.none() | TEXTS)
def test_not_one_of_is_the_opposite_of_one_of(values, value):
    fields = {"attribute_a": value}
    one = conditions.holds(known("attribute_a", "one_of", *values), fields)
    assert one is not conditions.holds(known("attribute_a", "not_one_of", *values), fields)


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=3)))
def test_whatever_an_attribute_is_it_is_filled_or_empty(value):
    fields = {"attributes": {"a": value}}
    assert conditions.holds(known("attribute_a", "filled"), fields) is not conditions.holds(
        known("attribute_a", "empty"), fields
    )


@pytest.mark.parametrize(
    ("condition", "path", "reason"),
    [
        ("gold", "only_if", "must be"),
        ({"none": []}, "only_if", "must be"),
        ({"all": [], "any": []}, "only_if", "must be"),
        ({"all": []}, "only_if.all", "1 to 20"),
        ({"all": "x"}, "only_if.all", "1 to 20"),
        ({"all": ["x"]}, "only_if.all[0]", "must be an object"),
        ({"all": [{"any": []}]}, "only_if.all[0].any", "has field, is and values"),
        (known("password", "filled"), "only_if.all[0].field", "must be one of language"),
        (known("attribute_", "filled"), "only_if.all[0].field", "attribute_<name>"),
        (known("region", "like", "x"), "only_if.all[0].is", "one_of"),
        (known("region", "one_of"), "only_if.all[0].values", "1 to 100"),
        (known("region", "filled", "x"), "only_if.all[0].values", "list of 0"),
        (known("region", "at_least", 1, 2), "only_if.all[0].values", "list of 1"),
        (known("region", "at_least", "viel"), "only_if.all[0].values[0]", "a number or a date"),
        (known("region", "one_of", {"x": 1}), "only_if.all[0].values[0]", "must be text"),
        (known("region", "one_of", " "), "only_if.all[0].values[0]", "must be text"),
        (known("region", "one_of", "a\0b"), "only_if.all[0].values[0]", "control characters"),
        (known("region", "one_of", "\ud800"), "only_if.all[0].values[0]", "control characters"),
        (known("region", "one_of", float("nan")), "only_if.all[0].values[0]", "a number with an end"),
        (known("attribute_\0", "filled"), "only_if.all[0].field", "attribute_<name>"),
        ({"all": [{"audience": "7"}]}, "only_if.all[0].audience", "the id of an audience"),
        ({"all": [{"audience": True}]}, "only_if.all[0].audience", "the id of an audience"),
        ({"all": [{"audience": 7, "is": "in"}]}, "only_if.all[0]", "nothing beside"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(condition, path, reason):
    error = refusal(condition)
    assert error.path == f"blocks[0].{path}"
    assert reason in error.reason


@pytest.mark.django_db
def test_an_audience_that_does_not_exist_is_refused_when_saved():
    error = refusal({"all": [{"audience": 4711}]})
    assert (error.path, error.reason) == ("blocks[0].only_if", "there is no audience 4711")


@pytest.mark.django_db
def test_a_content_whose_audience_was_deleted_still_renders_and_nobody_is_in_it():
    gone = builders.audience()
    id_ = gone.pk
    person = builders.customer()
    gone.delete()
    blocks.check(
        [{"id": "h", "type": "headline", "text": "x", "only_if": {"all": [{"audience": id_}]}}], references=False
    )
    assert memberships.read([person.pk], {id_}) == {person.pk: frozenset()}


@pytest.mark.django_db
def test_audiences_of_many_customers_are_read_at_once(django_assert_num_queries):
    people = [builders.customer(region=region) for region in ("Bayern", "Hessen", "Bayern")]
    bavaria = builders.audience({"attribute": "region", "is": "Bayern"})
    everybody = builders.audience()
    ids = [person.pk for person in people]
    with django_assert_num_queries(4):  # people, which audiences can be asked, the audiences, who is in them
        found = personalise.fields_for(ids, audiences={bavaria.pk, everybody.pk})
    both = frozenset({bavaria.pk, everybody.pk})
    assert [found[id_]["audiences"] for id_ in ids] == [both, frozenset({everybody.pk}), both]


@pytest.mark.django_db
def test_without_conditions_no_audience_is_read(django_assert_num_queries):
    person = builders.customer()
    with django_assert_num_queries(1):
        personalise.fields_for([person.pk])


@pytest.mark.django_db
def test_nobody_is_in_an_audience_whose_rule_is_broken():
    broken = builders.audience({"attribute": "no such", "is": "x"})
    fine = builders.audience()
    person = builders.customer()
    assert memberships.read([person.pk], {broken.pk, fine.pk}) == {person.pk: frozenset({fine.pk})}
