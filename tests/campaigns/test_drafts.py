"""What is being written is kept beside the content, for its writer alone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from campaigns import drafts
from campaigns.models import Content, ContentDraft
from tests import builders

pytestmark = pytest.mark.django_db
URL = "/admin/campaigns/content/draft/"
BLOCKS = [{"id": "headline", "type": "headline", "text": "Neu"}]


def logged_in(name: str = "one", role: str = "Content editor") -> Client:
    client, user = Client(), User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def post(client: Client, content: Content | None = None, blocks: str = '[{"id": "h"}]', **more):
    number = {"content": content.pk} if content else {}
    return client.post(URL, {"name": "Mein", "description": "", "blocks": blocks} | number | more)


def written(**fields) -> drafts.Written:
    return drafts.Written(**({"name": "Mein", "description": "", "blocks": BLOCKS} | fields))


def test_a_draft_changes_nothing_of_the_content():
    content = builders.content(BLOCKS)
    before = Content.objects.values().get(pk=content.pk)
    assert b"Draft kept at" in post(logged_in(), content).content
    assert Content.objects.values().get(pk=content.pk) == before
    assert ContentDraft.objects.get().blocks == [{"id": "h"}]


def test_the_newest_takes_the_place_of_the_one_before_for_each_writer_and_content():
    content, one, other = builders.content(BLOCKS), builders.user(), builders.user()
    for by in (one, one, other):
        for of in (content, None):
            drafts.keep(by, of, written())
    assert ContentDraft.objects.count() == 4


def test_a_draft_that_says_the_same_as_the_content_is_none():
    content, by = builders.content(BLOCKS), builders.user()
    drafts.keep(by, content, written(name=content.name, description=content.description))
    assert drafts.of(by, content) is None
    drafts.keep(by, content, written())
    assert drafts.of(by, content).name == "Mein"
    assert drafts.of(builders.user(), content) is None


def test_what_nobody_takes_up_for_a_month_goes():
    by = builders.user()
    old = drafts.keep(by, builders.content(BLOCKS), written())
    ContentDraft.objects.filter(pk=old.pk).update(kept_at=timezone.now() - timedelta(days=31))
    drafts.keep(by, None, written())
    assert not ContentDraft.objects.filter(pk=old.pk).exists()


def test_what_no_list_of_blocks_is_or_too_long_is_not_kept():
    client = logged_in()
    for blocks in ("[", '{"a": 1}', f'["{"x" * 1_000_001}"]', '["a\\u0000b"]', '["\\ud800"]', "[NaN]", "[1e999]"):
        assert b"The draft is not kept" in post(client, blocks=blocks).content
    assert not ContentDraft.objects.exists()


def test_somebody_elses_saving_is_told_and_nothing_is_lost():
    content = builders.content(BLOCKS)
    client, seen = logged_in(), content.updated_at.isoformat()
    assert b"meanwhile" not in post(client, content, seen=seen).content
    content.save()
    assert b"saved this content meanwhile" in post(client, content, seen=seen).content
    assert ContentDraft.objects.get().seen == seen


@pytest.mark.parametrize(("role", "status"), [("Approver", 403), ("Campaign manager", 403), ("Content editor", 200)])
def test_only_who_may_write_keeps_drafts(role, status):
    assert post(logged_in(role=role), builders.content(BLOCKS)).status_code == status
    assert post(logged_in("again", role)).status_code == status


@pytest.mark.parametrize("number", ["0", "999999999999", "x", "-1", "9" * 400])
def test_there_is_no_draft_of_a_content_that_is_not_there(number):
    assert logged_in().post(URL, {"name": "", "blocks": "[]", "content": number}).status_code == 404


def test_a_draft_can_be_thrown_away():
    client, content = logged_in(), builders.content(BLOCKS)
    post(client, content)
    post(client)
    client.post(f"{URL}drop/", {"content": content.pk})
    assert [draft.content_id for draft in ContentDraft.objects.all()] == [None]
