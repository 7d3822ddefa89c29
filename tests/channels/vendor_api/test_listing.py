"""Jobs are listed page by page, and only those that are asked for."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from channels.models import PrintJob
from tests.channels import printing

pytestmark = pytest.mark.django_db


@pytest.fixture
def press() -> printing.Caller:
    return printing.Caller(printing.vendor())


def ids(response) -> list[int]:
    assert response.status_code == 200, response.json()
    return [job["id"] for job in response.json()["jobs"]]


def errors(response) -> dict[str, str]:
    assert response.status_code == 400
    return {one["field"]: one["reason"] for one in response.json()["errors"]}


def test_by_one_state_or_several(press):
    jobs = {state: printing.bare_job(state).pk for state in ("ready", "posted", "rejected")}
    assert ids(press.get("jobs?state=posted")) == [jobs["posted"]]
    assert ids(press.get("jobs?state=ready,posted")) == [jobs["ready"], jobs["posted"]]


def test_by_channel_and_wave(press):
    one, other = printing.bare_job(), printing.bare_job()
    PrintJob.objects.filter(pk=other.pk).update(channel="direct_post")
    assert ids(press.get("jobs?channel=direct_post")) == [other.pk]
    assert ids(press.get(f"jobs?wave={one.wave_id}")) == [one.pk]
    assert ids(press.get(f"jobs?wave={one.wave_id}&channel=direct_post")) == []


def test_what_changed_since(press):
    old, new = printing.bare_job(), printing.bare_job()
    PrintJob.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=1))
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    assert ids(press.get(f"jobs?updated_since={quote(since)}")) == [new.pk]
    assert ids(press.get(f"jobs?updated_since={since}")) == [new.pk]  # with a plus sign that nobody encoded


def test_as_of_is_where_the_next_listing_begins(press):
    job = printing.bare_job()
    as_of = press.get("jobs").json()["as_of"]
    assert ids(press.get(f"jobs?updated_since={quote(as_of)}")) == [
        job.pk
    ]  # a minute twice rather than a moment missed


def test_every_page_once_whatever_its_size(press):
    jobs = [printing.bare_job().pk for _ in range(5)]
    seen, after, pages = [], "0", 0
    while after is not None:
        page = press.get(f"jobs?limit=2&after={after}")
        seen += ids(page)
        after, pages = page.json()["next"], pages + 1
    assert (seen, pages) == (jobs, 3)


def test_drafts_are_not_there(press):
    draft = printing.bare_job("draft")
    assert ids(press.get("jobs")) == []
    assert press.get(f"jobs/{draft.pk}").status_code == 404
    assert press.post(f"jobs/{draft.pk}/lease", {"holder": "a"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=draft", "state"), ("state=", "state"), ("state=ready,", "state"), ("channel=email", "channel"),
        ("wave=x", "wave"), ("wave=99999999999999999999", "wave"), ("after=x", "after"), ("after=-1", "after"),
        ("limit=0", "limit"), ("limit=501", "limit"), ("updated_since=yesterday", "updated_since"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "updated_since"), ("status=ready", "status"),
        ("state=ready&state=posted", "state"), ("wave=1&wave=1", "wave"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(press, query, field):
    assert errors(press.get(f"jobs?{query}")).keys() == {field}


def test_offsets_that_the_database_does_not_know(press):
    assert ids(press.get("jobs?updated_since=8186-09-08T23:44:55.6-17:42")) == []


def test_one_job_tells_what_was_ordered_and_where_its_pieces_are(press):
    job = printing.bare_job("in_production")
    printing.bare_items(job, 3)
    body = press.get(f"jobs/{job.pk}").json()
    assert body["spec"] == {
        "product": "", "format": "A4", "paper": "", "letter_form": "B", "edges": "", "schema_version": "1",
    } | {name: body["spec"][name] for name in body["spec"].keys() - {"product", "format", "paper", "letter_form", "edges"}}  # fmt: skip
    assert (body["counts"]["planned"], body["counts"]["posted"], body["rows"]) == (3, 0, 3)
    assert body["withdrawals"] == {"last_seq": 0, "acknowledged_seq": 0}
    assert (body["lease"], body["deletion_due_at"], body["deletion_certified"]) == (None, None, False)
