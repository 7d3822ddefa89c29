"""A customer is asked by a link whether they may be quoted, answers on its page, and may change their mind there."""

from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from campaigns import consent
from campaigns.models import ServiceCase, Testimonial
from campaigns.testimonials import life
from campaigns.testimonials.life import TestimonialError
from channels import previews, quoting, registry
from channels.email import render
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
QUOTE = "Die Beratung war ausgezeichnet und freundlich."


def voice(*, state: str = "proposed", **of) -> Testimonial:
    customer = builders.customer(**{"first_name": "Anna", "last_name": "Weber", "household": True} | of)
    case = ServiceCase.objects.create(customer=customer, kind="praise", subject="x", note=QUOTE)
    return Testimonial.objects.create(customer=customer, case=case, quote=QUOTE, language="de", score=0.9, state=state)


def asked(found: Testimonial) -> str:
    """The path of the page on which the customer answers."""
    return urlsplit(quoting.ask(found.pk, by=builders.user(), by_mail=False)).path


class TestPage:
    def test_it_shows_the_words_and_answers_by_post_alone(self, client: Client):
        found = voice()
        path = asked(found)
        assert QUOTE in client.get(path).content.decode()
        found.refresh_from_db()
        assert found.state == "asked"
        page = client.post(path, {"answer": "yes", "naming": "with_city"}).content.decode()
        found.refresh_from_db()
        assert (found.state, found.who) == ("permitted", "Anna W., Berlin")
        assert "Anna W., Berlin" in page

    def test_a_yes_is_taken_back_by_the_same_link(self, client: Client):
        found = voice()
        path = asked(found)
        client.post(path, {"answer": "yes", "naming": "nobody"})
        client.post(path, {"answer": "no"})
        found.refresh_from_db()
        assert found.state == "withdrawn"

    @pytest.mark.parametrize(
        "given", [{}, {"answer": "perhaps"}, {"answer": "yes", "naming": "king"}, {"answer": "yes"}]
    )
    def test_an_answer_that_is_none_changes_nothing(self, client: Client, given):
        found = voice()
        client.post(asked(found), given)
        found.refresh_from_db()
        assert found.state == "asked"

    def test_it_speaks_the_customers_language(self, client: Client):
        assert "May we quote you?" in client.get(asked(voice(language="en-GB"))).content.decode()

    def test_a_link_that_is_not_ours_is_not_found(self, client: Client):
        assert client.get("/q/1.forged").status_code == 404

    def test_it_is_kept_by_nobody_and_says_nothing_to_search_engines(self, client: Client):
        answer = client.get(asked(voice()))
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "no-referrer"


class TestMail:
    def test_the_question_has_the_words_and_the_link(self):
        found = voice(email="anna@example.org")
        url = quoting.ask(found.pk, by=builders.user(), by_mail=True)
        (sent,) = mail.outbox
        assert sent.to == ["anna@example.org"]
        assert QUOTE in sent.body
        assert url in sent.body
        assert (
            message_from_bytes(sent.message().as_bytes(), policy=policy.default)["Auto-Submitted"] == "auto-generated"
        )

    @pytest.mark.parametrize("channel", ["", "email"])
    def test_who_wants_no_mail_is_not_asked_by_mail(self, channel):
        found = voice()
        consent.object_to(customer_id=found.customer_id, channel=channel, source="test")
        with pytest.raises(TestimonialError, match="wants no mail"):
            quoting.ask(found.pk, by=builders.user(), by_mail=True)
        found.refresh_from_db()
        assert found.state == "proposed"
        assert mail.outbox == []

    def test_a_suppressed_address_is_not_used(self):
        found = voice(email="gone@example.org")
        consent.suppress(kind="email", value="gone@example.org", reason="hard_bounce", source="test")
        with pytest.raises(TestimonialError, match="no e-mail address"):
            quoting.ask(found.pk, by=builders.user(), by_mail=True)

    def test_a_question_that_no_server_took_was_not_asked(self, settings):
        settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
        found = voice()
        with pytest.raises(TestimonialError, match="mail server"):
            quoting.ask(found.pk, by=builders.user(), by_mail=True)
        found.refresh_from_db()
        assert found.state == "proposed"


class TestShown:
    def test_every_channel_that_carries_it_shows_it_until_it_is_taken_back(self):
        found = voice()
        life.permit(life.find(life.ask(found.pk, by=builders.user())), naming="first_name")
        life.approve(found.pk, by=builders.user())
        blocks = [*builders.BLOCKS, {"id": "voice", "type": "testimonial", "testimonial": str(found.pk)}]

        def shown() -> str:
            return str(render.render(blocks, previews.fields_for(registry.get("email"), blocks)).parts["text"])

        assert QUOTE in shown()
        assert "Anna W." in shown()
        life.refuse(life.find(life.token(found.pk)))
        assert QUOTE not in shown()


class TestAdmin:
    def do(self, client: Client, found: Testimonial, verb: str, **data) -> int:
        return client.post(reverse(f"admin:campaigns_testimonial_{verb}", args=[found.pk]), data).status_code

    def test_service_asks_and_an_approver_approves(self, client: Client):
        found = voice()
        agent, approver = admin_clients.in_role("Service agent"), admin_clients.in_role("Approver")
        assert self.do(agent, found, "reword", quote="Die Beratung war ausgezeichnet.") == 302
        assert self.do(agent, found, "ask", how="link") == 302
        page = agent.get(reverse("admin:campaigns_testimonial_change", args=[found.pk])).content.decode()
        assert quoting.url(life.token(found.pk)) in page
        client.post(urlsplit(quoting.url(life.token(found.pk))).path, {"answer": "yes", "naming": "initials"})
        assert self.do(approver, found, "approve") == 302
        found.refresh_from_db()
        assert (found.state, found.who, found.quote) == ("approved", "A. W.", "Die Beratung war ausgezeichnet.")

    @pytest.mark.parametrize(
        ("role", "verb"),
        [
            ("Service agent", "approve"),
            ("Approver", "ask"),
            ("Content editor", "ask"),
            ("Content editor", "dismiss"),
            ("Analyst", "ask"),
        ],
    )
    def test_each_does_their_own_part_only(self, role, verb):
        found = voice(state="permitted" if verb == "approve" else "proposed")
        assert self.do(admin_clients.in_role(role), found, verb) == 403

    def test_the_link_is_for_those_who_ask(self):
        found = voice()
        path = asked(found)
        page = admin_clients.in_role("Content editor").get(
            reverse("admin:campaigns_testimonial_change", args=[found.pk])
        )
        assert page.status_code == 200
        assert path not in page.content.decode()

    def test_a_step_that_is_not_taken_says_why(self):
        found = voice(state="refused")
        answer = admin_clients.in_role("Approver").post(
            reverse("admin:campaigns_testimonial_approve", args=[found.pk]), follow=True
        )
        assert "refused by the customer" in answer.content.decode()
