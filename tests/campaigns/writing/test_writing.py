"""What is written in the fields of a block, as the block that comes of it."""

from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict

from campaigns.admin.writing import cards, drawing, reading
from tests import builders
from tests.campaigns.writing.browsing import sent_back

pytestmark = pytest.mark.django_db
CHANNELS = [("email", "E-mail"), ("banner", "Banner")]
TEXT = {"id": "text", "type": "text", "text": "Hallo"}
OFFER = {"id": "offer", "type": "offer", "title": "20 %", "text": "Auf alles", "overrides": {"banner": {}}}


def rewritten(block: dict[str, Any], **typed: str) -> dict[str, Any]:
    """`typed` by the name of the control behind the card's key; __ stands for a hyphen."""
    card = cards.Card("b1", block)
    changed = {f"b1-{name.replace('__', '-')}": value for name, value in typed.items()}
    return reading.blocks_of(sent_back(drawing.card_html(card, CHANNELS), **changed))[0]


def test_a_field_is_changed_and_the_rest_stays() -> None:
    assert rewritten(TEXT | {"colour": "red"}, at__text="Hallo\r\nWelt") == TEXT | {
        "text": "Hallo\nWelt",
        "colour": "red",
    }


def test_an_emptied_field_goes() -> None:
    assert "text" not in rewritten(TEXT, at__text="")


def test_a_channel_says_something_else() -> None:
    made = rewritten(OFFER, on__banner__title="Nur heute: 20 %")
    assert made["overrides"] == {"banner": {"title": "Nur heute: 20 %"}}
    assert made["title"] == "20 %"


def test_nothing_on_a_channel_is_not_the_same_as_no_other_words() -> None:
    made = rewritten(OFFER, on__banner__text_nothing="on")
    assert made["overrides"] == {"banner": {"text": ""}}
    assert rewritten(made)["overrides"] == {"banner": {"text": ""}}
    assert rewritten(made, on__banner__text="Kurz")["overrides"] == {"banner": {"text": "Kurz"}}


def test_a_block_is_left_out_on_a_channel() -> None:
    assert rewritten(OFFER, on__banner__hidden="on")["overrides"] == {"banner": {"hidden": True}}


def test_codes_and_addresses_lose_blanks_around_them_and_texts_do_not() -> None:
    made = rewritten(OFFER, at__coupon=" SOMMER20 ", at__title=" 20 % ")
    assert (made["coupon"], made["title"]) == ("SOMMER20", " 20 % ")


def test_a_language_has_its_own_words_over_those_of_everywhere() -> None:
    made = rewritten(TEXT | {"languages": {"en": {}}}, in__en__at__text="Hello")
    assert made["languages"] == {"en": {"text": "Hello"}}


def test_the_words_beneath_a_language_on_a_channel_are_those_that_hold_there() -> None:
    block = OFFER | {
        "overrides": {"banner": {"text": "Kurz"}},
        "languages": {"en": {"title": "20 % off", "overrides": {"banner": {}}}},
    }
    layer = cards.Card("b1", block).languages["en"].channels["banner"]
    assert {field["bound"].name: field["below"] for field in layer.shown()} | {"title": "20 % off", "text": "Kurz"} == {
        field["bound"].name: field["below"] for field in layer.shown()
    }


def test_products_are_a_line_each() -> None:
    block = {"id": "list", "type": "product_list", "products": [{"name": "Bank", "price": "99 €"}]}
    made = rewritten(block, at__products="Bank | 99 €\r\n\r\nTisch | | aus Robinie")
    assert made["products"] == [{"name": "Bank", "price": "99 €"}, {"name": "Tisch", "text": "aus Robinie"}]
    assert rewritten(made, at__products=" attribute_recommended ")["products"] == "attribute_recommended"


def conditions_of(*typed: tuple[str, str], block: dict[str, Any] = TEXT) -> Any:
    data = sent_back(drawing.card_html(cards.Card("b1", block), CHANNELS))
    for name, value in typed:
        data.appendlist(f"b1-if-{name}", value) if name == "row" else data.__setitem__(
            f"b1-if{name and '-'}{name}", value
        )
    return reading.blocks_of(data)[0].get("only_if")


def test_a_block_is_only_for_some() -> None:
    row = (("row", "n1"), ("n1-what", "region"), ("n1-is", "one_of"), ("n1-values", "Bayern, Hessen,"))
    said = {"field": "region", "is": "one_of", "values": ["Bayern", "Hessen"]}
    assert conditions_of(("", "all"), *row) == {"all": [said]}
    assert conditions_of(("", "any"), *row) == {"any": [said]}
    assert conditions_of(("", ""), *row) is None


def test_an_attribute_that_is_not_offered_is_called_by_its_name() -> None:
    row = (("row", "n1"), ("n1-what", "other"), ("n1-other", "tier"), ("n1-is", "filled"), ("n1-values", "left over"))
    assert conditions_of(("", "all"), *row) == {"all": [{"field": "attribute_tier", "is": "filled"}]}


def test_a_block_is_only_for_an_audience() -> None:
    audience = builders.audience()
    row = (("row", "n1"), ("n1-what", "audience"), ("n1-audience", str(audience.pk)))
    assert conditions_of(("", "all"), *row) == {"all": [{"audience": audience.pk}]}


def test_a_row_that_says_nothing_yet_counts_for_nothing() -> None:
    assert conditions_of(("", "all"), ("row", "n1"), ("n1-what", "")) == {"all": []}


def test_a_condition_that_was_taken_away_leaves_the_others_as_they_were() -> None:
    rows = [{"field": "region", "is": "one_of", "values": [7, "a, b"]}, {"audience": 987654}]
    card = cards.Card("b1", TEXT | {"only_if": {"all": rows}})
    data = sent_back(drawing.card_html(card, CHANNELS))
    data.setlist("b1-if-row", ["0"])
    assert reading.blocks_of(data)[0]["only_if"] == {"all": rows[:1]}


def test_a_block_is_for_everybody_but_an_audience() -> None:
    audience = builders.audience()
    row = (("row", "n1"), ("n1-what", "not_audience"), ("n1-audience", str(audience.pk)))
    assert conditions_of(("", "all"), *row) == {"all": [{"not_audience": audience.pk}]}


def test_a_deleted_audience_is_still_shown() -> None:
    html = drawing.card_html(cards.Card("b1", TEXT | {"only_if": {"all": [{"audience": 987654}]}}), CHANNELS)
    assert "number 987654, deleted" in html


def test_new_blocks_get_ids_of_their_own() -> None:
    assert cards.new("call_to_action", ["call-to-action", "call-to-action-2"]).id == "call-to-action-3"


def test_what_no_page_of_ours_sends_is_refused() -> None:
    for sent in ("block=b1", "block=b1&b1-was={"):
        with pytest.raises(BadRequest):
            reading.blocks_of(QueryDict(sent))


def test_what_is_written_is_escaped() -> None:
    html = drawing.card_html(cards.Card("b1", TEXT | {"text": "</textarea><script>alert(1)</script>"}), CHANNELS)
    assert "<script>" not in html


def test_the_nearest_store_is_a_choice() -> None:
    place = {
        "id": "p",
        "type": "place",
        "name": "Laden",
        "address": "Hauptstr. 1",
        "hours": "9 bis 18",
        "source": "nearest",
    }
    html = drawing.card_html(cards.Card("b1", place), CHANNELS)
    assert '<option value="nearest" selected>the store nearest to each delivery area, on leaflets</option>' in html


def test_a_comparison_that_no_page_offers_is_left_to_the_check_of_blocks() -> None:
    made = conditions_of(("", "all"), ("row", "n1"), ("n1-what", "city"), ("n1-is", "like"), ("n1-values", "Berlin"))
    assert made == {"all": [{"field": "city", "is": "like", "values": ["Berlin"]}]}
