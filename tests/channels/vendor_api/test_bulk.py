"""Many reports in one body, as CSV or JSON lines: row by row, in little memory, and once however often it is sent."""

import gzip
import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import PrintJob, PrintReport
from channels.vendor_api import bulk
from tests.channels import printing

pytestmark = pytest.mark.django_db
AT = "2026-11-20T22:00:00Z"
HEADER = "event_id,sequence,state,at,reason"


@pytest.fixture
def job() -> PrintJob:
    job = printing.bare_job("in_production")
    printing.bare_items(job, 3)
    return job


def send(press, job, body, media_type="text/csv", **options):
    return press.post(f"jobs/{job.pk}/items", body, media_type=media_type, **options)


def table(*rows: str, header: str = HEADER, end: str = "\r\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def lines(*rows: dict) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def row(event_id: str, sequence: int, state: str = "posted", **more) -> dict:
    return {"event_id": event_id, "sequence": sequence, "state": state, "at": AT} | more


def counts(response) -> tuple[int, int, int]:
    body = response.json()
    return body["recorded"], body["known"], body["refused"]


@pytest.mark.parametrize(
    "media_type", ["application/jsonl", "application/x-ndjson", "application/x-ndjson; charset=utf-8"]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_lines(job, press, media_type, mark):
    answer = send(press, job, mark + lines(row("a", 1), row("b", 2, "returned", reason="unknown")), media_type)
    assert counts(answer) == (2, 0, 0)
    assert printing.items(job) == ["posted", "returned", "planned"]
    assert answer.json()["job"]["id"] == job.pk


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv(job, press, end, mark):
    body = table(f"a,1,posted,{AT},", f'"b",2,returned,{AT},unknown', end=end)
    assert counts(send(press, job, mark + body)) == (2, 0, 0)
    assert printing.items(job) == ["posted", "returned", "planned"]


def test_only_refused_rows_are_named(job, press):
    body = table(f"a,1,posted,{AT},", f"b,9,posted,{AT},", "c,2,shredded,,", f"d,3,posted,{AT}", f"a,1,posted,{AT},")
    answer = send(press, job, body)
    assert counts(answer) == (1, 1, 3)
    assert [(one["row"], one["event_id"], one["result"]) for one in answer.json()["results"]] == [
        (2, "b", "refused"),
        (3, "c", "refused"),
        (4, "", "refused"),
    ]
    assert [one["reason"] for one in answer.json()["results"]] == [
        "sequence: this job has no item 9",
        "state: must be one of produced, damaged, posted, distributed, moved, returned; at: is needed",
        "has 4 cells, the header 5",
    ]


def test_lines_that_are_no_json_are_refused_alone(job, press):
    long = b'{"event_id": "' + b"x" * bulk.LONGEST_LINE + b'"}\n'
    body = b"{\n" + lines(row("a", 1)) + b"\n[1]\n\xff\n" + b"[" * 5000 + b"\n" + long + lines(row("b", 2))
    answer = send(press, job, body, "application/jsonl")
    assert counts(answer) == (2, 0, 5)
    assert [one["row"] for one in answer.json()["results"]] == [1, 3, 4, 5, 6]


def test_bytes_that_are_no_utf_8_are_refused_with_their_row(job, press):
    answer = send(press, job, table(f"a,1,posted,{AT},") + b"\xff,2,posted,2026-11-20T22:00:00Z,\r\n")
    assert counts(answer) == (1, 0, 1)
    assert answer.json()["results"][0]["reason"] == "event_id: is not valid UTF-8"


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"", "items", "must be a list of at least one row"),
        (table(header="event_id,sequence,state"), "at", "this column is missing"),
        (table(header=HEADER + ",e_mail"), "e_mail", "is no column of a report"),
        (table(header=HEADER + ",at"), "at", "this column is there twice"),
        (table(header=HEADER.replace(",", ";")), "items", "its columns must have commas between them"),
        (table(header=HEADER.replace(",", "\t")), "items", "its columns must have commas between them"),
        (table(), "items", "there must be at least one row"),
        (table('"a,1,posted'), "items", "line 2 is no CSV"),
        (table('"a"x,1,posted,,'), "items", "line 2 is no CSV"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(job, press, body, field, reason):
    answer = send(press, job, body)
    assert answer.status_code == 400
    assert any(one["field"] == field and one["reason"].startswith(reason) for one in answer.json()["errors"])


def test_a_header_in_another_alphabet_is_refused_by_name(job, press):
    answer = send(press, job, "event_id,sequence,state,at,gr\xfcnde\r\n".encode("windows-1252"), "text/csv")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "gr?nde", "reason": "is no column of a report"}]


@pytest.mark.parametrize(
    ("header", "status", "kind"),
    [
        ({"Transfer_Encoding": "chunked"}, 411, "length-required"),
        ({"Content_Encoding": "gzip"}, 415, "unsupported-media-type"),
    ],
)
def test_a_body_that_is_not_read_is_refused_rather_than_taken_for_nothing(job, press, header, status, kind):
    body = b"" if status == 411 else b"\x1f\x8b..."
    answer = press.post(f"jobs/{job.pk}/items", body, media_type="text/csv", **header)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{kind}")


def test_a_compressed_table_that_says_nothing_of_it_is_refused(job, press):
    answer = send(press, job, gzip.compress(table("a,1,posted,2026-11-26T12:00:00Z,")))
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:problem:invalid")


def test_a_table_that_breaks_off_leaves_nothing_behind(job, press):
    assert send(press, job, table(f"a,1,posted,{AT},", '"b')).status_code == 400
    assert not PrintReport.objects.exists()


@pytest.mark.parametrize(("name", "value"), [("MOST_ROWS", 2), ("MOST_BYTES", 100)])
def test_more_than_a_call_takes_is_refused_as_a_whole(job, press, monkeypatch, name, value):
    monkeypatch.setattr(bulk, name, value)
    answer = send(press, job, lines(*(row(str(n), n) for n in (1, 2, 3))), "application/jsonl")
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:problem:too-large")
    assert not PrintReport.objects.exists()


def test_the_same_body_under_the_same_key_is_done_once(job, press):
    body = table(f"a,1,posted,{AT},")
    first, again = (send(press, job, body, key="k") for _ in range(2))
    assert (first.json(), again["Idempotent-Replayed"]) == (again.json(), "true")
    other = send(press, job, table(f"b,2,posted,{AT},"), key="k")
    assert (other.status_code, other.json()["type"]) == (422, "urn:problem:idempotency-key-reused")


def test_in_whatever_portions_rows_come_the_same_follows(job, press, monkeypatch):
    monkeypatch.setattr("channels.print_jobs.reports.AT_ONCE", 2)
    rows = [row("a", 1, "produced"), row("a", 1, "produced"), row("b", 2), row("c", 1), row("b", 3)]
    answer = send(press, job, lines(*rows), "application/jsonl")
    assert counts(answer) == (3, 1, 1)
    assert printing.items(job) == ["posted", "posted", "planned"]


def test_a_large_body_is_never_in_memory_as_a_whole():
    body = lines(*(row(f"event-{n}", n + 1) for n in range(40_000)))
    parser = bulk.JsonlParser()
    stream = io.BytesIO(body)
    tracemalloc.start()
    try:
        upload = parser.parse(stream)
        count = sum(1 for _ in upload.rows())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 40_000
    assert peak < len(body) / 2


@settings(max_examples=60)
@given(
    body=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: table(text)),
    kind=st.sampled_from(["csv", "jsonl"]),
)
def test_whatever_bytes_come_are_read_or_refused(body, kind):
    from rest_framework.exceptions import APIException

    parser = bulk.CsvParser() if kind == "csv" else bulk.JsonlParser()
    try:
        rows = list(parser.parse(io.BytesIO(body)).rows())
    except APIException as error:
        rows = [error.status_code]
    assert rows
