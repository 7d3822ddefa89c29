"""An audience is one query, and it selects exactly whom the rule describes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from campaigns import audiences, events
from campaigns.models import Audience, Customer
from campaigns.rules import SCHEMA, RuleError
from tests import builders

from . import rule_strategies
from .rule_data import NOW, Person, make
from .rule_oracle import matches

pytestmark = pytest.mark.django_db
SCHEMA_OF_RULES = Draft202012Validator(SCHEMA)


@pytest.fixture
def people() -> list[Person]:
    return make()


def ids(query: audiences.Query) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        return sorted(id_ for (id_,) in cursor.fetchall())


def expected(rule: dict[str, Any], people: list[Person], at: Any = NOW) -> list[int]:
    return sorted(p.row.pk for p in people if matches(rule, p, everybody=people, at=at))


def saved(name: str, rule: dict[str, Any]) -> Audience:
    return Audience.objects.create(name=name, rule=rule)


@settings(max_examples=400)
@given(rule=rule_strategies.RULES)
def test_any_rule_selects_whom_plain_python_selects(people: list[Person], rule: dict[str, Any]) -> None:
    assert ids(audiences.compile_rule(rule, as_of_at=NOW)) == expected(rule, people)


@settings(max_examples=300)
@given(rule=rule_strategies.CONDITIONS)
def test_any_condition_and_its_negation_divide_everybody(people: list[Person], rule: dict[str, Any]) -> None:
    matching = ids(audiences.compile_rule(rule, as_of_at=NOW))
    others = ids(audiences.compile_rule({"none": [rule]}, as_of_at=NOW))
    assert matching == expected(rule, people)
    assert sorted(matching + others) == sorted(person.row.pk for person in people)


@settings(max_examples=100)
@given(rule=rule_strategies.RULES)
def test_a_rule_evaluated_in_the_past_knows_nothing_later(people: list[Person], rule: dict[str, Any]) -> None:
    at = NOW - timedelta(days=30)
    assert ids(audiences.compile_rule(rule, as_of_at=at)) == expected(rule, people, at)


@settings(max_examples=100)
@given(rule=rule_strategies.RULES)
def test_the_published_schema_accepts_and_words_describe_every_rule(people: list[Person], rule: dict[str, Any]) -> None:
    assert not list(SCHEMA_OF_RULES.iter_errors(rule))
    assert audiences.describe(rule).endswith(".")
    assert "SELECT" in audiences.shown_sql(audiences.compile_rule(rule))


def test_a_rule_is_one_query(people: list[Person], django_assert_num_queries: Callable) -> None:
    rule = {
        "all": [
            {"attribute": "region", "is_not": "Hessen"},
            {"any": [{"events": {"kinds": ["purchased"]}, "at_most": 0}, {"identifier": "email"}]},
            {"none": [{"contacted": {"within_days": 7}}, {"consent": "social"}]},
        ]
    }
    with django_assert_num_queries(1):
        counted = audiences.count(audiences.compile_rule(rule, as_of_at=NOW))
    assert counted == len(expected(rule, people))


def test_what_two_conditions_need_is_joined_once() -> None:
    rule = {"all": [{"attribute": "city", "is": "Berlin"}, {"attribute": "postcode", "starts_with": "10"}]}
    assert audiences.compile_rule(rule).sql.count("JOIN") == 1


@pytest.mark.parametrize("value", ["'; DROP TABLE campaigns_customer; --", "%s", "%(a)s", "{0}", "\\'", '"', "${x}"])
@pytest.mark.parametrize("operator", ["is", "contains", "starts_with"])
@pytest.mark.parametrize("name", ["region", "O'Neil %s {0} \"--"])
def test_no_value_is_ever_part_of_the_statement(people: list[Person], name: str, operator: str, value: str) -> None:
    rule = {"attribute": name, operator: value}
    query = audiences.compile_rule(rule, as_of_at=NOW)
    assert value not in query.sql.replace("%s::", "") or value == '"'
    assert value in query.params
    assert ids(query) == expected(rule, people)


def test_a_name_is_a_value_too(people: list[Person]) -> None:
    rule = {"consent": "email", "purpose": "x' OR true --"}
    assert ids(audiences.compile_rule(rule)) == []


def test_another_audience_is_put_in_its_place(people: list[Person]) -> None:
    bavarians = saved("Bavarians", {"attribute": "region", "is": "Bayern"})
    rule = {"none": [{"audience": bavarians.pk}]}
    everybody_else = saved("others", rule)
    twice = {"all": [{"audience": everybody_else.pk}, {"identifier": "email"}]}
    plain = {"all": [{"none": [bavarians.rule]}, {"identifier": "email"}]}
    assert ids(audiences.compile_rule(twice, as_of_at=NOW)) == expected(plain, people)
    assert "“others”" in audiences.describe(twice)


def test_an_audience_must_not_lead_back_to_itself() -> None:
    first = saved("first", {"all": []})
    second = saved("second", {"any": [{"audience": first.pk}]})
    with pytest.raises(RuleError, match=r"rule\.all\[0\]\.audience: .*leads back to itself") as refused:
        audiences.check({"all": [{"audience": second.pk}]}, audience_id=first.pk)
    assert refused.value.path
    with pytest.raises(RuleError, match="leads back to itself"):
        audiences.check({"audience": first.pk}, audience_id=first.pk)


def test_a_cycle_that_two_people_saved_at_once_is_refused_when_compiling() -> None:
    first = saved("first", {"all": []})
    second = saved("second", {"audience": first.pk})
    Audience.objects.filter(pk=first.pk).update(rule={"audience": second.pk})
    first.refresh_from_db()
    with pytest.raises(RuleError, match="leads back to itself"):
        audiences.query(first)
    with pytest.raises(RuleError, match="leads back to itself"):
        audiences.compile_rule({"audience": second.pk})


def test_audiences_that_double_with_every_level_are_refused() -> None:
    inner = saved("level 0", {"all": []})
    for level in range(1, 9):
        inner = saved(f"level {level}", {"any": [{"audience": inner.pk}, {"audience": inner.pk}]})
    with pytest.raises(RuleError, match="must not lead to more than"):
        audiences.query(inner)


def test_an_audience_that_is_not_there_is_named() -> None:
    with pytest.raises(RuleError, match=r"rule\.any\[0\]\.audience: there is no audience 999"):
        audiences.check({"any": [{"audience": 999}]})


def test_references_are_looked_up_level_by_level(django_assert_num_queries: Callable) -> None:
    leaves = [saved(f"leaf {n}", {"attribute": "age", "at_least": n}) for n in range(5)]
    middle = saved("middle", {"any": [{"audience": leaf.pk} for leaf in leaves]})
    with django_assert_num_queries(2):
        audiences.compile_rule({"audience": middle.pk})


def test_few_customers_are_counted_exactly(people: list[Person]) -> None:
    rule = {"identifier": "email"}
    gauge = audiences.gauge(audiences.compile_rule(rule))
    assert gauge.is_exact
    assert gauge.count == audiences.estimate(audiences.compile_rule(rule)) == len(expected(rule, people))


def test_nobody_there_is_no_error() -> None:
    query = audiences.compile_rule({"all": []})
    assert (audiences.count(query), audiences.estimate(query), audiences.sample(query)) == (0, 0, [])


def test_a_sample_is_of_matching_customers_and_the_same_for_a_seed(people: list[Person]) -> None:
    rule = {"none": [{"attribute": "region", "is": "Bayern"}]}
    query = audiences.compile_rule(rule)
    drawn = audiences.sample(query, 5)
    assert len(set(drawn)) == 5
    assert set(drawn) <= set(expected(rule, people))
    assert drawn == audiences.sample(query, 5) != audiences.sample(query, 5, seed=2)
    assert set(audiences.sample(query, 1000)) == set(expected(rule, people))


@pytest.fixture
def many() -> int:
    """More customers than are simply counted: 30,000, every third in Bayern."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_customer (customer_number, salutation, title, first_name, last_name, language, time_zone,"
            " region, attributes, journey_stage, contact_is_made_up, source)"
            " SELECT 'M' || n, '', '', '', '', 'de', '', CASE n % 3 WHEN 0 THEN 'Bayern' ELSE '' END, '{}', 'use', true, ''"
            " FROM generate_series(1, 30000) n"
        )
    return Customer.objects.count()


def test_an_estimate_states_its_error(many: int) -> None:
    gauge = audiences.gauge(audiences.compile_rule({"attribute": "region", "is": "Bayern"}))
    assert not gauge.is_exact
    assert gauge.low <= 10_000 <= gauge.high
    assert gauge.high - gauge.low < 0.06 * many


def test_an_estimate_and_a_sample_touch_few_rows(many: int, django_assert_max_num_queries: Callable) -> None:
    query = audiences.compile_rule({"attribute": "region", "is": "Bayern"})
    with django_assert_max_num_queries(4):
        assert len(audiences.sample(query, 10)) == 10
        assert audiences.estimate(query)


def test_a_sample_of_rare_customers_finds_them(many: int) -> None:
    query = audiences.compile_rule({"attribute": "customer_number", "in": ["M5", "M77"]})
    assert len(audiences.sample(query)) == 2


@pytest.mark.parametrize("rule", [{"events": {"kinds": ["opened"]}}, {"events": {}}, {"responded": {}}])
def test_what_a_machine_opened_is_nobodys(rule: dict[str, Any]) -> None:
    person, watched = builders.customer(), builders.customer()
    for of, attributes in ((person, {}), (watched, {"is_machine": True})):
        events.record([builders.event(of, "opened", medium="email", attributes=attributes)])
    assert ids(audiences.compile_rule(rule, as_of_at=timezone.now())) == [person.pk]


@pytest.mark.parametrize(
    ("comparison", "unknown"),
    [
        ({"is": "Psot:1"}, "no areas of “Psot”, only of Bote, Post"),
        ({"starts_with": "Psot:1"}, "no areas of “Psot”, only of Bote, Post"),
        ({"in": ["Post:1", "Bote:1", "Post:3"]}, "there is no area “Bote:1”, “Post:3”"),
        ({"is_not": "Post:01"}, "there is no area “Post:01”"),
    ],
)
def test_areas_that_nobody_knows_are_refused_by_name(comparison: dict[str, Any], unknown: str) -> None:
    builders.area(carrier="Post", code="1")
    builders.area(carrier="Bote", code="2")
    with pytest.raises(RuleError, match=unknown):
        audiences.check({"any": [{"attribute": "city", "is": "Berlin"}, {"attribute": "delivery_area"} | comparison]})


@pytest.mark.parametrize("comparison", [{"is": "Post:1"}, {"starts_with": "Post:9"}, {"exists": True}])
def test_areas_that_are_known_are_taken_also_when_they_are_closed(comparison: dict[str, Any]) -> None:
    builders.area(carrier="Post", code="1", closed_at=timezone.now())
    audiences.check({"attribute": "delivery_area"} | comparison)
