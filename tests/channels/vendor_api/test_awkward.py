"""Clients that do it otherwise than one would: each gets an answer that it can do something with, and nothing is guessed."""

import io
import json

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import ParseError

from channels import print_files
from channels.models import PrintJob, PrintReport
from channels.print_jobs.steps import ALLOWED
from channels.vendor_api import bulk
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
AT = "2026-11-20T22:00:00Z"


@pytest.fixture
def job() -> PrintJob:
    job = printing.bare_job("in_production")
    printing.bare_items(job, 2)
    return job


def errors(answer) -> list[tuple[str, str]]:
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    return [(one["field"], one["reason"]) for one in answer.json()["errors"]]


class TestAccept:
    @pytest.mark.parametrize("accept", ["", "application/problem+json", "text/html, application/problem+json;q=0.5"])
    def test_who_says_nothing_or_takes_problems_gets_json(self, press, accept):
        answer = press.get("jobs", Accept=accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")

    def test_who_takes_nothing_of_it_is_told(self, press):
        assert press.get("jobs", Accept="text/html").status_code == 406


class TestParameters:
    @pytest.mark.parametrize(
        "path", ["", "/files", "/files/letters.csv", "/withdrawals", "/files/letters.csv?revision=1"]
    )
    def test_that_are_misspelt_are_refused_wherever_they_stand(self, press, job, path):
        answer = press.get(f"jobs/{job.pk}{path}{'&' if '?' in path else '?'}revison=1")
        assert errors(answer) == [("revison", "is no parameter")]

    def test_of_a_step_there_are_none(self, press, job):
        assert errors(press.post(f"jobs/{job.pk}/lease?holder=a", {"holder": "b"})) == [("holder", "is no parameter")]
        job.refresh_from_db()
        assert job.lease_holder == ""

    @pytest.mark.parametrize(
        ("path", "field"),
        [("files/letters.csv?revision=1&revision=2", "revision"), ("withdrawals?after=0&after=5", "after")],
    )
    def test_that_stand_there_twice_are_refused(self, press, job, path, field):
        assert errors(press.get(f"jobs/{job.pk}/{path}")) == [(field, "is there twice")]

    @pytest.mark.parametrize("revision", ["", "x", "-1", "1.0", "%00"])
    def test_a_revision_that_is_none_is_no_old_one(self, press, job, revision):
        answer = press.get(f"jobs/{job.pk}/files/letters.csv?revision={revision}")
        assert errors(answer) == [("revision", "must be the number of a revision")]


class TestBodies:
    def test_a_name_that_is_there_twice_is_refused(self, press, job):
        answer = press.post(f"jobs/{job.pk}/lease", '{"holder": "a", "holder": "b"}')
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:problem:invalid")
        assert answer.json()["detail"] == "this is no JSON: 'holder' is there twice in one object"

    def test_so_is_it_in_a_line_and_in_that_line_only(self, press, job):
        row = {"event_id": "a", "sequence": 1, "state": "produced", "at": AT}
        twice = json.dumps(row).replace('"sequence": 1', '"sequence": 1, "sequence": 2').encode()
        body = twice + b"\n" + json.dumps(row | {"event_id": "b"}).encode()
        answer = press.post(f"jobs/{job.pk}/items", body, media_type="application/jsonl").json()
        assert (answer["recorded"], answer["refused"]) == (1, 1)
        assert "'sequence' is there twice" in answer["results"][0]["reason"]

    def test_a_byte_order_mark_is_passed_over(self, press, job):
        answer = press.post(f"jobs/{job.pk}/lease", b'\xef\xbb\xbf{"holder": "a"}')
        assert answer.json()["holder"] == "a"

    @pytest.mark.parametrize("charset", ["windows-1252", "utf-16", "iso-8859-1"])
    def test_a_table_in_another_alphabet_is_refused_as_a_whole(self, press, job, charset):
        body = f"event_id,sequence,state,at\r\na,1,produced,{AT}\r\n"  # the test client encodes it
        answer = press.post(f"jobs/{job.pk}/items", body, media_type=f"text/csv; charset={charset}")
        assert (answer.status_code, answer.json()["detail"]) == (415, f"send tables in UTF-8, not in {charset}")
        assert not PrintReport.objects.exists()

    @pytest.mark.parametrize("kind", [bulk.CsvParser, bulk.JsonlParser])
    def test_one_that_breaks_off_between_two_rows_is_not_taken_for_all(self, kind):
        request = RequestFactory().post("/", b"x" * 100, content_type="text/csv")
        with pytest.raises(ParseError, match="60 bytes of 100 came"):
            kind().parse(io.BytesIO(b"x" * 60), parser_context={"request": request, "encoding": "utf-8"})


class TestProblems:
    def test_a_request_for_another_host_is_one(self, client):
        answer = client.get("/vendor/v1/jobs", headers={"Host": "evil.example"})
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["type"] == "urn:problem:invalid"

    def test_elsewhere_it_is_a_page(self, client):
        answer = client.get("/admin/", headers={"Host": "evil.example"})
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (400, "text/html")

    def test_a_file_that_is_gone_says_what_its_job_still_takes(self):
        job = printing.mailing(1)
        for file in printing.files(job).values():
            print_files.location(file).unlink()
        answer = printing.Caller(job.vendor).get(f"jobs/{job.pk}/files/letters.csv")
        assert (answer.status_code, answer.json()["type"]) == (410, "urn:problem:purged")
        assert answer.json()["allowed"] == list(ALLOWED[job.state])
