"""How far a wave is: sums, speed, what went wrong and why; measured once for all who look."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisIsAway

from channels import kept, progress
from channels.models import Attempt
from tests import builders

pytestmark = pytest.mark.django_db


def attempt(of, *, outcome: str = "sent", ago: float = 60, code: str = "250", answer: str = "") -> Attempt:
    at = timezone.now() - timedelta(seconds=ago)
    return Attempt.objects.create(dispatch=of, number=1, outcome=outcome, code=code, answer=answer, at=at)


def sent(wave, *, ago: float = 60):
    made = builders.dispatch(wave, state="sent")
    attempt(made, ago=ago)
    return made


def test_it_sums_by_channel_and_state_and_knows_the_oldest_due() -> None:
    wave = builders.wave(builders.campaign(channels=("email", "banner")))
    sent(wave)
    waiting = builders.dispatch(wave)
    builders.dispatch(wave, due_at=timezone.now() + timedelta(days=1))
    builders.dispatch(wave, channel="banner", state="failed")
    now = progress.measure(wave.pk)
    assert now.sums == {"email": {"queued": 2, "sent": 1}, "banner": {"failed": 1}}
    assert now.oldest_due_at == {"email": waiting.due_at, "banner": None}
    assert (now.number(), now.number(*progress.LEFT), now.number(*progress.WAITING)) == (4, 1, 2)


def test_speed_is_that_of_the_wave_over_the_last_minutes() -> None:
    wave = builders.wave()
    for ago in (120, 60, 30, 10):
        sent(wave, ago=ago)
    sent(wave, ago=3600)
    sent(builders.wave(), ago=5)
    assert progress.measure(wave.pk).per_minute == pytest.approx(2, rel=0.05)


def test_where_much_is_sent_speed_is_that_of_the_latest_attempts(monkeypatch) -> None:
    monkeypatch.setattr(progress, "LATEST", 4)
    wave = builders.wave()
    for ago in (200, 200, 20, 20, 20, 20):
        sent(wave, ago=ago)
    assert progress.measure(wave.pk).per_minute == pytest.approx(12, rel=0.05)


def test_what_was_put_off_is_grouped_by_what_the_provider_said() -> None:
    wave = builders.wave()
    for number in (1, 2):
        tried = builders.dispatch(wave)
        attempt(tried, outcome="queued", code="421 4.7.0", answer=f"421 busy a1b2c3d4e{number}")
    [fault] = progress.measure(wave.pk).recent.put_off
    assert (fault.code, fault.reason, fault.number) == ("421 4.7.0", "421 busy …", 2)


def test_what_went_wrong_is_grouped_by_reason_and_last_code_without_the_ids_of_providers() -> None:
    wave = builders.wave()
    for queue_id in ("4CxyZ12345", "4CxyZ67890"):
        failed = builders.dispatch(wave, state="failed", reason=f"554 refused, see {queue_id}")
        attempt(failed, outcome="queued", code="451")
        attempt(failed, outcome="failed", code="554 5.7.1")
    builders.dispatch(wave, state="suppressed", reason="objection")
    builders.dispatch(builders.wave(), state="failed", reason="another wave")
    assert progress.measure_faults(wave.pk) == (
        progress.Fault("email", "failed", "554 5.7.1", "554 refused, see …", 2),
        progress.Fault("email", "suppressed", "", "objection", 1),
    )


def test_no_more_of_a_state_is_looked_at_than_is_quick(monkeypatch) -> None:
    monkeypatch.setattr(progress, "MOST_LOOKED_AT", 2)
    wave = builders.wave()
    for _ in range(3):
        builders.dispatch(wave, state="failed", reason="no")
    builders.dispatch(wave, state="bounced", reason="gone")
    assert [fault.number for fault in progress.measure_faults(wave.pk)] == [2, 1]


class TestKept:
    def test_figures_are_measured_once_for_everybody(self) -> None:
        made = iter(range(9))
        assert [kept.kept("x", lambda: next(made)) for _ in range(3)] == [0, 0, 0]

    def test_a_person_who_changed_something_sees_it(self) -> None:
        made = iter(range(9))
        kept.kept("x", lambda: next(made))
        kept.forget("x")
        assert kept.kept("x", lambda: next(made)) == 1

    def test_old_figures_are_measured_by_one_while_the_others_get_the_old_ones(self) -> None:
        kept.kept("x", lambda: "old", least=-1)
        cache.add("x-measured", 1, 60)
        assert kept.kept("x", lambda: "new") == "old"
        cache.delete("x-measured")
        assert kept.kept("x", lambda: "new") == "new"

    def test_without_redis_they_are_measured_each_time(self, monkeypatch) -> None:
        def away(*args, **kwargs):
            raise RedisIsAway

        for verb in ("get", "set", "add", "delete_many"):
            monkeypatch.setattr(kept.cache, verb, away)
        made = iter(range(9))
        assert [kept.kept("x", lambda: next(made)) for _ in range(2)] == [0, 1]
        kept.forget("x")
