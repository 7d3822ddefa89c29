"""The live preview: every medium by itself, of what is being written, for whoever the reader may see."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels import registry
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
HEADLINE = {"id": "headline", "type": "headline", "text": 'Hallo {{ first_name | fallback("Sie") }}'}
TEXT = {"id": "text", "type": "text", "text": "{{ salutation_line }}, schauen Sie vorbei."}
GOLD = {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold"]}]}


@pytest.fixture
def editor() -> Client:
    return admin_clients.in_role("Content editor")


def live(client: Client, channel: str, *blocks: dict[str, Any], **sent: Any):
    url = reverse("admin:campaigns_content_live", args=[channel])
    return client.post(url, {"blocks": json.dumps(blocks)} | sent)


def people(client: Client, **sent: str):
    return client.post(reverse("admin:campaigns_content_people"), sent)


def findings(client: Client, *blocks: dict[str, Any], **sent: str) -> str:
    sent = {"blocks": json.dumps(blocks)} | sent
    return client.post(reverse("admin:campaigns_content_findings"), sent).content.decode()


@pytest.mark.parametrize("channel", [*registry.CHANNELS, "landing"])
def test_every_medium_shows_what_is_being_written(editor, channel: str) -> None:
    page = live(editor, channel, *builders.content_blocks())
    assert page.context["parts"]
    assert "HX-Retarget" not in page
    assert "no-store" in page["Cache-Control"]


def test_a_mail_is_shown_as_a_mail_program_lists_it(editor) -> None:
    page = live(editor, "email", HEADLINE | {"preheader": "Nur heute"}, TEXT)
    assert page.context["subject"] == "Hallo Maximiliane"
    assert page.context["preheader"] == "Nur heute"
    assert page.content.count(b'<iframe sandbox=""') == 1


def test_somebody_of_whom_everything_is_missing_gets_what_stands_in_for_it(editor) -> None:
    page = live(editor, "email", HEADLINE, TEXT, who="nothing")
    assert page.context["subject"] == "Hallo Sie"


def test_a_language_is_chosen_for_the_person(editor) -> None:
    page = live(editor, "email", HEADLINE | {"languages": {"en": {"text": "Hello"}}}, TEXT, spoken="en")
    assert page.context["subject"] == "Hello"
    assert "Dear " in page.content.decode()


def test_what_this_person_does_not_get_is_said_beside_it(editor) -> None:
    blocks = (HEADLINE, TEXT, TEXT | {"id": "gold", "only_if": GOLD})
    [one] = live(editor, "email", *blocks).context["lacks"]
    assert (one["place"].words, one["reason"]) == ("Block 3 (Text)", "It is only for others.")
    assert live(editor, "email", *blocks, who="every-block").context["lacks"] == []


def test_what_cannot_be_carried_is_said_and_leaves_what_was_shown(editor) -> None:
    page = live(editor, "banner", TEXT)
    assert b"a banner needs a headline" in page.content
    assert page["HX-Retarget"] == "#live-banner .live-note"


def test_what_is_broken_leaves_what_was_shown(editor) -> None:
    for sent in ([TEXT | {"text": ""}], ["nonsense"]):
        page = live(editor, "email", *sent)
        assert b"Mend what is wrong first" in page.content
        assert page["HX-Retarget"] == "#live-email .live-note"
    page = editor.post(reverse("admin:campaigns_content_live", args=["email"]), {"blocks": "[{"})
    assert b"not JSON yet" in page.content


def test_a_customer_is_shown_only_to_who_may_see_customers(editor) -> None:
    person = builders.customer(first_name="Friederike", attributes={"tier": "gold"})
    manager = admin_clients.with_permissions("campaigns.change_content", "campaigns.view_customer")
    page = live(manager, "email", HEADLINE, TEXT | {"only_if": GOLD}, who=str(person.pk))
    assert page.context["subject"] == "Hallo Friederike"
    assert page.context["lacks"] == []
    assert live(editor, "email", HEADLINE, who=str(person.pk)).status_code == 403


def test_a_customer_who_is_gone_is_told(editor) -> None:
    assert b"not there any more" in live(admin_clients.superuser(), "email", HEADLINE, TEXT, who="987654321").content


def test_who_may_not_write_sees_what_is_saved() -> None:
    saved = builders.content([HEADLINE, TEXT])
    page = live(admin_clients.in_role("Approver"), "email", {"id": "x"}, content=str(saved.pk))
    assert page.context["subject"] == "Hallo Maximiliane"


def test_strangers_and_unknown_media_are_refused(editor) -> None:
    assert live(admin_clients.in_role("Service agent"), "email", HEADLINE).status_code == 403
    assert live(editor, "pigeon", HEADLINE).status_code == 404
    assert editor.get(reverse("admin:campaigns_content_live", args=["email"])).status_code == 405
    assert live(Client(), "email", HEADLINE).status_code == 302


def test_findings_name_block_and_field_in_words_and_for_the_page(editor) -> None:
    html = findings(editor, HEADLINE, TEXT | {"overrides": {"banner": {"text": ""}}})
    assert "1 to mend" in html
    assert "Block 2 (Text), on Banner, Text" in html
    assert 'data-number="1" data-inside="overrides.banner.text"' in html


def test_what_is_in_the_way_is_told_of_all_media_until_a_campaign_says_by_which_it_goes(editor) -> None:
    assert "a banner needs a headline" in findings(editor, TEXT)
    saved = builders.campaign(channels=("email",)).content
    assert "a banner needs a headline" not in findings(editor, TEXT, content=str(saved.pk))


def test_nothing_is_in_the_way_of_a_good_content(editor) -> None:
    assert "Nothing is in the way." in findings(editor, *builders.content_blocks())
    assert "to mend" not in findings(editor, *builders.content_blocks(), stage="paper")


def test_findings_are_escaped(editor) -> None:
    assert "<script>" not in findings(editor, TEXT | {"<script>": "x"}, TEXT | {"id": "<script>"})


def test_customers_are_found_by_words_and_by_where_texts_break() -> None:
    short = builders.customer(first_name="Al", last_name="Ba")
    long = builders.customer(title="Prof. Dr.", first_name="Maximiliane-Theodora", last_name="von Oberhausen")
    empty = builders.customer(first_name="", last_name="")
    manager = admin_clients.superuser()
    assert people(manager, find="longest").context["found"] == [long]
    assert people(manager, find="least").context["found"] == [empty]
    assert people(manager, find="words", words=short.customer_number).context["found"] == [short]
    assert people(manager, find="anyone").context["found"][0] in (short, long, empty)
    assert b"Nobody was found." in people(manager, find="words", words="nobody").content


def test_nobody_is_found_where_nobody_is() -> None:
    for find in ("anyone", "longest", "least"):
        assert people(admin_clients.superuser(), find=find).context["found"] == []


def test_customers_are_looked_for_only_by_who_may_see_them(editor) -> None:
    assert people(editor, find="longest").status_code == 403
    assert people(admin_clients.with_permissions("campaigns.view_customer"), find="longest").status_code == 403
