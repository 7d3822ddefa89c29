"""What the paper's fonts have no letters for is not printed as empty boxes, and is told by its field."""

import pytest

from campaigns.blocks import ContentError
from channels import checks, previews, printable
from channels.print_mailing import render
from tests import builders

pytestmark = pytest.mark.django_db
BLOCKS = [builders.BLOCKS[0], {"id": "text", "type": "text", "text": 'Hallo {{ first_name | fallback("Sie") }}'}]
NAMES = ["Zoë", "Łukasz Őri", "Ελένη", "Жанна", "יעל", "عمر", "Nguyễn Thị Ánh"]


def fields(**more) -> dict:
    return builders.message_fields(**{"address_lines": ["Anna Weber", "Hauptstr. 1", "10115 Berlin"]} | more)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_letters_that_the_fonts_have_are_printed(name):
    assert render.render(BLOCKS, fields(first_name=name, address_lines=[name, "10115 Berlin"])).parts["pdf"]


@pytest.mark.parametrize("name", ["王小明", "たなか", "สมชาย", "Anna 😀"])
@pytest.mark.parametrize("field", ["first_name", "salutation_line"])
def test_others_are_refused_by_field_without_saying_them(name, field):
    with pytest.raises(printable.UnprintableError) as refused:
        render.render(BLOCKS, fields(**{field: name}))
    assert refused.value.path == field
    assert not any(letter in str(refused.value) for letter in name if letter > "\u024f")


def test_an_address_that_cannot_be_printed_is_refused():
    with pytest.raises(printable.UnprintableError, match=r"address_lines: holds letters .* \(cjk\)"):
        render.render(BLOCKS, fields(address_lines=["王小明", "Hauptstr. 1", "10115 Berlin"]))


def test_a_name_that_is_not_printed_does_no_harm():
    assert render.render(BLOCKS, fields(last_name="王", salutation_line="Guten Tag")).parts["pdf"]


def test_a_preview_says_why_there_is_no_letter():
    shown = previews.one("print_mailing", BLOCKS, fields(first_name="王小明"))
    assert shown.rendition is None
    assert "the paper's font does not have" in " ".join(problem.reason for problem in shown.problems)


@pytest.mark.parametrize("channel", ["print_mailing", "direct_post"])
def test_a_content_with_such_letters_is_refused_on_paper_by_block_and_field(channel):
    wrong = [builders.BLOCKS[0], {"id": "text", "type": "text", "text": "你好"}]
    found = [one for one in checks.check(wrong, [channel]) if one.is_error and one.path == "text.text"]
    assert "holds letters that the paper's font does not have (cjk)" in found[0].reason


def test_mails_are_not_concerned():
    wrong = [builders.BLOCKS[0], {"id": "text", "type": "text", "text": "你好 😀"}]
    assert previews.one("email", wrong, fields()).rendition


def test_a_customer_who_gets_no_letter_is_a_warning_and_no_obstacle():
    reader = fields(first_name="王小明")
    (found,) = [
        one for one in checks.check(BLOCKS, ["print_mailing"], readers=[reader]) if one.code == "letters_missing"
    ]
    assert not found.is_error
    assert found.reason.startswith("some of your customers get nothing: first_name holds letters")


def test_symbols_of_typesetting_are_printed():
    assert all(map(printable.is_printable, "→✓★€„“…"))
    with pytest.raises(ContentError):
        printable.check_blocks([{"id": "h", "type": "headline", "text": "Neu 😀"}])


def test_a_post_keeps_its_emoji_and_its_pictures_leave_them_out():
    headline = {"id": "h", "type": "headline", "text": "Neu 😀 da"}
    shown = previews.one("social", [headline], fields())
    assert "Neu 😀 da" in shown.rendition.parts["text"]
    assert any(warning.endswith("font does not have: h") for warning in shown.rendition.warnings)
    assert printable.drawn(headline) == headline | {"text": "Neu da"}
