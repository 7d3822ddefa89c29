"""A provider that fails is left alone, for longer each time, by all workers; one message tells when it works again."""

import pytest
import redis

from channels.email import breaker
from channels.email.breaker import FAILURES, Breakers, OwnStore, SharedStore


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Away:
    """Redis, when it is not there."""

    def __init__(self) -> None:
        self.asked = 0

    def __getattr__(self, name):
        def fail(*_):
            self.asked += 1
            raise redis.ConnectionError

        return fail


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(breaker, "time", made)
    monkeypatch.setattr(breaker.random, "uniform", lambda low, high: 1.0)
    return made


@pytest.fixture(params=["shared", "own", "away"])
def breakers(request, settings, clock) -> Breakers:
    stores = {"shared": lambda: SharedStore(settings.REDIS_URL), "own": OwnStore, "away": Away}
    return Breakers(stores[request.param]())


def failed(breakers: Breakers, times: int = FAILURES) -> None:
    for _ in range(times):
        breakers.failed("a")


def test_it_is_used_until_it_failed_in_a_row(breakers):
    failed(breakers, FAILURES - 1)
    assert breakers.may_try("a")
    failed(breakers, 1)
    assert not breakers.may_try("a")
    assert breakers.is_open("a")
    assert breakers.may_try("b")


def test_a_success_between_failures_starts_the_count_anew(breakers):
    for _ in range(3):
        failed(breakers, FAILURES - 1)
        breakers.succeeded("a")
    assert breakers.may_try("a")


@pytest.fixture
def own(clock) -> Breakers:
    """Its time is that of the test; Redis has a clock of its own."""
    return Breakers(OwnStore())


def test_after_a_while_one_message_is_tried(own, clock):
    failed(own)
    clock.now += breaker.OPEN_SECONDS + 1
    assert own.may_try("a")
    assert not own.may_try("a")
    own.succeeded("a")
    assert own.may_try("a")
    assert own.may_try("a")
    assert not own.is_open("a")


def test_it_is_left_alone_for_twice_as_long_each_time(own, clock):
    failed(own)
    for seconds in (2 * breaker.OPEN_SECONDS, 4 * breaker.OPEN_SECONDS):
        clock.now += seconds / 2 + 1
        assert own.may_try("a")
        own.failed("a")
        clock.now += seconds / 2 + 1
        assert not own.may_try("a")
        clock.now -= 1
    clock.now += breaker.LONGEST_SECONDS
    assert own.may_try("a")


def test_all_workers_know_of_it(settings, clock):
    one, other = (Breakers(SharedStore(settings.REDIS_URL)) for _ in range(2))
    for _ in range(FAILURES):
        one.failed("a")
    assert not other.may_try("a")
    one.succeeded("a")
    clock.now += breaker.LOOK_SECONDS
    assert other.may_try("a")


def test_redis_away_is_not_asked_all_the_time(clock):
    away = Away()
    made = Breakers(away)
    for _ in range(5):
        made.failed("a")
    assert away.asked == 1
    assert not made.may_try("a")
    clock.now += breaker.REDIS_REST_SECONDS + breaker.LOOK_SECONDS
    made.may_try("a")
    assert away.asked == 2
