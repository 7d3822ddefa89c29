"""Staff add providers, and nobody sees a URL again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from channels.email import providers
from channels.email.breaker import FAILURES, breakers
from channels.models import MailProvider
from tests import builders

pytestmark = pytest.mark.django_db
ADD = "/admin/channels/mailprovider/add/"
FORM = {
    "name": "relay", "url": "smtp+tls://user:geheim@mail.example.com", "weight": "1", "senders": "", "is_enabled": "on",
    "connections": "4", "messages_a_connection": "100",
}  # fmt: skip


@pytest.fixture
def client() -> Client:
    made = Client()
    made.force_login(User.objects.create_superuser("root"))
    return made


def test_a_provider_is_added_with_its_url_sealed(client):
    client.post(ADD, FORM | {"senders": "Shop.example, news@b.example"})
    made = MailProvider.objects.get()
    assert "geheim" not in made.sealed_url
    assert made.senders.split() == ["news@b.example", "shop.example"]
    assert providers.of_row(made).server.password == "geheim"


def test_no_page_shows_what_is_secret(client):
    client.post(ADD, FORM)
    made = MailProvider.objects.get()
    pages = [client.get("/admin/channels/mailprovider/"), client.get(f"/admin/channels/mailprovider/{made.pk}/change/")]
    for page in pages:
        assert page.status_code == 200
        assert b"geheim" not in page.content
        assert made.sealed_url.encode() not in page.content
    assert b"smtp+tls://mail.example.com" in pages[0].content


def test_an_empty_url_keeps_the_one_that_is_there(client):
    client.post(ADD, FORM)
    made = MailProvider.objects.get()
    client.post(f"/admin/channels/mailprovider/{made.pk}/change/", FORM | {"url": "", "weight": "7"})
    made.refresh_from_db()
    assert made.weight == 7
    assert providers.of_row(made).server.password == "geheim"


@pytest.mark.parametrize("url", ["", "ftp://user:geheim@mail.example.com", "smtp://", "anymail+nobody://?key=geheim"])
def test_a_url_that_cannot_be_is_refused_with_the_reason(client, url):
    page = client.post(ADD, FORM | {"url": url})
    assert page.status_code == 200
    assert page.context["errors"]
    assert b"geheim" not in page.content
    assert not MailProvider.objects.exists()


def test_a_provider_that_is_left_alone_is_shown_so(client):
    client.post(ADD, FORM)
    for _ in range(FAILURES):
        breakers().failed(providers.of_row(MailProvider.objects.get()).key)
    assert b"left alone" in client.get("/admin/channels/mailprovider/").content
    breakers.cache_clear()


def test_only_who_may_sees_them():
    visitor = Client()
    visitor.force_login(builders.user("channels.view_dispatch"))
    User.objects.update(is_staff=True)
    assert visitor.get("/admin/channels/mailprovider/").status_code == 403
    assert visitor.get(ADD).status_code == 403
