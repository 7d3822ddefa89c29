"""The busiest addresses are answered before other middleware, and promise nothing that they cannot keep."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from campaigns.models import Event
from channels import front, prepared, seen, tracking
from channels.asked import Answer, Asked
from channels.tracking import Purpose
from tests import builders

PERSON = {"host": "testserver", "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


@pytest.fixture
def dispatch(db):
    return builders.dispatch(builders.wave(), state="sent")


def paths(dispatch) -> list[str]:
    return [
        reverse("tracking-open", args=[tracking.make(Purpose.OPEN, dispatch.pk)]),
        reverse("tracking-shown", args=[tracking.make(Purpose.SHOWN, dispatch.pk)]),
        reverse("tracking-click", args=[tracking.make(Purpose.CLICK, dispatch.pk, "shop")]),
        f"{reverse('banner-decide')}?slot=300x250",
    ]


def test_no_session_is_opened_and_the_connection_can_be_kept(client: Client, dispatch):
    for path in paths(dispatch):
        response = client.get(path)
        assert response.status_code in (200, 204, 302)
        assert "Cookie" not in response.get("Vary", "") or "decide" in path
        assert int(response["Content-Length"]) == len(response.content)
        assert "X-Frame-Options" not in response  # by another middleware


def test_other_addresses_go_the_usual_way(client: Client, db):
    assert "X-Frame-Options" in client.get("/banner/demo")


def test_without_the_database_nothing_is_promised(client: Client, dispatch, monkeypatch):
    def away(*_):
        raise OperationalError("the server is away")

    monkeypatch.setattr(seen.TOGETHER, "_work", away)
    response = client.get(paths(dispatch)[0])
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert not Event.objects.exists()


def test_however_many_wait_it_takes_two_statements(dispatch, monkeypatch):
    asked = []

    def rows(sql, params, *, ask=prepared.rows):
        asked.append(sql)
        return ask(sql, params)

    monkeypatch.setattr(prepared, "rows", rows)
    many = [builders.dispatch(dispatch.wave, state="sent") for _ in range(20)]
    noted = seen._note_all([seen.Seen("opened", one.pk) for one in many])
    assert [one.sent.dispatch_id for one in noted] == [one.pk for one in many]
    assert Event.objects.filter(kind="opened").count() == 20
    assert len(asked) == 2


def at_once(*addresses: str, **headers: str) -> list[Answer | None]:
    """What the web server gets that asks for all of them together."""
    asks = [Asked("GET", *address.partition("?")[::2], PERSON | headers) for address in addresses]
    (desk,) = {front.at_once(asked.path) for asked in asks}
    return desk(asks)


def without(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


def test_the_web_server_gets_the_same_answers_as_django(client: Client, dispatch):
    *tracked, decide = paths(dispatch)
    for path, answer in zip([*tracked, decide], [*at_once(*tracked), *at_once(decide)], strict=True):
        response = client.get(path, headers=PERSON)
        assert (answer.status, answer.body) == (response.status_code, response.content)
        assert without(answer.headers, "Set-Cookie") == without(dict(response.headers), "Content-Length")
    assert Event.objects.filter(kind__in=["opened", "shown", "clicked"]).count() >= 3


def test_each_of_many_has_an_answer_of_its_own(dispatch):
    dispatch.customer.consents.create(channel="banner", ground="consent", source="test", given_at=dispatch.due_at)
    opened, shown, clicked, _ = paths(dispatch)
    gone = reverse("tracking-open", args=[tracking.make(Purpose.OPEN, 99)])
    answers = at_once(opened, "/t/o/forged.gif", shown, gone, clicked, opened)
    assert [answer and answer.status for answer in answers] == [200, None, 200, None, 302, 200]
    assert answers[4].headers["Location"].startswith("https://shop.example.com/neu")
    assert answers[4].headers["Set-Cookie"].startswith("visitor=")
    assert Event.objects.filter(kind="opened").count() == 1  # twice within a second is once


def test_without_the_database_many_are_promised_nothing_either(dispatch, monkeypatch):
    def away(*_):
        raise OperationalError("the server is away")

    monkeypatch.setattr(prepared, "rows", away)
    *tracked, decide = paths(dispatch)
    known = at_once(*tracked) + at_once(decide, cookie=f"visitor={'0' * 32}")
    assert {answer.status for answer in known} == {503}


def test_what_fails_for_one_of_many_fails_for_nobody_else(dispatch, monkeypatch):
    other = builders.dispatch(dispatch.wave, state="sent")

    def destination(one, block, *, ask=seen.sent.destination):
        if one.dispatch_id == other.pk:
            raise ValueError("poison")
        return ask(one, block)

    monkeypatch.setattr(seen.sent, "destination", destination)
    answers = at_once(paths(dispatch)[2], paths(other)[2], paths(dispatch)[0])
    assert [answer and answer.status for answer in answers] == [302, None, 200]


def test_a_browser_that_fetches_ahead_follows_nothing(dispatch):
    (answer,) = at_once(paths(dispatch)[2], **{"sec-purpose": "prefetch"})
    assert answer.status == 302
    assert "Set-Cookie" not in answer.headers
    assert not Event.objects.exists()
