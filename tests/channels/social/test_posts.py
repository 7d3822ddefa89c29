"""Posts are planned by one person, approved by another, published once, and found again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from channels import ledger, registry
from channels.models import NetworkAccount, PostState, SocialPost
from channels.social import posts
from channels.social.posts import PostError
from tests import builders

from .servers import SERVERS, Fault, running

pytestmark = pytest.mark.django_db
BLOCKS = [
    {"id": "h", "type": "headline", "text": "Neues für Sie"},
    {"id": "shop", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com/neu?a=1"},
]


@pytest.fixture(params=["mastodon", "webhook"])
def server(request):
    with running(SERVERS[request.param]()) as server:
        yield server


only_mastodon = pytest.mark.parametrize("server", ["mastodon"], indirect=True)


@pytest.fixture
def account(server, account_at) -> NetworkAccount:
    return account_at(server)


@pytest.fixture
def planner():
    return builders.user("channels.change_socialpost")


@pytest.fixture
def approver():
    return builders.user("channels.approve_socialpost")


@pytest.fixture
def campaign():
    return builders.campaign(channels=(), blocks=BLOCKS)


@pytest.fixture
def draft(account, campaign, planner) -> SocialPost:
    return posts.plan(campaign, account, by=planner)


@pytest.fixture
def approved(draft, approver) -> SocialPost:
    posts.approve(draft.pk, by=approver)
    return draft


def work() -> None:
    """One go, with every pause over."""
    NetworkAccount.objects.update(quiet_until=None, busy_until=None)
    SocialPost.objects.filter(due_at__gt=timezone.now(), publish_at=None).update(due_at=timezone.now())
    registry.get("social").carry_on(seconds=10)


def state(post: SocialPost) -> str:
    post.refresh_from_db()
    return post.state


class TestPlanning:
    def test_it_says_what_the_content_says_with_its_own_mark_in_the_link(self, draft):
        parts = posts.preview(draft).parts
        assert str(parts["text"]).startswith("Neues für Sie")
        assert f"utm_campaign={posts.mark(draft)}" in str(parts["link"])
        assert parts["image"].startswith(b"\x89PNG")

    def test_an_account_for_audiences_takes_no_posts(self, campaign, planner):
        meta = NetworkAccount.objects.create(name="m", slug="m", kind="meta")
        with pytest.raises(PostError, match="takes audiences"):
            posts.plan(campaign, meta, by=planner)

    def test_a_time_that_is_past_is_refused(self, account, campaign, planner):
        with pytest.raises(PostError, match="past"):
            posts.plan(campaign, account, by=planner, publish_at=timezone.now())

    def test_a_wave_of_another_campaign_is_refused(self, account, campaign, planner):
        with pytest.raises(PostError, match="another campaign"):
            posts.plan(campaign, account, by=planner, wave=builders.wave())

    def test_content_that_cannot_be_posted_leaves_nothing_behind(self, account, planner):
        bad = builders.campaign(blocks=BLOCKS[1:])
        with pytest.raises(PostError, match="headline"):
            posts.plan(bad, account, by=planner)
        assert not SocialPost.objects.exists()

    def test_content_that_leads_nowhere_is_refused(self, account, planner):
        with pytest.raises(PostError, match="leads somewhere"):
            posts.plan(builders.campaign(blocks=BLOCKS[:1]), account, by=planner)


class TestApproving:
    def test_who_planned_it_does_not_approve_it(self, draft):
        both = draft.planned_by
        both.user_permissions.set(builders.user("channels.approve_socialpost").user_permissions.all())
        with pytest.raises(PostError, match="another person"):
            posts.approve(draft.pk, by=type(both).objects.get(pk=both.pk))

    def test_the_database_says_so_too(self, draft):
        with pytest.raises(IntegrityError), transaction.atomic():
            SocialPost.objects.update(approved_by=draft.planned_by)

    def test_who_may_not_does_not(self, draft):
        with pytest.raises(PostError, match="may not approve"):
            posts.approve(draft.pk, by=builders.user())

    def test_only_once(self, approved, approver):
        with pytest.raises(PostError, match="cannot become"):
            posts.approve(approved.pk, by=approver)

    @only_mastodon
    def test_a_text_that_is_too_long_for_the_server_is_refused_before_it_leaves(self, draft, approver, server):
        server.most_characters = 20
        with pytest.raises(PostError, match="takes at most 20"):
            posts.approve(draft.pk, by=approver)

    @only_mastodon
    def test_a_server_that_does_not_answer_approves_nothing(self, draft, approver, server):
        server.faults.append(Fault(500, on="instance"))
        with pytest.raises(PostError, match="cannot be asked"):
            posts.approve(draft.pk, by=approver)
        assert state(draft) == "draft"


class TestPublishing:
    def test_a_draft_stays_where_it_is(self, draft, server):
        work()
        assert (state(draft), server.taken()) == ("draft", 0)

    def test_what_is_approved_is_out_once(self, approved, server):
        work()
        work()
        assert (state(approved), server.taken()) == ("published", 1)
        assert approved.provider_id

    @only_mastodon
    def test_the_link_to_it_is_kept(self, approved, server):
        work()
        approved.refresh_from_db()
        assert approved.url == f"{server.url}/@shop/1"

    @pytest.mark.parametrize(
        "fault",
        [{"cuts": "before"}, {"cuts": "after"}, {"hangs": True}, {"status": 500}, {"status": 429}, {"status": 401}],
    )
    def test_whatever_happens_once_it_is_out_once_in_the_end(self, approved, server, strike, fault):
        strike(server, **fault)
        work()
        assert state(approved) == "approved"
        work()
        assert (state(approved), server.taken()) == ("published", 1)

    def test_a_worker_that_died_in_the_middle_is_followed_by_another(self, approved, server):
        posts.move(approved.pk, PostState.APPROVED, to=PostState.PUBLISHING, first_tried_at=timezone.now())
        work()
        assert (state(approved), server.taken()) == ("published", 1)

    def test_a_refusal_is_for_good_and_says_why(self, approved, server):
        server.faults.append(Fault(422, on=server.main))
        work()
        assert state(approved) == "failed"
        assert approved.answer

    def test_one_whose_content_cannot_be_made_any_more_fails_and_holds_up_no_other(
        self, approved, account, campaign, planner, approver, server
    ):
        other = posts.plan(campaign, account, by=planner)
        posts.approve(other.pk, by=approver)
        version = builders.campaign(channels=(), blocks=BLOCKS).content.versions.create(number=2, blocks=BLOCKS[1:])
        SocialPost.objects.filter(pk=approved.pk).update(version=version)
        work()
        assert (state(approved), state(other)) == ("failed", "published")
        assert "headline" in approved.answer

    def test_nothing_is_published_while_all_sending_is_stopped(self, approved, server):
        ledger.stop_all(by=builders.user("channels.run_sendingstop"), reason="test")
        work()
        assert (state(approved), server.taken()) == ("approved", 0)

    @only_mastodon
    def test_a_picture_that_is_worked_on_is_waited_for(self, approved, server):
        server.media_steps = 1
        work()
        assert (state(approved), approved.media_id) == ("approved", "media-1")
        work()
        assert state(approved) == "published"


@only_mastodon
class TestDoubt:
    """The server remembers a key for an hour; what was tried longer ago may be out under it."""

    @pytest.fixture
    def old(self, approved) -> SocialPost:
        SocialPost.objects.update(attempts=1, first_tried_at=timezone.now() - timedelta(hours=2))
        return approved

    def test_what_is_found_is_out(self, old, server):
        server.show("9", {"status": posts.preview(old).parts["text"]})
        work()
        assert (state(old), old.provider_id, server.taken()) == ("published", "9", 1)

    def test_what_is_not_found_is_for_a_person(self, old, server):
        work()
        assert (state(old), server.taken()) == ("uncertain", 0)

    @pytest.mark.parametrize(
        ("verdict", "becomes"), [("published", "published"), ("failed", "failed"), ("again", "published")]
    )
    def test_a_person_decides(self, old, server, approver, verdict, becomes):
        work()
        posts.decide(old.pk, verdict, by=approver)
        work()
        assert (state(old), server.taken()) == (becomes, 1 if verdict == "again" else 0)

    def test_who_may_not_decides_nothing(self, old, planner):
        work()
        with pytest.raises(PostError, match="may not"):
            posts.decide(old.pk, "again", by=planner)

    def test_a_key_that_was_surely_not_used_does_not_grow_old(self, approved, server):
        server.faults.append(Fault(429, on=server.main))
        work()
        approved.refresh_from_db()
        assert (approved.first_tried_at, approved.attempts) == (None, 0)


@only_mastodon
class TestSchedule:
    def at(self, account, campaign, planner, approver, minutes: float) -> SocialPost:
        post = posts.plan(campaign, account, by=planner, publish_at=timezone.now() + timedelta(minutes=minutes))
        posts.approve(post.pk, by=approver)
        post.refresh_from_db()
        return post

    def test_it_is_with_the_server_a_quarter_of_an_hour_before(self, account, campaign, planner, approver, server):
        post = self.at(account, campaign, planner, approver, 60)
        assert timedelta(minutes=44) < post.due_at - timezone.now() < timedelta(minutes=46)
        soon = self.at(account, campaign, planner, approver, 10)
        work()
        assert (state(post), state(soon), len(server.scheduled)) == ("approved", "scheduled", 1)

    def test_what_is_nearer_waits_for_its_time_here(self, account, campaign, planner, approver, server):
        post = self.at(account, campaign, planner, approver, 3)
        assert post.due_at == post.publish_at
        SocialPost.objects.update(due_at=timezone.now())  # woken too early
        work()
        assert (state(post), server.taken()) == ("approved", 0)

    def test_when_its_time_has_come_it_is_found(self, account, campaign, planner, approver, server):
        post = self.at(account, campaign, planner, approver, 10)
        work()
        server.time_comes()
        SocialPost.objects.update(due_at=timezone.now())
        work()
        assert state(post) == "published"
        assert post.url

    def test_one_that_never_shows_is_for_a_person(self, account, campaign, planner, approver, server):
        post = self.at(account, campaign, planner, approver, 10)
        work()
        server.scheduled.clear()
        for _ in range(12):
            SocialPost.objects.update(due_at=timezone.now())
            work()
        assert state(post) == "uncertain"

    def test_it_can_be_taken_off_the_schedule(self, account, campaign, planner, approver, server):
        post = self.at(account, campaign, planner, approver, 10)
        work()
        posts.withdraw(post.pk, by=planner)
        work()
        assert (state(post), server.taken()) == ("withdrawn", 0)


class TestAfterwards:
    @pytest.fixture
    def out(self, approved) -> SocialPost:
        work()
        approved.refresh_from_db()
        return approved

    def test_it_is_taken_down(self, out, server, planner):
        posts.withdraw(out.pk, by=planner)
        server.faults.append(Fault(500))
        work()
        assert state(out) == "withdrawing"
        work()
        assert state(out) == "withdrawn"

    def test_a_change_is_approved_anew_and_made_where_the_post_is(self, out, server, planner, approver, campaign):
        builders.written(campaign.content, [BLOCKS[0] | {"text": "Noch neuer"}, BLOCKS[1]])
        posts.revise(out.pk, by=planner)
        assert (state(out), out.approved_by, out.provider_id != "") == ("draft", None, True)
        posts.approve(out.pk, by=approver)
        work()
        assert state(out) == "published"
        if server.kind == "mastodon":
            assert [("Noch neuer" in one["content"]) for one in server.statuses.values()] == [True]

    def test_what_is_out_is_not_cancelled(self, out, planner):
        posts.revise(out.pk, by=planner)
        with pytest.raises(PostError, match="withdrawn, not cancelled"):
            posts.cancel(out.pk, by=planner)

    def test_what_never_was_out_is_cancelled_for_good(self, draft, planner, approver):
        posts.cancel(draft.pk, by=planner)
        with pytest.raises(PostError, match="cannot become"):
            posts.approve(draft.pk, by=approver)


def test_every_state_has_its_arrows():
    assert set(posts.ARROWS) == set(PostState)
