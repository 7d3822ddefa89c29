"""Accounts keep their secrets to themselves; posts are planned, looked at, approved and taken down in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from channels import keys
from channels.models import NetworkAccount, SocialPost
from channels.social import accounts, posts, sealing
from tests import admin_clients, builders

from .servers import SERVERS, Fault, running

pytestmark = pytest.mark.django_db
TOKEN = "EAAB-a-token-that-nobody-may-see"
ACCOUNT = {
    "name": "Our audience", "slug": "ours", "kind": "meta", "base_url": "", "owner_id": "", "audience_id": "2385",
    "calls_an_hour": "600", "is_active": "on", "secret": TOKEN,
}  # fmt: skip
BLOCKS = [
    {"id": "h", "type": "headline", "text": "Neues für Sie"},
    {"id": "shop", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com/neu"},
]


@pytest.fixture
def manager():
    return admin_clients.in_role("Campaign manager")


@pytest.fixture
def mastodon():
    with running(SERVERS["mastodon"]()) as server:
        yield server


def url(model: str, page: str, *args) -> str:
    return reverse(f"admin:channels_{model}_{page}", args=args)


class TestAccounts:
    def make(self, client, **fields):
        return client.post(url("networkaccount", "add"), ACCOUNT | fields)

    def errors(self, answer) -> dict:
        return answer.context["adminform"].form.errors

    def test_a_secret_is_sealed_and_on_no_page(self, manager):
        self.make(manager)
        account = NetworkAccount.objects.get()
        assert TOKEN not in account.sealed_secret
        assert sealing.unseal(account.sealed_secret) == TOKEN
        for page in (url("networkaccount", "changelist"), url("networkaccount", "change", account.pk)):
            assert TOKEN.encode() not in manager.get(page).content
            assert account.sealed_secret.encode() not in manager.get(page).content
        assert not LogEntry.objects.filter(change_message__contains=TOKEN).exists()

    def test_it_stays_when_none_is_entered_and_is_replaced_by_another(self, manager):
        self.make(manager)
        account = NetworkAccount.objects.get()
        for secret, kept in (("", TOKEN), ("another", "another")):
            manager.post(
                url("networkaccount", "change", account.pk), ACCOUNT | {"secret": secret, "name": "renamed"} | EMPTY
            )
            account.refresh_from_db()
            assert (account.name, sealing.unseal(account.sealed_secret)) == ("renamed", kept)

    def test_its_short_name_and_kind_never_change(self, manager):
        self.make(manager)
        account = NetworkAccount.objects.get()
        manager.post(url("networkaccount", "change", account.pk), ACCOUNT | {"slug": "x", "kind": "linkedin"} | EMPTY)
        account.refresh_from_db()
        assert (account.slug, account.kind) == ("ours", "meta")

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"secret": ""}, "secret"),
            ({"audience_id": ""}, "audience_id"),
            ({"audience_id": "12 OR 1=1"}, "audience_id"),
            ({"audience_id": "../act"}, "audience_id"),
            ({"kind": "google"}, "owner_id"),
            ({"kind": "google", "owner_id": "12/34"}, "owner_id"),
            ({"kind": "mastodon"}, "base_url"),
            ({"base_url": "http://graph.example.com"}, "base_url"),
            ({"base_url": "https://user:word@graph.example.com"}, "base_url"),
            ({"base_url": "javascript:alert(1)"}, "base_url"),
            ({"calls_an_hour": "0"}, "calls_an_hour"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, manager, fields, wrong):
        assert wrong in self.errors(self.make(manager, **fields))
        assert not NetworkAccount.objects.exists()

    def test_the_environment_may_hold_the_secret(self, manager, settings):
        settings.SOCIAL_TOKENS = {"ours": "from outside"}
        self.make(manager, secret="")
        account = NetworkAccount.objects.get()
        assert accounts.backend_of(account).access.secret == "from outside"

    def test_a_secret_that_another_key_sealed_is_asked_for_again(self, manager, settings):
        self.make(manager)
        settings.SECRET_KEY = "another key"
        manager = admin_clients.in_role("Campaign manager")
        answer = manager.post(url("networkaccount", "try", NetworkAccount.objects.get().pk), follow=True)
        assert "enter it again" in answer.content.decode()

    def test_an_older_key_still_opens_it(self, manager, settings):
        self.make(manager)
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
        assert accounts.backend_of(NetworkAccount.objects.get()).access.secret == TOKEN

    def test_trying_it_says_what_the_network_said(self, manager, account_at, mastodon):
        account = account_at(mastodon)
        answer = manager.post(url("networkaccount", "try", account.pk), follow=True)
        assert "It works: @shop" in answer.content.decode()
        mastodon.faults.append(Fault(401))
        answer = manager.post(url("networkaccount", "try", account.pk), follow=True)
        assert "does not accept the token" in answer.content.decode()
        account.refresh_from_db()
        assert account.health == "fails"
        assert mastodon.token not in answer.content.decode()

    @pytest.mark.parametrize("role", ["Approver", "Analyst", "Content editor", "Service agent", "Privacy officer"])
    def test_others_do_not_try_or_change_it(self, role):
        account = NetworkAccount.objects.create(name="n", slug="n", kind="meta")
        client = admin_clients.in_role(role)
        assert client.post(url("networkaccount", "try", account.pk)).status_code == 403
        assert client.post(url("networkaccount", "change", account.pk), ACCOUNT).status_code == 403

    def test_nobody_deletes_it(self):
        account = NetworkAccount.objects.create(name="n", slug="n", kind="meta")
        assert admin_clients.superuser().post(url("networkaccount", "delete", account.pk)).status_code == 403


EMPTY = {
    "batches-TOTAL_FORMS": "0", "batches-INITIAL_FORMS": "0", "batches-MIN_NUM_FORMS": "0", "batches-MAX_NUM_FORMS": "0",
}  # fmt: skip


class TestPosts:
    @pytest.fixture
    def account(self, account_at, mastodon):
        return account_at(mastodon)

    def plan(self, client, account, **fields):
        campaign = builders.campaign(channels=(), blocks=BLOCKS)
        form = {"campaign": campaign.pk, "wave": "", "account": account.pk, "publish_at_0": "", "publish_at_1": ""}
        return client.post(url("socialpost", "add"), form | fields)

    @pytest.fixture
    def post(self, manager, account) -> SocialPost:
        self.plan(manager, account)
        return SocialPost.objects.get()

    def test_it_is_planned_and_shown_as_everybody_will_see_it(self, manager, post):
        assert (post.state, post.planned_by) == ("draft", manager.user)
        page = manager.get(url("socialpost", "change", post.pk)).content.decode()
        assert "Neues für Sie" in page
        assert "data:image/png;base64," in page
        assert "somebody else approves it" in page

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"publish_at_0": "2020-01-01", "publish_at_1": "10:00"}, "The time to publish it is past"),
            ({"wave": "987654"}, "valid choice"),
        ],
    )
    def test_a_plan_without_sense_is_refused_and_leaves_nothing(self, manager, account, fields, said):
        assert said in str(self.plan(manager, account, **fields).context["adminform"].form.errors)
        assert not SocialPost.objects.exists()

    def test_accounts_for_audiences_are_not_offered(self, manager, account):
        meta = NetworkAccount.objects.create(name="m", slug="m", kind="meta")
        assert "account" in self.plan(manager, meta).context["adminform"].form.errors

    def test_a_second_person_approves(self, manager, post):
        assert manager.post(url("socialpost", "do", post.pk, "approve")).status_code == 403
        approver = admin_clients.in_role("Approver")
        approver.post(url("socialpost", "do", post.pk, "approve"))
        post.refresh_from_db()
        assert (post.state, post.approved_by) == ("approved", approver.user)
        assert LogEntry.objects.filter(change_message="approve", user=approver.user).exists()

    def test_who_planned_it_is_told_that_somebody_else_approves(self, post):
        post.planned_by.user_permissions.set(builders.user("channels.approve_socialpost").user_permissions.all())
        client = admin_clients.superuser()
        SocialPost.objects.update(planned_by=client.user)
        answer = client.post(url("socialpost", "do", post.pk, "approve"), follow=True)
        assert "another person than the one who planned it" in answer.content.decode()

    def test_what_is_out_shows_its_link_and_is_taken_down(self, manager, post):
        SocialPost.objects.update(state="published", provider_id="1", url="https://social.example/@shop/1")
        assert "https://social.example/@shop/1" in manager.get(url("socialpost", "change", post.pk)).content.decode()
        manager.post(url("socialpost", "do", post.pk, "withdraw"))
        post.refresh_from_db()
        assert post.state == "withdrawing"

    def test_an_uncertain_one_is_decided(self, post):
        SocialPost.objects.update(state="uncertain")
        approver = admin_clients.in_role("Approver")
        assert "It is surely not out" in approver.get(url("socialpost", "change", post.pk)).content.decode()
        approver.post(url("socialpost", "decide", post.pk), {"verdict": "nonsense"})
        approver.post(url("socialpost", "decide", post.pk), {"verdict": "failed"})
        post.refresh_from_db()
        assert post.state == "failed"

    @pytest.mark.parametrize("verb", ["cancel", "revise", "withdraw", "approve", "no-such"])
    @pytest.mark.parametrize("role", ["Analyst", "Content editor"])
    def test_others_do_nothing(self, post, verb, role):
        assert admin_clients.in_role(role).post(url("socialpost", "do", post.pk, verb)).status_code == 403
        assert admin_clients.in_role(role).get(url("socialpost", "change", post.pk)).status_code in (302, 403)

    def test_by_get_nothing_happens(self, manager, post):
        assert manager.get(url("socialpost", "do", post.pk, "cancel")).status_code == 405

    def test_a_step_that_is_none_is_refused(self, manager, post):
        assert manager.post(url("socialpost", "do", post.pk, "publish")).status_code == 302
        post.refresh_from_db()
        assert post.state == "draft"

    def test_content_that_cannot_be_posted_any_more_is_said(self, manager, post):
        SocialPost.objects.update(version=builders.written(post.campaign.content, BLOCKS[1:]))
        assert "needs a headline" in manager.get(url("socialpost", "change", post.pk)).content.decode()


class TestApi:
    @pytest.fixture
    def post(self, account_at, mastodon) -> SocialPost:
        campaign = builders.campaign(channels=(), blocks=BLOCKS)
        return posts.plan(campaign, account_at(mastodon), by=builders.user())

    def read(self, client, post, scope: str = "posts"):
        _, raw = keys.create(name="agency", scope=scope)
        return client.get(reverse("api-post", args=[post.pk]), headers={"Authorization": f"Bearer {raw}"})

    def test_an_approved_post_is_read(self, client, post):
        SocialPost.objects.update(state="approved", approved_by=builders.user(), approved_at=timezone.now())
        told = self.read(client, post).json()
        assert (told["id"], told["state"]) == (post.pk, "approved")
        assert told["text"].startswith("Neues für Sie")
        assert told["picture"]

    @pytest.mark.parametrize("state", ["draft", "cancelled", "withdrawn"])
    def test_others_are_not_there(self, client, post, state):
        SocialPost.objects.update(state=state, approved_by=None if state == "draft" else builders.user())
        assert self.read(client, post).status_code == 404

    def test_another_key_opens_nothing(self, client, post):
        assert self.read(client, post, scope="events").status_code == 403
