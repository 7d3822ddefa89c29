"""The document of the APIs as a page, and addresses that lead nowhere."""

import re

import pytest
from django.contrib.staticfiles import finders

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def test_the_page_is_served_from_here_alone(client):
    page = client.get("/api/docs").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") for source in sources)
    for source in sources:
        if source.startswith("/static/"):
            assert finders.find(source.removeprefix("/static/").partition("?")[0]), source


@pytest.mark.parametrize(
    "path", ["/vendor/v1/nothing", "/vendor/v2/jobs", "/api/nothing", "/vendor/v1/jobs/1/files/a/b"]
)
def test_below_the_apis_what_leads_nowhere_is_a_problem(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "urn:problem:not-found"


def test_elsewhere_it_is_a_page(client):
    assert client.get("/nothing")["Content-Type"].startswith("text/html")


def test_an_error_of_ours_is_a_problem_and_says_nothing_of_it(client, monkeypatch):
    client.raise_request_exception = False

    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("channels.api.time_outs.TimeOutsView.initial", fail)
    answer = client.post("/api/time-outs")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "secret" not in answer.content.decode()
