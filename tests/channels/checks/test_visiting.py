"""Visiting links: how they answer, how long that may take, and never into our own network."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from channels.checks import link_answers, visiting
from channels.models import LinkAnswer

ANSWERS = {
    "/fine": (200, {}),
    "/gone": (410, {}),
    "/broken": (503, {}),
    "/moved": (301, {"Location": "/fine"}),
    "/moved-to-nothing": (302, {"Location": "/nothing"}),
    "/round": (302, {"Location": "/round"}),
    "/inside": (302, {"Location": "http://localhost:1/secret"}),
    "/file": (302, {"Location": "file:///etc/passwd"}),
    "/no-place": (302, {}),
}


class Site(BaseHTTPRequestHandler):
    """Answers by path, and keeps what it was asked."""

    asked: list[tuple[str, str]] = []

    def do_HEAD(self) -> None:
        self._answer(is_head=True)

    def do_GET(self) -> None:
        self._answer(is_head=False)

    def _answer(self, *, is_head: bool) -> None:
        self.asked.append((self.command, self.path))
        status, headers = (405, {}) if self.path == "/no-head" and is_head else ANSWERS.get(self.path, (404, {}))
        if self.path == "/no-head" and not is_head:
            status = 200
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def site(settings) -> Iterator[str]:
    settings.LINK_PRIVATE_HOSTS = ["127.0.0.1"]
    Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/fine", 200), ("/gone", 410), ("/nothing", 404), ("/broken", 503), ("/moved", 200), ("/moved-to-nothing", 404)],
)
def test_a_page_answers_as_it_does_at_the_end_of_all_redirects(site, path, status):
    assert visiting.visit(site + path).status == status


def test_a_page_that_answers_is_asked_for_its_head_only(site):
    visiting.visit(f"{site}/fine")
    assert Site.asked == [("HEAD", "/fine")]


def test_where_the_head_is_refused_the_page_itself_is_asked_for(site):
    assert visiting.visit(f"{site}/no-head").status == 200
    assert Site.asked == [("HEAD", "/no-head"), ("GET", "/no-head")]


def test_redirects_end(site):
    assert visiting.visit(f"{site}/round") == visiting.Visited(0, "it redirects too often")
    assert len(Site.asked) == visiting.MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/inside", "it leads into a private network"), ("/file", "it redirects to what is no safe link")],
)
def test_a_redirect_leads_neither_into_our_network_nor_to_a_file(site, path, reason):
    visited = visiting.visit(site + path)
    assert visited.status == 0
    assert visited.reason.startswith(reason)


def test_a_redirect_to_nowhere_is_an_answer(site):
    assert visiting.visit(f"{site}/no-place").status == 302


def test_our_own_network_is_not_visited_unless_the_host_is_named(site, settings):
    settings.LINK_PRIVATE_HOSTS = []
    visited = visiting.visit(f"{site}/fine")
    assert visited.status == 0
    assert "private network" in visited.reason
    assert Site.asked == []


def test_a_name_that_leads_inside_is_judged_by_what_it_leads_to(monkeypatch, site):
    inside = [(2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("channels.guarded.socket.getaddrinfo", lambda *_, **__: inside)
    assert "private network" in visiting.visit("https://shop.example.com/").reason


def test_a_site_that_is_not_there_is_no_answer(settings):
    settings.LINK_PRIVATE_HOSTS = ["127.0.0.1"]
    assert visiting.visit("http://127.0.0.1:1/") == visiting.Visited(0, "no connection")


def test_a_site_that_keeps_us_waiting_is_given_up(site, monkeypatch):
    monkeypatch.setattr(visiting, "ALL_SECONDS", -1.0)
    assert visiting.visit(f"{site}/fine") == visiting.Visited(0, "no answer in time")


@pytest.mark.django_db
class TestAnswers:
    def test_are_asked_for_once_and_kept_with_their_time(self, site, django_capture_on_commit_callbacks, monkeypatch):
        called = []
        monkeypatch.setattr("channels.calls.call", lambda task, digest: called.append(digest))
        with django_capture_on_commit_callbacks(execute=True):
            assert link_answers.ask([f"{site}/fine", f"{site}/gone", "mailto:x@y.example"]) == 2
            assert link_answers.ask([f"{site}/fine"]) == 0
        assert len(called) == 2
        for digest in called:
            link_answers.look(digest)
        known = link_answers.known([f"{site}/fine", f"{site}/gone", f"{site}/other"])
        assert {url.rpartition("/")[2]: one.status for url, one in known.items()} == {"fine": 200, "gone": 410}
        assert link_answers.ask([f"{site}/fine"]) == 0

    def test_that_are_old_are_asked_for_again(self, site):
        link_answers.ask([f"{site}/fine"])
        old = link_answers.timezone.now() - link_answers.FRESH
        LinkAnswer.objects.update(looked_at=old, asked_at=old)
        assert link_answers.known([f"{site}/fine"])
        assert link_answers.ask([f"{site}/fine"]) == 1

    def test_about_which_nobody_asks_are_forgotten(self):
        link_answers.ask(["https://shop.example.com/"])
        link_answers.forget_old()
        assert LinkAnswer.objects.count() == 1
        LinkAnswer.objects.update(asked_at=link_answers.timezone.now() - link_answers.KEPT)
        link_answers.forget_old()
        assert not LinkAnswer.objects.exists()

    def test_of_a_link_that_was_forgotten_meanwhile_there_is_none(self):
        link_answers.look("0" * 64)
