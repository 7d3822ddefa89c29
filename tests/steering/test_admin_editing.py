"""The pages behind the block editor: pieces of it for the form that stands there, only for who may write contents."""

import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from campaigns.admin.writing import cards, drawing
from campaigns.blocks.types import BLOCK_TYPES, MOST_BLOCKS
from campaigns.models import Content
from channels import registry
from steering.admin import editing
from tests import admin_clients, builders
from tests.campaigns.writing.browsing import sent_back

pytestmark = pytest.mark.django_db
TEXT = {"id": "text", "type": "text", "text": "Hallo"}


@pytest.fixture
def editor() -> Client:
    return admin_clients.in_role("Content editor")


def form_of(*written: Any, **more: Any) -> dict[str, Any]:
    """What the browser sends of these blocks, as the page shows them."""
    page = "".join(drawing.card_html(cards.Card(f"b{n}", one), registry.choices()) for n, one in enumerate(written))
    return {**dict(sent_back(page).lists()), "blocks-as": "forms", **more}


def ask(client: Client, name: str, **sent: Any):
    return client.post(reverse(f"admin:campaigns_content_editor_{name}"), sent)


def drawn(answer) -> list[Any]:
    """The blocks of the cards that the answer holds."""
    return [json.loads(value) for name, value in sent_back(answer.content.decode()).items() if name.endswith("-was")]


def test_every_type_of_block_can_be_added(editor) -> None:
    for name in BLOCK_TYPES:
        [block] = drawn(ask(editor, "add", type=name))
        assert block == {"id": name.replace("_", "-"), "type": name}


def test_a_new_block_gets_an_id_that_is_on_the_page_nowhere_not_even_among_what_was_removed(editor) -> None:
    [block] = drawn(ask(editor, "add", **form_of(TEXT, type="text", taken=["text-2"])))
    assert block["id"] == "text-3"


def test_a_block_is_duplicated_as_it_is_written_now(editor) -> None:
    sent = form_of(TEXT, key="b0") | {"b0-at-text": "Guten Tag"}
    [block] = drawn(ask(editor, "duplicate", **sent))
    assert block == {"id": "text-2", "type": "text", "text": "Guten Tag"}


def test_a_content_has_so_many_blocks_and_no_more(editor) -> None:
    full = form_of(*(TEXT | {"id": f"t{n}"} for n in range(MOST_BLOCKS)), type="text")
    answer = ask(editor, "add", **full)
    assert answer.status_code == 422
    assert answer.content.decode() == "A content has at most 50 blocks."


def test_other_words_for_a_channel_are_added_and_taken_away_again(editor) -> None:
    sent = form_of(TEXT, list="b0-on", put="banner") | {"b0-at-text": "Getippt"}
    [block] = drawn(ask(editor, "redraw", **sent))
    assert block == {"id": "text", "type": "text", "text": "Getippt", "overrides": {"banner": {}}}
    [block] = drawn(ask(editor, "redraw", **form_of(block, list="b0-on", drop="banner")))
    assert block == {"id": "text", "type": "text", "text": "Getippt"}


def test_a_language_is_added_and_in_it_a_channel(editor) -> None:
    [block] = drawn(ask(editor, "redraw", **form_of(TEXT, list="b0-in", put="en")))
    [block] = drawn(ask(editor, "redraw", **form_of(block, list="b0-in-en-on", put="banner")))
    assert block["languages"] == {"en": {"overrides": {"banner": {}}}}


@pytest.mark.parametrize(
    "wrong", [{"list": "b0-was", "put": "x"}, {"list": "b0-on", "put": "<b>"}, {"list": "b9-on", "put": "x"}]
)
def test_no_other_list_is_changed(editor, wrong) -> None:
    assert ask(editor, "redraw", **form_of(TEXT, **wrong)).status_code == 400


def test_one_more_condition_comes_empty(editor) -> None:
    html = ask(editor, "row", **form_of(TEXT, key="b0")).content.decode()
    assert re.search(r'name="b0-if-row" value="n[0-9a-f]+"', html)


def test_json_and_cards_lead_into_each_other(editor) -> None:
    written = builders.content_blocks()
    assert ask(editor, "json", **form_of(*written)).json() == written
    assert drawn(ask(editor, "forms", blocks=json.dumps(written))) == written


@pytest.mark.parametrize("text", ["{", "{}", '"x"'])
def test_what_is_no_list_of_blocks_is_told_so(editor, text: str) -> None:
    answer = ask(editor, "forms", blocks=text)
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("name", editing.PAGES)
def test_only_who_writes_contents_is_answered(name: str) -> None:
    for role in ("Approver", "Campaign manager", "Service agent"):
        assert ask(admin_clients.in_role(role), name, **form_of(TEXT, key="b0", type="text")).status_code == 403
    assert ask(Client(), name).status_code == 302
    assert admin_clients.superuser().get(reverse(f"admin:campaigns_content_editor_{name}")).status_code == 405


def change(client: Client, content: Content, **sent: Any):
    form = {"name": content.name, "description": ""} | sent
    return client.post(reverse("admin:campaigns_content_change", args=[content.pk]), form)


def test_what_stands_in_the_cards_is_saved(editor) -> None:
    content = builders.content(builders.content_blocks())
    sent = form_of(*content.blocks) | {"b0-at-text": "Neu", "blocks": "not read"}
    assert change(editor, content, **sent).status_code == 302
    content.refresh_from_db()
    assert content.blocks == [builders.content_blocks()[0] | {"text": "Neu"}, *builders.content_blocks()[1:]]


def test_without_scripts_the_json_is_saved(editor) -> None:
    content = builders.content()
    assert change(editor, content, **{"blocks-as": "", "blocks": json.dumps([TEXT])}).status_code == 302
    content.refresh_from_db()
    assert content.blocks == [TEXT]


def test_what_came_back_with_an_error_is_still_there(editor) -> None:
    content = builders.content()
    answer = change(editor, content, **form_of(TEXT) | {"b0-at-text": "Hallo {{ nobody }}"})
    assert answer.status_code == 200
    assert drawn(answer) == [TEXT | {"text": "Hallo {{ nobody }}"}]
    assert b"Block 1 (Text), Text: there is no field" in answer.content


def conflict(editor: Client) -> tuple[Content, dict[str, Any]]:
    """Two people began with the same state, and the other one has saved."""
    content = builders.content([TEXT])
    other = admin_clients.in_role("Content editor")
    other.user.first_name, other.user.last_name = "Anna", "Weber"
    other.user.save()
    mine = form_of(TEXT) | {"seen": content.updated_at.isoformat(), "b0-at-text": "Meins"}
    theirs = form_of(TEXT) | {"seen": content.updated_at.isoformat(), "b0-at-text": "Ihres"}
    assert change(other, content, **theirs).status_code == 302
    content.refresh_from_db()
    return content, mine


def test_nobody_saves_over_what_somebody_else_saved_meanwhile(editor) -> None:
    content, mine = conflict(editor)
    answer = change(editor, content, **mine)
    assert answer.status_code == 200
    assert b"Anna Weber changed this content" in answer.content
    assert drawn(answer) == [TEXT | {"text": "Meins"}]
    content.refresh_from_db()
    assert content.blocks[0]["text"] == "Ihres"
    assert LogEntry.objects.count() == 1


def test_who_has_seen_it_may_save_over_it(editor) -> None:
    content, mine = conflict(editor)
    assert change(editor, content, **mine, over=content.updated_at.isoformat()).status_code == 302
    content.refresh_from_db()
    assert content.blocks[0]["text"] == "Meins"


def test_the_page_of_a_content_holds_the_editor_only_for_who_may_write() -> None:
    url = reverse("admin:campaigns_content_change", args=[builders.content().pk])
    assert b'id="block-editor"' in admin_clients.in_role("Content editor").get(url).content
    page = admin_clients.in_role("Approver").get(url).content
    assert b'id="block-editor"' not in page
    assert b'id="live"' in page
