"""So many requests a minute of a vendor, over all of its keys; and no limit while Redis is away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import keys
from channels.access import limits
from channels.models import AuditEntry, Vendor
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def press() -> printing.Caller:
    one = printing.Caller(printing.vendor())
    type(one.vendor).objects.update(requests_per_minute=2)
    return one


def test_what_is_left_is_told_with_every_answer(press):
    answer = press.get("jobs")
    assert answer["RateLimit-Policy"] == '"minute";q=2;w=60'
    assert answer["RateLimit"] == '"minute";r=1;t=0'
    assert press.get("jobs/1")["RateLimit"] == '"minute";r=0;t=30'  # errors count as well


def test_beyond_it_the_answer_says_when_to_come_back(press):
    press.get("jobs")
    press.get("jobs")
    answer = press.get("jobs")
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert answer.json()["type"] == "urn:problem:too-many-requests"
    assert 29 <= int(answer["Retry-After"]) <= 30
    assert answer["RateLimit"].startswith('"minute";r=0;t=')


def test_all_keys_of_a_vendor_count_together_and_no_other_vendor_does(press):
    press.get("jobs")
    press.raw = keys.create(name="second", scope="vendor", vendor=press.vendor)[1]
    press.get("jobs")
    assert press.get("jobs").status_code == 429
    assert printing.Caller(printing.vendor("other")).get("jobs").status_code == 200


def test_a_vendor_without_a_number_of_its_own_has_that_of_all(settings):
    settings.VENDOR_REQUESTS_PER_MINUTE = 1
    one = printing.Caller(printing.vendor())
    assert (one.get("jobs").status_code, one.get("jobs").status_code) == (200, 429)


def test_no_limit_for_all_is_none(settings):
    settings.VENDOR_REQUESTS_PER_MINUTE = 0
    answer = printing.Caller(printing.vendor()).get("jobs")
    assert (answer.status_code, "RateLimit" in answer) == (200, False)


def test_a_key_that_is_refused_fills_no_record_and_takes_nothing_from_the_others(press):
    key, press.raw = keys.create(name="old", scope="vendor", vendor=press.vendor)
    keys.revoke(key)
    assert [press.get("jobs").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert AuditEntry.objects.filter(action="key-refused").count() == 2
    assert printing.Caller(press.vendor).get("jobs").status_code == 200


def test_who_asked_too_often_is_recorded_nowhere_and_has_taken_no_step(press):
    job = printing.bare_job("acknowledged")
    press.get("jobs")
    press.get("jobs")
    assert press.post(f"jobs/{job.pk}/reject", {"reason": "no paper"}).status_code == 429
    job.refresh_from_db()
    assert job.state == "acknowledged"


def test_while_redis_is_away_nobody_is_limited(press, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(5):
        answer = press.get("jobs")
        assert answer.status_code == 200
    assert "RateLimit" not in answer


@given(per_minute=st.integers(1, 50))
def test_a_whole_minutes_requests_may_come_at_once_and_not_one_more(per_minute, redis_connection):
    redis_connection.flushdb()
    vendor = Vendor(pk=7, requests_per_minute=per_minute)
    taken = [limits.take(vendor) for _ in range(per_minute + 2)]
    allowed = [one for one in taken if one.passes]
    assert len(allowed) in (per_minute, per_minute + 1)  # one more where the clock went on meanwhile
    assert [one.left for one in allowed[:per_minute]] == sorted(
        (one.left for one in allowed[:per_minute]), reverse=True
    )
    assert 0 < taken[-1].wait <= 60 / per_minute + 0.001


def test_what_was_taken_long_ago_counts_no_more(redis_connection):
    """The key holds the moment at which the bucket is empty: moved into the past, all may be taken again."""
    vendor = Vendor(pk=7, requests_per_minute=2)
    limits.take(vendor)
    (key,) = redis_connection.keys()
    assert 0 < redis_connection.pttl(key) <= 30_000
    redis_connection.set(key, float(redis_connection.get(key)) - 30_000_000)
    assert [limits.take(vendor).left for _ in range(2)] == [1, 0]
