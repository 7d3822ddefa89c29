"""Blocks survive being shown as forms and read back, whatever they hold."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import conditions
from campaigns.admin.writing import cards, drawing, reading
from campaigns.blocks.types import BLOCK_TYPES, BlockField, Kind
from tests import builders
from tests.campaigns.writing.browsing import sent_back

pytestmark = pytest.mark.django_db
CHANNELS = [("email", "E-mail"), ("banner", "Banner")]

words = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Co", "Zl", "Zp"], exclude_characters="{}%#"), max_size=20
)
filled = words.filter(str.strip)
channels = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
paragraphs = st.lists(filled, min_size=1, max_size=3).map("\n\n".join) | st.just("\r\nzwei\rZeilen\n")
rows = st.lists(
    st.fixed_dictionaries({"name": filled}, optional=dict.fromkeys(["price", "text"], filled)), min_size=1, max_size=3
)
KINDS = {
    Kind.MARKDOWN: paragraphs,
    Kind.URL: st.just("https://shop.example.com/a?b=1&c=%20"),
    Kind.IMAGE: st.just("static/campaigns/garden.png"),
    Kind.COUPON: st.sampled_from(["personal", "SOMMER20"]),
    Kind.DATE: st.dates().map(str),
    Kind.OFFER: st.just("sommer"),
    Kind.TESTIMONIAL: st.just("17"),
    Kind.PRODUCTS: st.just("attribute_recommended") | rows,
    Kind.ROWS: rows,
}


def _value(field: BlockField) -> st.SearchStrategy:
    return KINDS.get(field.kind, filled | st.just('{{ first_name | fallback("…") }}'))


def _layer(name: str, *, empties: bool = True) -> st.SearchStrategy:
    """Values of some fields, or that nothing stands there."""
    nothing = st.sampled_from(["", None]) if empties else st.nothing()
    return st.fixed_dictionaries(
        {}, optional={key: _value(field) | nothing for key, field in BLOCK_TYPES[name].fields.items()}
    )


def _overrides(name: str) -> st.SearchStrategy:
    one = st.builds(
        lambda values, hidden: values | hidden, _layer(name), st.sampled_from([{}, {"hidden": True}, {"hidden": False}])
    )
    return st.dictionaries(st.sampled_from(["email", "banner"]) | channels, one, max_size=3)


values = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
    | st.integers(0, 99)
    | st.booleans()
    | st.floats(0, 9)
)
comparisons = st.fixed_dictionaries(
    {
        "field": st.sampled_from(sorted(conditions.FIELDS)) | st.just("attribute_tier"),
        "is": st.sampled_from(sorted(conditions.VERBS)),
    },
    optional={"values": st.lists(values, max_size=3)},
)
only_if = st.dictionaries(
    st.sampled_from(["all", "any"]),
    st.lists(
        comparisons
        | st.sampled_from(["audience", "not_audience"]).flatmap(
            lambda name: st.fixed_dictionaries({name: st.integers(1, 2**63 - 1)})
        ),
        max_size=3,
    ),
    min_size=1,
    max_size=1,
)


@st.composite
def block(draw: Any) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(BLOCK_TYPES)))
    made = {"id": draw(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)), "type": name, **draw(_layer(name))}
    for key, strategy in (("overrides", _overrides(name)), ("only_if", only_if)):
        if draw(st.booleans()):
            made[key] = draw(strategy)
    if draw(st.booleans()):
        made["languages"] = draw(st.dictionaries(st.sampled_from(["en", "fr"]), _language(name), max_size=2))
    return made


def _language(name: str) -> st.SearchStrategy:
    with_overrides = st.builds(lambda own, over: own | {"overrides": over}, _layer(name), _overrides(name))
    return _layer(name) | with_overrides


def through_the_forms(written: list[Any]) -> list[Any]:
    page = "".join(drawing.card_html(card, CHANNELS) for card in cards.of_blocks(written))
    return reading.blocks_of(sent_back(page))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(block(), max_size=3))
def test_what_nobody_touched_comes_back_as_it_was(written: list[Any]) -> None:
    before = copy.deepcopy(written)
    assert through_the_forms(written) == before
    assert written == before


@pytest.mark.parametrize(
    "strange",
    [
        {"id": "x", "type": "hologram", "text": "<b>"},
        {"id": "x", "type": "text", "text": "Hallo", "overrides": ["email"]},
        {"id": "x", "type": "text", "languages": {"en": "Hello"}},
        {"id": "x", "type": "text", "text": 7, "colour": "red"},
        {"id": "x", "type": "offer", "title": "Jetzt", "valid_until": "2027-02-31", "only_if": "gold"},
        {"id": "x", "type": "text", "text": "Hallo", "only_if": {"all": [{"any": []}], "any": []}},
        {"id": "x", "type": "product_list", "products": [{"name": "a | b", "price": "1\n2", "colour": "red"}]},
        "nothing like a block", 7, None, [],
    ],
)  # fmt: skip
def test_what_no_form_can_show_is_kept_too(strange: Any) -> None:
    assert through_the_forms([strange]) == [strange]


def test_the_example_comes_back_as_it_was() -> None:
    assert through_the_forms(builders.content_blocks()) == builders.content_blocks()
