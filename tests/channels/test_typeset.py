"""Many letters are set in a process of their own; nothing else about them differs."""

import io

import pytest
from pypdf import PdfReader

from campaigns.blocks import ContentError
from channels import typeset, typeset_apart
from channels.print_mailing import render
from tests import builders

MANY = typeset.MOST_HERE + 1


def people(count: int, **fields) -> list[dict]:
    return [builders.message_fields(salutation_line=f"Guten Tag Nummer {n}", **fields) for n in range(count)]


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("count", [1, MANY - 1, MANY])
def test_there_is_a_page_a_person_in_their_order(count):
    found = pages(render.letters(builders.content_blocks(), people(count)))
    assert len(found) == count
    assert all(f"Guten Tag Nummer {n}" in text for n, text in enumerate(found))


def test_few_and_many_look_the_same():
    few = pages(render.letters(builders.content_blocks(), people(2)))
    many = pages(render.letters(builders.content_blocks(), people(MANY)))
    assert few == many[:2]


def test_a_text_too_long_is_refused_alike():
    long = ({"id": f"long{n}", "type": "text", "text": "Noch ein Absatz.\n\n" * 100} for n in range(4))
    blocks = [*builders.content_blocks(), *long]
    reasons = set()
    for count in (1, MANY):
        with pytest.raises(ContentError) as refused:
            render.letters(blocks, people(count))
        reasons.add(refused.value.reason)
    assert len(reasons) == 1


def test_a_process_that_fails_is_told_without_quoting_anybody(monkeypatch):
    monkeypatch.setattr(typeset_apart, "__file__", "/nowhere/typeset_apart.py")
    with pytest.raises(RuntimeError, match=r"^typesetting ended with exit code 2$"):
        render.letters(builders.content_blocks(), people(MANY))
