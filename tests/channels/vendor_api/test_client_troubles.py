"""The reference client where its surroundings are in the way: it says what is wrong, and goes on where it was."""

import errno
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client as HttpClient

from channels import keys
from channels.vendor_client import Client, Desk, Refused, downloads
from channels.vendor_client import client as calls
from channels.vendor_client.__main__ import main
from channels.vendor_client.alone import alone, holder
from channels.vendor_client.answers import StrangeAnswerError
from tests.channels import printing
from tests.channels.vendor_api.test_client import Inside

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NO_JOBS = b'{"jobs": [], "next": null, "as_of": ""}'
Said = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(*answers: Said) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers one after the other, and the last one ever after; and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            self.send_response_only(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def inside() -> Inside:
    return made_inside()


def made_inside(raw: str = "", **options: str) -> Inside:
    raw = raw or keys.create(name="client", scope="vendor", vendor=printing.vendor())[1]
    made = Inside("http://testserver", raw, tries=3, pause=0, **options)
    made.asked, made.http = [], HttpClient()
    return made


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """For how long the client would have waited."""
    told: list[float] = []
    monkeypatch.setattr(calls.time, "sleep", told.append)
    return told


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("VENDOR_KEY", "key")

    def command(url: str, *options: str) -> int:
        return main(["--url", url, "--folder", str(tmp_path / "jobs"), *options])

    return command


class TestTheWayToThePlatform:
    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            ((200, {"Content-Type": "text/html"}, b"<html>Log in</html>"), "answered with text/html, not JSON"),
            ((502, {"Content-Type": "text/html"}, b"<html>Bad</html>"), "502: Bad Gateway; it is not the platform"),
            ((301, {"Location": "https://there.example/"}, b""), "301: Moved Permanently, to https://there.example/"),
            ((200, {"Content-Length": "100"}, NO_JOBS), "the answer broke off"),
            ((401, {}, b'{"type": "urn:problem:unauthorized", "detail": "revoked"}'), "401 unauthorized: revoked"),
        ],
    )
    def test_what_is_wrong_with_it_is_said_and_the_command_fails(self, run, waits, capsys, answer, told):
        with answering(answer) as (url, _):
            assert run(url) == 3
        assert told in capsys.readouterr().err

    @pytest.mark.parametrize("as_moment", [False, True])
    def test_a_server_that_is_away_is_asked_again_when_it_says(self, waits, as_moment):
        now = datetime(2020, 1, 1, tzinfo=UTC)  # whatever the clock here says
        said = format_datetime(now + timedelta(seconds=7), usegmt=True) if as_moment else "7"
        away = (503, {"Retry-After": said, "Date": format_datetime(now, usegmt=True)}, b"")
        with answering(away, (200, {}, NO_JOBS)) as (url, asked):
            assert Client(url, "key").jobs() == []
        assert len(asked) == 2
        assert 7 <= waits[0] <= 9

    def test_a_page_is_not_taken_for_a_file(self, waits, tmp_path):
        file = {"name": "letters.csv", "revision": 1, "sha256": "0" * 64, "bytes": 100}
        page = (200, {"Content-Type": "text/html"}, b"<html>")
        with answering(page) as (url, _), pytest.raises(StrangeAnswerError, match="is not this file"):
            downloads.download(Client(url, "key"), {"id": 1}, file, tmp_path)
        assert [path.stat().st_size for path in tmp_path.rglob("*.partial")] == [0]


class TestThisMachine:
    def test_a_clock_that_is_wrong_is_not_used_and_told(self, run, capsys):
        there = datetime.now(UTC) - timedelta(hours=3)
        with answering((200, {"Date": format_datetime(there, usegmt=True)}, NO_JOBS)) as (url, _):
            client = Client(url, "key")
            client.jobs()
            assert run(url) == 0
        assert abs(client.now() - there) < timedelta(minutes=2)
        assert "the clock here is wrong by" in capsys.readouterr().err

    def test_a_full_disk_is_told_and_the_next_run_goes_on(self, inside, tmp_path, monkeypatch, capsys):
        job = printing.mailing(1)

        def fill(answer, path, *, goes_on):
            path.write_bytes(answer.read(100))
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(inside, "_save", fill)
            assert Desk(inside, tmp_path).run() == 1
        assert "went wrong: [Errno 28] No space left on device" in capsys.readouterr().out
        assert Desk(inside, tmp_path).run() == 0
        assert "bytes=100-" in inside.asked
        job.refresh_from_db()
        assert (job.state, job.lease_holder) == ("acknowledged", "")

    def test_a_missing_identity_is_told_before_anything_is_asked(self, run, capsys):
        with pytest.raises(SystemExit) as ended:
            run("http://127.0.0.1:1", "--age-identity", "missing.txt")
        assert ended.value.code == 2
        assert "there is no file missing.txt" in capsys.readouterr().err

    def test_an_address_without_its_beginning_is_told(self, run, capsys):
        with pytest.raises(SystemExit):
            run("steering.example.com")
        assert "--url must begin with https://" in capsys.readouterr().err

    @pytest.mark.parametrize("key", ["", " \n", "a b\nc", "schl\xfcssel"])
    def test_so_is_a_key_that_cannot_be_one(self, run, monkeypatch, capsys, key):
        monkeypatch.setenv("VENDOR_KEY", key)
        with pytest.raises(SystemExit):
            run("http://127.0.0.1:1")
        assert "VENDOR_KEY must hold your key" in capsys.readouterr().err


class TestTwoAtOnce:
    def test_the_second_in_a_folder_is_told_so(self, run, tmp_path, capsys):
        with alone(tmp_path / "jobs"):
            assert run("http://127.0.0.1:1") == 3
        assert "another client works in the folder" in capsys.readouterr().err

    def test_one_that_was_killed_after_its_lease_goes_on_at_once(self, inside, tmp_path):
        job = printing.mailing(1)
        made_inside(inside.key, holder=holder(tmp_path)).lease({"id": job.pk})
        assert Desk(made_inside(inside.key, holder=holder(tmp_path)), tmp_path).run() == 0
        job.refresh_from_db()
        assert job.state == "acknowledged"

    def test_another_folder_is_another_worker(self, tmp_path):
        assert holder(tmp_path / "a") != holder(tmp_path / "b")


def test_a_report_is_never_longer_than_the_platform_takes(monkeypatch):
    monkeypatch.setattr(calls, "BYTES_AT_ONCE", 100)
    batches: Sequence[list[bytes]] = list(calls._batches([{"event_id": "x" * 30}] * 7 + [{"event_id": "y" * 300}]))
    assert [len(batch) for batch in batches] == [2, 2, 2, 1, 1]


def test_a_certificate_that_is_refused_keeps_no_other_from_being_sent(inside, tmp_path, monkeypatch, capsys):
    first, second = printing.mailing(1), printing.mailing(1)
    desk, certify = Desk(inside, tmp_path), inside.certify_deletion
    desk.run(is_producing=True)

    def refuse(job, at, **more):
        if job["id"] == first.pk:
            raise Refused(409, {"type": "urn:problem:deleted-too-early"})
        return certify(job, at, **more)

    with monkeypatch.context() as early:
        early.setattr(inside, "certify_deletion", refuse)
        with pytest.raises(Refused):
            desk.clear()
    assert inside.job({"id": second.pk})["deletion_certified"]
    assert "could not certify it: 409 deleted-too-early" in capsys.readouterr().out
    assert desk.clear() == 1
