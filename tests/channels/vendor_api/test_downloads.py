"""Files over HTTP: resumable at any byte, verifiable, never of an old revision."""

import base64
import hashlib
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import print_files, print_jobs
from channels.models import JobState, MailingFile, PrintJob
from channels.print_jobs.steps import ALLOWED
from channels.vendor_api import downloads
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
PDF = "letters-0001.pdf"


@pytest.fixture
def job() -> PrintJob:
    return printing.mailing(2)


def path(job: PrintJob, name: str = PDF) -> str:
    return f"jobs/{job.pk}/files/{name}"


def body(response) -> bytes:
    return response.getvalue()


class TestWhole:
    def test_it_is_what_was_listed(self, job, press):
        listed = press.get(f"jobs/{job.pk}/files").json()
        assert listed["revision"] == 1
        for file in listed["files"]:
            data = body(press.get(path(job, file["name"])))
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])

    def test_its_headers_let_anybody_verify_and_resume_it(self, job, press):
        response = press.get(path(job))
        digest = base64.b64encode(hashlib.sha256(body(response)).digest()).decode()
        assert response["ETag"] == f'"{printing.files(job)[PDF].sha256}"'
        assert response["Repr-Digest"] == f"sha-256=:{digest}:"
        assert response["Accept-Ranges"] == "bytes"
        assert response["Content-Type"] == "application/pdf"
        assert response["Cache-Control"] == "private, no-store"

    def test_downloading_is_noted_looking_is_not(self, job, press):
        press.client.head(f"/vendor/v1/{path(job)}", headers={"Authorization": f"Bearer {press.raw}"})
        job.refresh_from_db()
        assert job.state == "ready"
        press.get(path(job))
        job.refresh_from_db()
        assert job.state == "downloaded"

    def test_head_tells_the_length_and_sends_nothing(self, job, press):
        response = press.client.head(f"/vendor/v1/{path(job)}", headers={"Authorization": f"Bearer {press.raw}"})
        assert (response.status_code, response.content) == (200, b"")
        assert int(response["Content-Length"]) == printing.files(job)[PDF].bytes

    def test_who_has_it_already_gets_nothing(self, job, press):
        etag = press.get(path(job))["ETag"]
        answer = press.get(path(job), If_None_Match=etag)
        assert (answer.status_code, answer.content) == (304, b"")
        assert int(answer["Content-Length"]) == printing.files(job)[PDF].bytes

    def test_who_wants_another_version_gets_nothing(self, job, press):
        response = press.get(path(job), If_Match='"of another revision"', Range="bytes=1000-")
        assert (response.status_code, response.json()["type"]) == (412, "urn:problem:precondition-failed")
        assert press.get(path(job), If_Match=f'"{printing.files(job)[PDF].sha256}"').status_code == 200

    @pytest.mark.parametrize("accept", ["application/pdf", "text/html", "nonsense"])
    def test_it_comes_whatever_the_client_accepts(self, job, press, accept):
        assert press.get(path(job), Accept=accept).status_code == 200


class TestRanges:
    def test_a_broken_download_goes_on(self, job, press):
        whole = body(press.get(path(job)))
        rest = press.get(path(job), Range="bytes=1000-", If_Range=f'"{printing.files(job)[PDF].sha256}"')
        assert rest.status_code == 206
        assert rest["Content-Range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
        assert whole[:1000] + body(rest) == whole

    def test_it_starts_anew_when_the_file_is_another(self, job, press):
        response = press.get(path(job), Range="bytes=1000-", If_Range='"of another revision"')
        assert (response.status_code, len(body(response))) == (200, printing.files(job)[PDF].bytes)

    def test_a_range_behind_the_end_is_told_the_length(self, job, press):
        response = press.get(path(job), Range="bytes=99999999-")
        assert (response.status_code, response["Content-Type"]) == (416, "application/problem+json")
        assert response["Content-Range"] == f"bytes */{printing.files(job)[PDF].bytes}"

    @settings(max_examples=15)
    @given(cuts=st.lists(st.integers(0, 30_000), max_size=4))
    def test_a_download_that_breaks_anywhere_comes_out_right(self, job, press, cuts):
        file = printing.files(job)[PDF]
        edges = sorted({0, file.bytes, *(cut for cut in cuts if cut < file.bytes)})
        got = b"".join(
            body(press.get(path(job), Range=f"bytes={first}-{end - 1}", If_Range=f'"{file.sha256}"'))
            for first, end in pairwise(edges)
        )
        assert hashlib.sha256(got).hexdigest() == file.sha256

    def test_no_more_than_a_block_is_in_memory(self, job, press, monkeypatch):
        monkeypatch.setattr(downloads, "BLOCK", 1000)
        blocks = list(press.get(path(job)).streaming_content)
        assert max(map(len, blocks)) == 1000


class TestWhatMayNotBeHad:
    @pytest.mark.parametrize(
        "name", ["letters.pdf", "..%2F..%2Fsettings.py", "letters-0001.pdf%00", "%FF", "letters.csv%20"]
    )
    def test_a_name_that_is_no_file(self, job, press, name):
        assert press.get(path(job, name)).status_code in (400, 404)

    def test_an_old_revision(self, job, press):
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        response = press.get(f"{path(job)}?revision=1")
        assert (response.status_code, response.json()["type"]) == (409, "urn:problem:stale-revision")
        assert (response.json()["revision"], response.json()["allowed"]) == (2, list(ALLOWED[JobState.READY]))
        assert press.get(f"{path(job)}?revision=2").status_code == 200

    def test_files_of_a_cancelled_job(self, job, press):
        print_jobs.cancel(job.pk)
        response = press.get(path(job))
        assert (response.status_code, response.json()["type"]) == (410, "urn:problem:withdrawn")

    def test_what_was_destroyed(self, job, press):
        print_files.location(printing.files(job)[PDF]).unlink()
        for conditions in ({}, {"If_None_Match": "*"}, {"If_Match": '"another"'}):
            response = press.get(path(job), **conditions)
            assert (response.status_code, response.json()["type"]) == (410, "urn:problem:purged")


class TestImmutability:
    def test_files_are_read_only_and_stay_what_they_were(self, job):
        for file in MailingFile.objects.filter(job=job):
            where = print_files.location(file)
            assert where.stat().st_mode & 0o777 == 0o440
            assert hashlib.sha256(where.read_bytes()).hexdigest() == file.sha256

    def test_a_name_is_written_once_in_a_revision(self, job):
        for _ in range(2):
            with print_files.create(job, "a.pdf", revision=9, kind="letters") as made:
                made.write(b"a")
        print_files.publish([made.file])
        with pytest.raises(IntegrityError), transaction.atomic():
            print_files.publish([made.file])
