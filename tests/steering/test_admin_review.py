"""The pages on which contents are commented on, approved and compared, and on which a sent message is shown."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import workflow
from campaigns.findings import WARNING, Finding
from campaigns.models import Content, ContentComment, ContentVersion
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
EDITOR, APPROVER, AGENT = "Content editor", "Approver", "Service agent"
WARNED = Finding("email", "headline.text", WARNING, "long", "it is rather long")


def url(name: str, *args) -> str:
    return reverse(f"admin:campaigns_content_{name}", args=args)


@pytest.fixture
def draft() -> Content:
    return builders.content(is_approved=False)


def do(client, content: Content, verb: str, **fields) -> list[str]:
    return admin_clients.said(client.post(url("do", content.pk, verb), fields))


def page(client, content: Content) -> str:
    return client.get(url("review", content.pk)).content.decode()


def state(content: Content) -> str:
    return Content.objects.get(pk=content.pk).state


def test_one_person_submits_and_another_approves(draft):
    editor, approver = admin_clients.in_role(EDITOR), admin_clients.in_role(APPROVER)
    assert "No version is approved yet" in page(editor, draft)
    do(editor, draft, "submit")
    assert ">Approve<" not in page(editor, draft)
    assert ">Approve<" in page(approver, draft)
    seen_at = Content.objects.get(pk=draft.pk).submitted_at.isoformat()
    assert do(approver, draft, "approve", seen_at=seen_at) == [f"{draft} is approved now."]
    assert ContentVersion.objects.get().approved_by == approver.user
    assert "Waves send version 1" in page(editor, draft)


def test_nobody_approves_their_own(draft):
    root = admin_clients.superuser()
    do(root, draft, "submit")
    assert do(root, draft, "approve")[-1:] == ["A content is approved by another person than the one who proposed it."]
    assert state(draft) == "in_review"


def test_a_warning_is_ticked_by_who_approves(draft, monkeypatch):
    monkeypatch.setattr(workflow, "CHECKS", [lambda content: [WARNED]])
    approver = admin_clients.in_role(APPROVER)
    do(admin_clients.in_role(EDITOR), draft, "submit")
    assert WARNED.key in page(approver, draft)
    do(approver, draft, "approve")
    assert state(draft) == "in_review"
    do(approver, draft, "approve", confirmed=[WARNED.key])
    assert ContentVersion.objects.get().confirmed[0]["code"] == "long"


def test_sending_back_says_why(draft):
    editor, approver = admin_clients.in_role(EDITOR), admin_clients.in_role(APPROVER)
    do(editor, draft, "submit")
    do(approver, draft, "send-back", why="The price is wrong")
    assert state(draft) == "draft"
    assert "The price is wrong" in page(editor, draft)


def test_comments_are_made_and_resolved(draft):
    editor, approver = admin_clients.in_role(EDITOR), admin_clients.in_role(APPROVER)
    approver.post(url("comment", draft.pk), {"text": "<b>Too loud</b>", "block_id": "offer"})
    assert "&lt;b&gt;Too loud&lt;/b&gt;" in page(editor, draft)
    made = ContentComment.objects.get()
    editor.post(url("resolve", draft.pk, made.pk))
    assert "resolved by" in page(editor, draft)


def test_a_comment_is_resolved_on_the_page_of_its_content_only(draft):
    made = ContentComment.objects.create(content=draft, text="hm")
    other = builders.content()
    assert admin_clients.superuser().post(url("resolve", other.pk, made.pk)).status_code == 404


@pytest.mark.parametrize("verb", ["approve", "nonsense", "archive"])
def test_a_step_that_is_not_allowed_is_refused_in_words(draft, verb):
    assert do(admin_clients.in_role(APPROVER), draft, verb)
    assert state(draft) == "draft"


def test_differences_are_shown_before_and_after():
    content = builders.content()
    builders.written(content, [builders.BLOCKS[0] | {"text": "Altes für Sie"}, *builders.BLOCKS[2:]])
    client = admin_clients.in_role(EDITOR)
    shown = client.get(url("differences", content.pk), {"from": "1", "to": "2"}).content.decode()
    assert "<del>Neues für Sie</del>" in shown
    assert "<ins>Altes für Sie</ins>" in shown
    assert "Text “text” was removed" in shown
    assert "both say the same" in client.get(url("differences", content.pk)).content.decode()


@pytest.mark.parametrize("which", ["9", "x", "-1"])
def test_a_version_that_is_not_there_is_not_found(which):
    content = builders.content()
    assert admin_clients.superuser().get(url("differences", content.pk), {"from": which}).status_code == 404


def test_uses_are_counted_by_version_and_in_all():
    campaign = builders.campaign(channels=("email",))
    first = builders.wave(campaign)
    builders.dispatch(first, state="sent")
    builders.written(campaign.content, builders.BLOCKS[:1])
    second = builders.wave(campaign)
    for state_ in ("sent", "queued"):
        builders.dispatch(second, state=state_)
    shown = page(admin_clients.in_role(EDITOR), campaign.content)
    assert "Used in 1 campaign, 2 waves and 3 dispatches, of which 2 went out." in shown


@pytest.mark.parametrize("name", ["review", "differences"])
def test_who_may_not_see_contents_sees_none_of_it(draft, name):
    assert admin_clients.in_role(AGENT).get(url(name, draft.pk)).status_code == 403


@pytest.mark.parametrize("name", ["comment", "do"])
def test_who_may_not_see_contents_does_nothing(draft, name):
    args = (draft.pk, "submit") if name == "do" else (draft.pk,)
    assert admin_clients.in_role(AGENT).post(url(name, *args), {"text": "x"}).status_code == 403


class TestSentMessage:
    @pytest.fixture
    def sent(self):
        wave = builders.wave(builders.campaign(channels=("email",)))
        return builders.dispatch(wave, state="sent", claimed_at=timezone.now())

    def test_is_shown_to_who_may_see_people(self, sent):
        client = admin_clients.in_role("Campaign manager")
        shown = client.get(reverse("admin:campaigns_contentversion_sent", args=[sent.pk])).content.decode()
        assert "As it was sent" in shown
        assert "Neues für Sie" in shown

    def test_is_not_for_others(self, sent):
        url_ = reverse("admin:campaigns_contentversion_sent", args=[sent.pk])
        assert admin_clients.in_role("Analyst").get(url_).status_code == 403

    def test_is_reached_from_its_dispatch(self, sent):
        shown = admin_clients.superuser().get(reverse("admin:channels_dispatch_change", args=[sent.pk]))
        assert reverse("admin:campaigns_contentversion_sent", args=[sent.pk]) in shown.content.decode()


def test_a_comment_is_kept_without_what_no_text_holds(draft):
    admin_clients.in_role(EDITOR).post(url("comment", draft.pk), {"text": "Zu\0 lang"})
    assert ContentComment.objects.get().text == "Zu lang"


@pytest.mark.parametrize("number", ["7", "x", "\u0661", "1" * 5000])
def test_there_are_no_differences_to_a_version_that_is_not_there(draft, number):
    assert admin_clients.in_role(EDITOR).get(url("differences", draft.pk), {"from": number}).status_code == 404
