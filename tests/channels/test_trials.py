"""A content tried out on staff: it really leaves where it can, is marked, and no sum, event or limit knows of it."""

import pytest
from django.contrib.auth.models import User

from campaigns import consent
from campaigns.blocks import ContentError
from campaigns.models import Event
from channels import ledger, registry, trials
from channels.base import ChannelError
from channels.models import Attempt, Dispatch, NetworkAccount
from channels.social import posting
from tests import builders

pytestmark = pytest.mark.django_db
ME = "me@example.com"


def tried(channel: str, **more):
    return trials.try_out(channel, builders.content_blocks(), recipient=ME, **more)


def test_a_mail_really_leaves_and_is_marked(mail_server) -> None:
    said = tried("email").said
    [mail] = mail_server.messages
    assert mail["X-Recipient"] == ME
    assert mail["Subject"].startswith("[Test] ")
    assert said.startswith(f"sent to {ME}; the server said:")


def test_its_links_lead_somewhere_and_count_nothing(mail_server, client) -> None:
    tried("email")
    [mail] = mail_server.messages
    html = mail.get_body(("html",)).get_content()
    assert "https://shop.example.com/sommer" in html
    assert "/t/c/" not in html
    assert "/t/o/" not in html
    path = "/" + mail["List-Unsubscribe"].strip("<>").partition("//")[2].partition("/")[2]
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert b"This was a test" in client.get(path).content
    assert not Event.objects.exists()


def test_the_ledger_does_not_know_of_it(mail_server) -> None:
    tried("email")
    assert (Dispatch.objects.count(), Attempt.objects.count()) == (0, 0)


def test_two_tests_are_two_mails_also_for_the_mailbox(mail_server) -> None:
    for _ in range(2):
        tried("email")
    assert len({mail["Message-ID"] for mail in mail_server.messages}) == 2


def test_it_is_filled_in_with_a_customer_who_was_chosen(mail_server) -> None:
    person = builders.customer(salutation="frau", first_name="Anna", last_name="Weber")
    tried("email", customer_id=person.pk)
    assert "Sehr geehrte Frau Weber," in mail_server.messages[0].get_body(("html",)).get_content()
    assert mail_server.recipients == [ME]


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [("", "no e-mail address"), ("nobody", "cannot be used"), ("gone@example.com", "suppressed")],
)
def test_what_cannot_be_sent_to_is_refused_with_the_reason(mail_server, recipient: str, reason: str) -> None:
    consent.suppress(kind="email", value="gone@example.com", reason="bounce", source="test")
    with pytest.raises(ChannelError, match=reason):
        trials.try_out("email", builders.content_blocks(), recipient=recipient)
    assert mail_server.messages == []


def test_what_the_server_says_is_told(mail_server) -> None:
    mail_server.at_recipient[ME] = "550 5.1.1 unknown"
    with pytest.raises(ChannelError, match="unknown"):
        tried("email")


def test_while_everything_is_stopped_no_test_leaves(mail_server) -> None:
    ledger.stop_all(User.objects.create_superuser("boss"), "wrong price")
    with pytest.raises(ChannelError, match="all sending is stopped"):
        tried("email")
    assert mail_server.messages == []
    assert "pdf" in tried("print_mailing").rendition.parts


def test_what_is_wrong_with_a_content_is_said() -> None:
    with pytest.raises(ContentError):
        trials.try_out("banner", [{"id": "x", "type": "no such type"}], recipient=ME)


@pytest.mark.parametrize("channel", registry.CHANNELS)
def test_every_channel_shows_what_a_customer_would_get(mail_server, channel: str) -> None:
    assert (
        tried(channel).rendition.parts.keys()
        == registry.get(channel).render(builders.content_blocks(), builders.message_fields()).parts.keys()
    )


class TestPosts:
    @pytest.fixture
    def account(self) -> NetworkAccount:
        made = NetworkAccount(name="Tests", slug="tests", kind="webhook", base_url="https://hook.example.com")
        made.is_for_tests = True
        made.save()
        return made

    def test_without_an_account_for_tests_it_is_only_shown(self) -> None:
        assert tried("social").said == ""

    def test_it_is_posted_on_the_account_for_tests_with_a_mark(self, account, monkeypatch) -> None:
        published = []

        class Backend(posting.PostBackend):
            kind = "webhook"
            label = "Webhook"
            key_seconds = 60.0

            def __init__(self) -> None:
                pass

            def check(self) -> str:
                return ""

            def publish(self, post):
                published.append(post)
                return posting.Published(url="https://social.example.com/1")

            def withdraw(self, post) -> None: ...

            def look_up(self, post) -> None: ...

        monkeypatch.setattr("channels.social.accounts.backend_of", lambda account: Backend())
        assert tried("social").said == "posted on Tests, https://social.example.com/1"
        assert published[0].text.startswith("[Test] ")
        assert published[0].image

    def test_no_post_of_a_campaign_goes_there(self, account) -> None:
        assert list(posting.usable_accounts()) == []
