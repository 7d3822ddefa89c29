"""The reference client against a real server: everything arrives whole, whatever breaks on the way."""

import io
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError

import pyrage
import pytest
from django.test import Client as HttpClient

from campaigns import consent
from channels import encryption_keys, keys, ledger
from channels.models import PrintJob, Vendor
from channels.vendor_client import (
    BadFileError,
    Client,
    Desk,
    OpeningError,
    Refused,
    downloads,
    of_age,
    of_openpgp,
    rows_of,
    work,
)
from channels.vendor_client import client as calls
from channels.vendor_client.__main__ import main
from tests import builders
from tests.channels import printing
from tests.ports import closed_port

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def key() -> str:
    return keys.create(name="client", scope="vendor", vendor=printing.vendor())[1]


class Inside(Client):
    """Calls the platform within the test's own transaction, which is much faster than a server."""

    asked: list[str]
    http: HttpClient

    def _open(self, method, path, headers, data=None):
        own = {name.lower(): value for name, value in headers.items()} | {"authorization": f"Bearer {self.key}"}
        self.asked.append(own.get("range", ""))
        media_type = own.pop("content-type", "application/json")
        answer = self.http.generic(method, f"/vendor/v1{path}", data or b"", media_type, headers=own)
        body = io.BytesIO(answer.getvalue())
        if answer.status_code >= 400:
            raise calls.refusal(HTTPError(path, answer.status_code, "", answer.headers, body))
        body.status, body.headers = answer.status_code, answer.headers
        return body


@pytest.fixture
def client(key) -> Client:
    made = Inside("http://testserver", key, tries=3, pause=0)
    made.asked, made.http = [], HttpClient()
    return made


@pytest.mark.django_db(transaction=True)
class TestOverTheNetwork:
    """By a real server."""

    def test_as_a_command_with_the_key_from_the_environment(self, live_server, key, tmp_path):
        jobs = [printing.mailing(2), printing.area_order(500, 300)]
        command = [sys.executable, "-m", "channels.vendor_client", "--url", live_server.url, "--folder", str(tmp_path)]
        done = subprocess.run(
            [*command, "--produce"], env=os.environ | {"VENDOR_KEY": key}, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1] == (
            f"job {jobs[1].pk} (direct_post): posted 800 pieces, 0 taken out by hand; the job is reconciled"
        )

    def test_a_connection_that_breaks_in_the_middle_is_resumed(self, key, live_server, tmp_path):
        job = printing.mailing(1)
        with breaking_proxy(live_server.url, after=3000) as url:
            client = Client(url, key, tries=30, pause=0)
            got = Desk(client, tmp_path).take({"id": job.pk, "channel": "print_mailing"})
        assert sum(one.bytes for one in got) > 9000
        job.refresh_from_db()
        assert job.state == "acknowledged"

    def test_a_wrong_key_is_not_tried_again(self, live_server):
        with pytest.raises(Refused) as refused:
            Client(live_server.url, "wrong", pause=60).jobs()
        assert (refused.value.status, refused.value.kind) == (401, "unauthorized")


class TestOneRun:
    def test_takes_verifies_and_acknowledges_every_open_job(self, client, tmp_path, capsys):
        jobs = [printing.mailing(2), printing.area_order(500)]
        assert Desk(client, tmp_path / "got").run() == 0
        assert {PrintJob.objects.get(pk=job.pk).state for job in jobs} == {"acknowledged"}
        names = sorted(path.name for path in tmp_path.glob("got/*/1/*"))
        assert names == ["areas-totals.csv", "areas.csv", "leaflet.pdf", "letters-0001.pdf", "letters.csv"]
        assert capsys.readouterr().out.count("\n") == 2

    def test_goes_to_the_carrier_if_asked(self, client, tmp_path, capsys):
        jobs = [printing.mailing(2), printing.area_order(500, 300)]
        assert Desk(client, tmp_path).run(is_producing=True) == 0
        for job in jobs:
            job.refresh_from_db()
            assert (job.state, job.posted_pieces) == ("reconciled", 2 if job.channel == "print_mailing" else 800)
            assert set(printing.states(job)) == {"sent"}
        assert "posted 800 pieces" in capsys.readouterr().out

    def test_has_nothing_to_do_the_second_time(self, client, tmp_path, capsys):
        printing.mailing(1)
        Desk(client, tmp_path).run()
        capsys.readouterr()
        assert Desk(client, tmp_path).run() == 0
        assert capsys.readouterr().out == ""

    def test_a_job_that_goes_wrong_stops_no_other(self, client, tmp_path, monkeypatch):
        bad, good = printing.mailing(1), printing.mailing(1)
        fetch = client.fetch

        def spoiled(job, file, partial):
            if job["id"] == bad.pk:
                raise BadFileError("spoiled")
            fetch(job, file, partial)

        monkeypatch.setattr(client, "fetch", spoiled)
        assert Desk(client, tmp_path).run() == 1
        good.refresh_from_db()
        assert good.state == "acknowledged"

    def test_needs_a_key(self, monkeypatch, capsys):
        monkeypatch.delenv("VENDOR_KEY", raising=False)
        with pytest.raises(SystemExit):
            main(["--url", "http://127.0.0.1", "--folder", "jobs"])
        assert "VENDOR_KEY" in capsys.readouterr().err


class TestWithdrawals:
    def test_an_objection_while_it_downloads_makes_it_fetch_the_new_revision(self, client, tmp_path, monkeypatch):
        job = printing.mailing(2)
        acknowledge = client.acknowledge
        revisions = []

        def objected_just_before(one, revision, files):
            revisions.append(revision)
            if len(revisions) == 1:
                consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
                ledger.stop_objected("print_mailing")
            return acknowledge(one, revision, files)

        monkeypatch.setattr(client, "acknowledge", objected_just_before)
        assert Desk(client, tmp_path).run() == 0
        assert revisions == [1, 2]

    def test_an_objection_before_production_is_not_printed(self, client, tmp_path, capsys):
        job = printing.mailing(2)
        Desk(client, tmp_path).run()
        consent.object_to(customer_id=printing.dispatches(job)[1].customer_id, source="test")
        assert Desk(client, tmp_path).run(is_producing=True) == 0
        assert "not started, withdrawals-pending" in capsys.readouterr().out
        assert printing.items(job) == ["posted", "withdrawn"]
        assert printing.states(job) == ["sent", "suppressed"]

    def test_an_objection_after_it_is_taken_out_by_hand(self, client, tmp_path, monkeypatch):
        job = printing.mailing(2)
        start = client.start_production

        def objected_just_after(one, revision):
            started = start(one, revision)
            consent.object_to(customer_id=printing.dispatches(job)[1].customer_id, source="test")
            return started

        monkeypatch.setattr(client, "start_production", objected_just_after)
        assert Desk(client, tmp_path).run(is_producing=True) == 0
        job.refresh_from_db()
        assert (job.state, job.posted_pieces) == ("reconciled", 1)

    def test_a_cancelled_job_is_no_failure(self, client, tmp_path, monkeypatch, capsys):
        job = printing.mailing(1)
        files = client.files

        def cancelled_just_after(one):
            listed = files(one)
            PrintJob.objects.filter(pk=job.pk).update(state="cancelled")
            return listed

        monkeypatch.setattr(client, "files", cancelled_just_after)
        assert Desk(client, tmp_path).run() == 0
        assert "not wanted any more" in capsys.readouterr().out


class TestDownloads:
    def partial(self, folder: Path, job: PrintJob, name: str) -> Path:
        path = folder / str(job.pk) / "1" / f"{name}.partial"
        path.parent.mkdir(parents=True)
        return path

    def test_goes_on_where_it_broke_off(self, client, tmp_path):
        job = printing.mailing(1)
        whole = Desk(client, tmp_path / "a").take({"id": job.pk, "channel": "print_mailing"})
        pdf = next(one for one in whole if one.name == "letters-0001.pdf")
        data = pdf.path.read_bytes()
        self.partial(tmp_path / "b", job, pdf.name).write_bytes(data[:1000])
        file = next(one for one in client.files({"id": job.pk}) if one["name"] == pdf.name)
        again = downloads.download(client, {"id": job.pk}, file, tmp_path / "b")
        assert again.path.read_bytes() == data
        assert client.asked[-1] == "bytes=1000-"

    def test_may_break_off_more_often_than_anything_is_tried(self, client, tmp_path, monkeypatch):
        job, save = printing.mailing(1), client._save

        def some(answer, path, *, goes_on):
            save(io.BytesIO(answer.read(2000)), path, goes_on=goes_on)
            raise ConnectionResetError

        monkeypatch.setattr(client, "_save", some)
        file = next(one for one in client.files({"id": job.pk}) if one["name"] == "letters-0001.pdf")
        assert file["bytes"] > 2000 * (client.tries + 1)
        downloads.download(client, {"id": job.pk}, file, tmp_path)

    def test_a_download_that_gets_nowhere_is_given_up(self, client, tmp_path, monkeypatch):
        job = printing.mailing(1)
        monkeypatch.setattr(client, "_save", lambda *_, **__: (_ for _ in ()).throw(ConnectionResetError()))
        with pytest.raises(ConnectionResetError):
            downloads.download(client, {"id": job.pk}, client.files({"id": job.pk})[0], tmp_path)

    def test_a_beginning_of_something_else_is_found_out(self, client, tmp_path):
        job = printing.mailing(1)
        file = client.files({"id": job.pk})[0]
        self.partial(tmp_path, job, file["name"]).write_bytes(b"x" * file["bytes"])
        with pytest.raises(BadFileError, match="sha256 should be"):
            downloads.download(client, {"id": job.pk}, file, tmp_path)
        assert downloads.download(client, {"id": job.pk}, file, tmp_path).sha256 == file["sha256"]

    def test_a_name_never_leads_out_of_the_folder(self, client, tmp_path):
        with pytest.raises(BadFileError, match="no file name"):
            downloads.download(client, {"id": 1}, {"name": "../key", "revision": 1}, tmp_path)


class TestRefusals:
    def test_say_what_is_wrong_and_what_is_allowed(self, client):
        job = printing.mailing(1)
        with pytest.raises(Refused) as refused:
            client.post({"id": job.pk}, 1, datetime.now(UTC), "P-1")
        assert (refused.value.status, refused.value.kind) == (409, "wrong-state")
        assert "acknowledge" in refused.value.body["allowed"]

    def test_a_server_that_is_not_there_is_tried_again_and_then_told(self):
        with closed_port() as port, pytest.raises(OSError, match="refused"):
            Client(f"http://127.0.0.1:{port}", "key", tries=2, pause=0).jobs()

    def test_reports_of_many_pieces_go_in_batches(self, client, monkeypatch):
        job = printing.mailing(3)
        printing.Caller(job.vendor).produce(job)
        monkeypatch.setattr(calls, "ROWS_AT_ONCE", 2)
        rows = [printing.row(f"e{n}", n, "produced") for n in (1, 2, 3, 4)]
        assert [one["row"] for one in client.report({"id": job.pk}, rows)] == [4]

    def test_a_wait_that_the_platform_asks_for_is_kept(self, client, monkeypatch):
        waits, answers = [], iter([Refused(429, {}, retry_after=7), None])
        monkeypatch.setattr(calls.time, "sleep", waits.append)

        def once():
            if (answer := next(answers)) is not None:
                raise answer
            return "done"

        assert client._patiently(once) == "done"
        assert 7 <= waits[0] <= 9


class TestLeases:
    def test_a_job_that_another_worker_has_is_left_to_it(self, client, key, tmp_path, capsys):
        job = printing.mailing(1)
        other = Inside("http://testserver", key, holder="another", tries=1, pause=0)
        other.asked, other.http = [], HttpClient()
        other.lease({"id": job.pk})
        assert Desk(client, tmp_path).run() == 0
        assert "another worker has it" in capsys.readouterr().out
        other.release({"id": job.pk})
        Desk(client, tmp_path).run()
        job.refresh_from_db()
        assert job.state == "acknowledged"

    def test_nothing_is_wrong_where_another_worker_has_done_it_meanwhile(self, client, tmp_path, monkeypatch, capsys):
        job = printing.bare_job()
        listed = client.jobs("ready")
        PrintJob.objects.filter(pk=job.pk).update(state="reconciled")
        monkeypatch.setattr(client, "jobs", lambda *_: listed)
        assert Desk(client, tmp_path).run() == 0
        assert "it is reconciled by now" in capsys.readouterr().out

    def test_is_given_back_after_a_run(self, client, tmp_path):
        job = printing.mailing(1)
        Desk(client, tmp_path).run()
        job.refresh_from_db()
        assert job.lease_holder == ""


class TestTheEnd:
    def test_files_of_a_posted_job_are_destroyed_and_that_is_certified(self, client, tmp_path):
        job = printing.mailing(1)
        desk = Desk(client, tmp_path / "jobs")
        desk.run(is_producing=True)
        assert desk.clear() == 1
        assert not list((tmp_path / "jobs").iterdir())
        assert client.job({"id": job.pk})["deletion_certified"]
        assert desk.clear() == 0

    def test_a_certificate_that_did_not_get_through_is_sent_with_the_next_run(self, client, tmp_path, monkeypatch):
        job = printing.mailing(1)
        desk = Desk(client, tmp_path / "jobs")
        desk.run(is_producing=True)
        with monkeypatch.context() as broken:
            broken.setattr(client, "certify_deletion", lambda *_, **__: (_ for _ in ()).throw(ConnectionError()))
            with pytest.raises(ConnectionError):
                desk.clear()
        assert not [path for path in (tmp_path / "jobs").rglob("*") if path.is_file()]
        assert desk.clear() == 1
        assert client.job({"id": job.pk})["deletion_certified"]


class TestOpening:
    """Files that are encrypted or compressed, and tables in every format."""

    @pytest.fixture
    def identity(self, tmp_path) -> Path:
        secret = pyrage.x25519.Identity.generate()
        path = tmp_path / "identity"
        path.write_text(f"# created: today\n# public key: {secret.to_public()}\n{secret}\n")
        known = encryption_keys.register(printing.vendor(), str(secret.to_public()))
        by = builders.user("channels.confirm_encryptionkey")
        encryption_keys.confirm(known.pk, fingerprint=known.fingerprint, by=by)
        return path

    def test_encrypted_files_are_opened_and_verified_inside(self, client, identity, tmp_path):
        job = printing.mailing(2)
        got = Desk(client, tmp_path / "jobs", of_age(identity)).take({"id": job.pk, "channel": "print_mailing"})
        assert {one.path.suffix for one in got} == {".age"}
        table = next(one for one in got if one.kind == work.TABLE)
        assert len(list(rows_of(table.plain))) == 2

    def test_without_the_key_the_job_is_not_acknowledged(self, client, identity, tmp_path, capsys):
        job = printing.mailing(1)
        assert Desk(client, tmp_path / "jobs").run() == 1
        assert "say with which key it is opened" in capsys.readouterr().out
        job.refresh_from_db()
        assert job.state == "downloaded"

    def test_a_wrong_key_opens_nothing(self, client, identity, tmp_path):
        job = printing.mailing(1)
        identity.write_text(str(pyrage.x25519.Identity.generate()))
        with pytest.raises(OpeningError):
            Desk(client, tmp_path / "jobs", of_age(identity)).take({"id": job.pk, "channel": "print_mailing"})

    @pytest.mark.parametrize("format_", ["csv", "jsonl", "xml", "xlsx"])
    def test_reads_tables_in_every_format(self, client, tmp_path, format_):
        printing.vendor()
        Vendor.objects.update(file_format=format_, csv_delimiter=";", is_gzipped=True)
        job = printing.mailing(2)
        got = Desk(client, tmp_path).take({"id": job.pk, "channel": "print_mailing"})
        table = next(one for one in got if one.kind == work.TABLE)
        rows = list(rows_of(table.plain, table.media_type))
        assert [row["sequence"] for row in rows] == ["1", "2"]
        assert all(row["address_1"] for row in rows)

    def test_reads_the_alphabet_of_old_programs(self, client, tmp_path):
        printing.vendor()
        Vendor.objects.update(file_encoding="windows-1252")
        job = printing.mailing(people=[printing.person(last_name="Größe")])
        got = Desk(client, tmp_path).take({"id": job.pk, "channel": "print_mailing"})
        table = next(one for one in got if one.kind == work.TABLE)
        assert "Größe" in next(rows_of(table.plain, table.media_type))["address_1"]

    @pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
    def test_openpgp_by_the_vendors_own_program(self, client, tmp_path):
        home = tmp_path / "gnupg"
        home.mkdir(mode=0o700)
        gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-gen-key", "Press <press@example.com>"], check=True, capture_output=True)
        public = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True, text=True).stdout
        known = encryption_keys.register(printing.vendor(), public)
        by = builders.user("channels.confirm_encryptionkey")
        encryption_keys.confirm(known.pk, fingerprint=known.fingerprint, by=by)
        job = printing.mailing(1)
        got = Desk(client, tmp_path / "jobs", of_openpgp(home)).take({"id": job.pk, "channel": "print_mailing"})
        assert {one.path.suffix for one in got} == {".pgp"}


class breaking_proxy:  # noqa: N801 - reads as a verb
    """Passes answers on until so many bytes went through a connection, and then hangs up."""

    def __init__(self, url: str, *, after: int) -> None:
        self.target = ("127.0.0.1", int(url.rpartition(":")[2]))
        self.after = after

    def __enter__(self) -> str:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:
                return
            with caller, socket.create_connection(self.target) as server:
                self._pass_on(caller, server)

    def _pass_on(self, caller: socket.socket, server: socket.socket) -> None:
        left = self.after
        while left > 0 and (ready := select.select([caller, server], [], [], 5)[0]):
            for one in ready:
                block = one.recv(min(left, 4096) if one is server else 4096)
                if not block:
                    return
                (caller if one is server else server).sendall(block)
                left -= len(block) if one is server else 0
