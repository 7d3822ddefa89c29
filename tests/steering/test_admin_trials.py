"""Send to me: from the preview of a content, by every channel, with a customer's data only for who may see customers."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from campaigns.models import Content
from channels import registry
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def content() -> Content:
    return builders.content(builders.content_blocks())


@pytest.fixture
def editor() -> Client:
    client = admin_clients.in_role("Content editor")
    client.user.email = "editor@example.com"
    client.user.save()
    return client


def try_out(client: Client, content: Content, channel: str = "email", **form: str):
    return client.post(reverse("admin:campaigns_content_try", args=[content.pk, channel]), form)


def test_a_mail_goes_to_whoever_pressed_and_is_noted(editor, content, mail_server) -> None:
    page = try_out(editor, content)
    assert mail_server.recipients == ["editor@example.com"]
    assert "sent to editor@example.com" in page.content.decode()
    assert LogEntry.objects.get().change_message == "tried out on email"


@pytest.mark.parametrize("channel", ["print_mailing", "direct_post"])
def test_what_is_printed_comes_as_pdf(editor, content, channel: str) -> None:
    answer = try_out(editor, content, channel)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_banner_shows_its_real_creatives(editor, content) -> None:
    page = try_out(editor, content, "banner")
    assert {part.name for part in page.context["one"]["parts"]} >= {"300 by 250", "728 by 90", "160 by 600"}
    assert page.content.count(b"<iframe") >= 3


def test_a_post_is_shown(editor, content) -> None:
    page = try_out(editor, content, "social")
    assert "only shown" in page.content.decode()
    assert any(part.picture for part in page.context["one"]["parts"])


def test_every_channel_has_its_button(editor, content) -> None:
    page = editor.get(reverse("admin:campaigns_content_preview", args=[content.pk])).content.decode()
    for channel in registry.CHANNELS:
        assert reverse("admin:campaigns_content_try", args=[content.pk, channel]) in page


def test_an_account_without_an_address_is_told(content, mail_server) -> None:
    answer = try_out(admin_clients.in_role("Content editor"), content)
    assert admin_clients.said(answer) == ["It was not sent: your account has no e-mail address."]
    assert mail_server.messages == []


def test_a_customers_data_are_for_who_may_see_customers(editor, content, mail_server) -> None:
    person = builders.customer(salutation="frau", first_name="Anna", last_name="Weber")
    assert try_out(editor, content, number=person.customer_number).status_code == 403
    manager = admin_clients.in_role("Campaign manager")
    manager.user.email = "manager@example.com"
    manager.user.save()
    assert try_out(manager, content, number=person.customer_number).status_code == 200
    [mail] = mail_server.messages
    assert "Sehr geehrte Frau Weber," in mail.get_body(("html",)).get_content()
    assert LogEntry.objects.get().change_message == f"tried out on email as customer {person.pk} gets it"
    assert try_out(manager, content, number="no such").status_code == 404


def test_it_is_asked_for_by_post_by_who_may_see_contents(editor, content) -> None:
    assert editor.get(reverse("admin:campaigns_content_try", args=[content.pk, "email"])).status_code == 405
    assert try_out(admin_clients.in_role("Service agent"), content).status_code == 403
    assert try_out(editor, content, "pigeon").status_code == 404


def test_a_campaign_leads_to_what_each_of_its_options_sends(content) -> None:
    campaign = builders.campaign(channels=("email", "banner"))
    campaign.options.filter(channel="banner").update(content=content)
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
    urls = [one["url"] for one in page.context["campaign_tries"]]
    assert urls == [
        reverse("admin:campaigns_content_preview", args=[campaign.content_id]) + "#email",
        reverse("admin:campaigns_content_preview", args=[content.pk]) + "#banner",
    ]
