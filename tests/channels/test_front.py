"""The busiest addresses are answered before other middleware, and promise nothing that they cannot keep."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from campaigns.models import Event
from channels import seen, tracking
from channels.tracking import Purpose
from tests import builders


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


def test_an_open_takes_the_same_few_queries_however_many_wait(dispatch, django_assert_max_num_queries):
    many = [builders.dispatch(dispatch.wave, state="sent") for _ in range(20)]
    with django_assert_max_num_queries(5):
        noted = seen._note_all([seen.Seen("opened", one.pk) for one in many])
    assert [one.sent.dispatch_id for one in noted] == [one.pk for one in many]
    assert Event.objects.filter(kind="opened").count() == 20
