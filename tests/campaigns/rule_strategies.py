"""Random rules over all conditions and operators, for property tests."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from campaigns.models import EventKind, Ground, IdentifierKind, JourneyStage

from .rule_data import CARRIERS, MEDIA, NOW, REGIONS, TOPICS
from .rule_oracle import Pair

TEXTS = st.sampled_from([*filter(None, REGIONS), *TOPICS, "gold", "a", "M", "101", "Ber", "12", "Dr.", "ü"]) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=3
)
NUMBERS = st.sampled_from([0, 1, 2, 3, 10, 12.5, -3, 22, 65, 66, 10**20, 500, 12_345]) | st.integers(-5, 400)
DATES = st.integers(-60, 60).map(lambda days: (NOW.date() + timedelta(days=days)).isoformat()) | st.sampled_from(
    ["2020-01-01", "1960-09-01", "2004-02-29"]
)
DAYS = st.sampled_from([1, 29, 30, 31, 365, 36_500])
TEXT_NAMES = ["title", "first_name", "last_name", "region", "source", "postcode", "city", "language"]
AREA_NAMES = st.builds(
    "{}:{}".format, st.sampled_from([*CARRIERS, "nobody"]), st.sampled_from(["10110-00", "10111-01", "1", "0", "x:y"])
)
JSON_NAMES = ["segment", "points", "newsletter", "topics", "contract_ends_on", "odd", "never there"]


def _pair(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(values, values).map(lambda pair: Pair(sorted(pair)))


def _several(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, min_size=1, max_size=3)


TEXT = [("is", TEXTS), ("is_not", TEXTS), ("in", _several(TEXTS)), ("contains", TEXTS), ("starts_with", TEXTS)]
ORDER = [("at_least", None), ("at_most", None)]
NUMBER = [
    *(("is", NUMBERS), ("is_not", NUMBERS), ("in", _several(NUMBERS))),
    *(("at_least", NUMBERS), ("at_most", NUMBERS), ("between", _pair(NUMBERS))),
]
ONLY_DATE = [
    *(("at_least", DATES), ("at_most", DATES), ("between", _pair(DATES)), ("before", DATES), ("after", DATES)),
    *(("in_last_days", DAYS), ("in_next_days", DAYS)),
]
DATE = [*ONLY_DATE, ("is", DATES), ("is_not", DATES), ("in", _several(DATES))]
YES_NO = [("is", st.booleans()), ("is_not", st.booleans())]
CHOICE = ["is", "is_not"]
EXISTS = ("exists", st.booleans())


def _attribute(names: list[str], operators: list[tuple[str, st.SearchStrategy]]) -> st.SearchStrategy:
    return st.one_of(
        st.fixed_dictionaries({"attribute": st.sampled_from(names), operator: operands})
        for operator, operands in [*operators, EXISTS]
    )


def _choices(name: str, values: list[str]) -> st.SearchStrategy:
    one = st.sampled_from(values)
    return _attribute([name], [("is", one), ("is_not", one), ("in", _several(one))])


ATTRIBUTES = st.one_of(
    _attribute(TEXT_NAMES, TEXT),
    _attribute(
        ["delivery_area"],
        [(operator, AREA_NAMES) for operator in ("is", "is_not", "contains", "starts_with")]
        + [("in", _several(AREA_NAMES))],
    ),
    _attribute(["age"], NUMBER),
    _attribute(["born_on", "customer_since_on"], DATE),
    _attribute(["contact_is_made_up"], YES_NO),
    _attribute(JSON_NAMES, [*TEXT, *NUMBER, *ONLY_DATE, *YES_NO]),
    _choices("journey_stage", JourneyStage.values),
    _choices("salutation", ["frau", "herr"]),
)
FLAGS = {"exists": st.booleans()}
HOLDINGS = st.one_of(
    st.fixed_dictionaries({"identifier": st.sampled_from(IdentifierKind.values)}, optional=FLAGS),
    st.fixed_dictionaries({"objection": st.sampled_from(["email", "social", "banner"])}, optional=FLAGS),
    st.fixed_dictionaries(
        {"consent": st.sampled_from(["email", "social", "banner"])},
        optional=FLAGS
        | {"grounds": _several(st.sampled_from(Ground.values)), "purpose": st.sampled_from(["advertising", "survey"])},
    ),
)
WINDOWS = [{}, {"within_days": 30}, {"within_days": 365, "older_than_days": 30}, {"older_than_days": 200}]
CHANNELS = _several(st.sampled_from(MEDIA))


def _measured(key: str, which: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    chosen = st.tuples(st.fixed_dictionaries({}, optional=which), st.sampled_from(WINDOWS)).map(lambda p: p[0] | p[1])
    compared = st.one_of(
        st.fixed_dictionaries(
            {key: chosen, operator: operands},
            optional={"measure": st.sampled_from(["count", "sum_cents", "recency_days"])},
        )
        for operator, operands in NUMBER
    )
    return compared | st.fixed_dictionaries({key: chosen})


EVENTS = st.one_of(
    _measured(
        "events",
        {
            "kinds": _several(st.sampled_from(EventKind.values)),
            "medium": CHANNELS,
            "where": st.sampled_from(["online", "offline", "both"]),
        },
    ),
    _measured("contacted", {"channels": CHANNELS}),
    _measured(
        "responded", {"channels": CHANNELS, "kinds": _several(st.sampled_from(["opened", "clicked", "redeemed"]))}
    ),
)
CONDITIONS = st.one_of(ATTRIBUTES, HOLDINGS, EVENTS)


def _groups(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(st.fixed_dictionaries({key: st.lists(parts, max_size=3)}) for key in ("all", "any", "none"))


RULES = st.recursive(CONDITIONS, _groups, max_leaves=6)
