"""A rule is refused with the place and the reason, and put into words that staff can read."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from campaigns import rules
from campaigns.rules.attributes import COLUMNS
from campaigns.rules.tree import CONDITIONS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "none", "attribute", "is", "in", "events", "measure", "audience", "x"]),
            inner,
        )
    ),
    max_leaves=8,
)

REFUSED = [
    ([], "rule: must be an object, got list"),
    ({}, "rule: must have one of all, any, none, attribute"),
    ({"any": [{"spell": 1}]}, r"rule\.any\[0\]: must have one of .*, got spell"),
    ({"all": [], "any": []}, "rule: must have one of .*, got all, any"),
    ({"all": {}}, "rule: must be {'all'"),
    ({"all": [], "note": 1}, "rule: must be {'all'"),
    ({"attribute": "region"}, "rule: .*(enough properties|too short)"),
    ({"attribute": "region", "is": "a", "in": ["b"]}, "rule: .*too many properties"),
    ({"attribute": "region", "equals": "a"}, "rule: Additional properties are not allowed"),
    ({"attribute": "region", "is": 3}, r"rule\.is: must be a text, got 3"),
    ({"attribute": "region", "is": ""}, r"rule\.is: "),
    ({"attribute": "region", "in": []}, r"rule\.in: \[\] should be non-empty"),
    ({"attribute": "region", "at_least": "a"}, r"rule\.at_least"),
    ({"attribute": "region", "is": "nul\0"}, r"rule\.is"),
    ({"attribute": "region", "is": "half \ud83d"}, r"rule\.is"),
    ({"attribute": "nul\0", "is": "a"}, r"rule\.attribute"),
    ({"attribute": "age", "contains": "1"}, r"rule\.contains: does not compare with a number"),
    ({"attribute": "age", "at_least": True}, r"rule\.at_least"),
    ({"attribute": "age", "at_least": float("nan")}, r"rule\.at_least: must be a number, got nan"),
    ({"attribute": "age", "between": [5, 3]}, r"rule\.between: must begin with the smaller value"),
    ({"attribute": "age", "between": [5]}, r"rule\.between: "),
    ({"attribute": "points", "in": [1, "a"]}, r"rule\.in\[1\]: must be a number, got 'a'"),
    ({"attribute": "born_on", "before": "2026-02-30"}, r"rule\.before: must be a date such as 2026-12-31"),
    ({"attribute": "born_on", "before": "yesterday"}, r"rule\.before"),
    ({"attribute": "born_on", "in_last_days": -1}, r"rule\.in_last_days"),
    ({"attribute": "journey_stage", "is": "asleep"}, r"rule\.is: must be one of inspiration, .*, got 'asleep'"),
    (
        {"attribute": "delivery_area", "is": "10115-02"},
        r'rule\.is: must name an area as "carrier:code", got .10115-02.',
    ),
    ({"attribute": "delivery_area", "in": ["Post:1", "Post:"]}, r"rule\.in: must name an area as .*, got .Post:."),
    ({"identifier": "fax"}, r"rule\.identifier: 'fax' is not one of"),
    ({"consent": "Email!"}, r"rule\.consent"),
    ({"events": {"kinds": ["bought"]}}, r"rule\.events\.kinds\[0\]: 'bought' is not one of"),
    ({"events": {"within_days": 0}}, r"rule\.events\.within_days"),
    ({"events": {"within_days": 5, "older_than_days": 9}}, r"rule\.events\.within_days: must be more than older_than"),
    ({"events": {}, "at_least": 1, "at_most": 2}, "rule: must have one of at_least, at_most, got 2"),
    ({"events": {}, "measure": "sum_cents"}, "rule: must say what sum_cents is compared with"),
    ({"events": {}, "measure": "mood", "is": 1}, r"rule\.measure"),
    ({"audience": "5"}, r"rule\.audience"),
    ({"audience": 10**30}, r"rule\.audience"),
]


@pytest.mark.parametrize(("rule", "message"), REFUSED)
def test_what_is_wrong_is_named_with_its_place(rule: Any, message: str) -> None:
    with pytest.raises(rules.RuleError, match=f"^{message}"):
        rules.parse(rule)


@given(JSON)
def test_no_input_raises_anything_else(raw: Any) -> None:
    with suppress(rules.RuleError):
        rules.parse(raw)


@given(JSON)
def test_what_is_parsed_fits_the_published_schema(raw: Any) -> None:
    try:
        rules.parse(raw)
    except rules.RuleError:
        return
    assert Draft202012Validator(rules.SCHEMA).is_valid(raw)


def test_the_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(rules.SCHEMA)
    assert {condition.key for condition in CONDITIONS} < set(rules.SCHEMA["$defs"])


def test_depth_and_size_are_limited() -> None:
    rule: dict[str, Any] = {"identifier": "email"}
    for _ in range(rules.MAX_DEPTH):
        rule = {"all": [rule]}
    with pytest.raises(rules.RuleError, match="must not be nested deeper than 8"):
        rules.parse(rule)
    with pytest.raises(rules.RuleError, match="must not have more than 200"):
        rules.parse({"any": [{"identifier": "email"}] * rules.MAX_NODES})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"all": []}, "everybody"),
        ({"any": []}, "nobody"),
        ({"attribute": "region", "in": ["Bayern", "Hessen"]}, "region is one of “Bayern”, “Hessen”"),
        ({"attribute": "contract_ends_on", "in_next_days": 30}, "contract ends on is in the next 30 days"),
        ({"attribute": "title", "exists": False}, "title is missing"),
        ({"identifier": "email"}, "the e-mail is known"),
        ({"consent": "email", "exists": False}, "no consent to email is valid"),
        (
            {"events": {"kinds": ["purchased"], "where": "offline", "within_days": 365}, "at_least": 2},
            "number of events (purchased, offline, in the last 365 days) is at least 2",
        ),
        (
            {"all": [{"attribute": "age", "at_least": 18}, {"none": [{"contacted": {"channels": ["email"]}}]}]},
            "age is at least 18 and (not: number of contacted (by email) is at least 1)",
        ),
    ],
)
def test_a_rule_in_words(rule: dict[str, Any], words: str) -> None:
    assert rules.parse(rule).words() == words


def test_a_column_goes_before_an_attribute_of_the_same_name() -> None:
    assert "region" in COLUMNS
    with pytest.raises(rules.RuleError, match="must be a text"):
        rules.parse({"attribute": "region", "is": 1})
    rules.parse({"attribute": "region of sales", "is": 1})
