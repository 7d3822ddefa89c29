"""Speed limits hold over all workers, whatever Redis does, and a host that complains is slowed and no other."""

from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.models import MailHost, SpeedLimit
from channels.pace import admit, buckets, limits, slow_down
from channels.pace.asking import Ask

pytestmark = pytest.mark.django_db
START = 1_800_000_000.0


def ask(*hosts: str, channel: float = 0, provider: float = 0, **rates: float) -> Ask:
    """Messages to these hosts, with the hosts' rates by name."""
    names = sorted(set(hosts))
    return Ask(
        channel="email",
        provider="one",
        channel_rate=channel,
        provider_rate=provider,
        hosts=names,
        host_rates=[rates.get(name, 0) for name in names],
        of_message=[names.index(host) + 1 for host in hosts],
    )


def go(waits: list[float]) -> int:
    return sum(wait == 0 for wait in waits)


class TestBuckets:
    def test_without_limits_everybody_goes(self):
        assert buckets.take(ask("a", "b", "a"), now=START) == [0, 0, 0]

    def test_a_bucket_that_nobody_knows_lets_one_go(self):
        assert go(buckets.take(ask(*"aaaaa", a=100), now=START)) == 1

    def test_it_fills_up_to_one_second_and_no_further(self):
        buckets.take(ask("a", a=10), now=START)
        assert go(buckets.take(ask(*"a" * 50, a=10), now=START + 3600)) == 10

    def test_who_must_wait_gets_moments_as_far_apart_as_the_limit_says(self):
        assert buckets.take(ask(*"aaaa", a=2), now=START) == pytest.approx([0, 0.5, 1.0, 1.5], abs=1e-4)

    def test_whoever_comes_back_at_their_moment_goes(self):
        waits = buckets.take(ask(*"aaaa", a=2), now=START)
        for wait in waits[1:]:
            assert buckets.take(ask("a", a=2), now=START + wait) == [0]

    def test_a_slow_limit_lets_one_go_at_a_time(self):
        assert go(buckets.take(ask("a", "a", a=0.1), now=START)) == 1
        assert go(buckets.take(ask("a", "a", a=0.1), now=START + 10)) == 1

    def test_a_long_queue_is_dealt_out_anew_after_the_furthest_moment(self):
        waits = buckets.take(ask(*"a" * 3000, a=1), now=START)
        assert max(waits) <= buckets.FURTHEST_SECONDS

    def test_a_host_that_is_full_holds_up_no_other(self):
        waits = buckets.take(ask("a", "a", "b", "a", "b", a=1), now=START)
        assert [wait == 0 for wait in waits] == [True, False, True, False, True]

    def test_what_waits_for_its_host_takes_nothing_of_the_channel(self):
        buckets.take(ask(channel=3, a=1), now=START)
        buckets.take(ask("a", channel=3, a=1), now=START)
        waits = buckets.take(ask("a", "a", "a", "b", "b", channel=3, a=1), now=START + 0.9)
        assert [wait == 0 for wait in waits] == [False, False, False, True, True]

    def test_a_provider_has_a_limit_over_all_hosts(self):
        buckets.take(ask("a", provider=2), now=START)
        assert go(buckets.take(ask(*"abcdef", provider=2), now=START + 10)) == 2

    def test_a_clock_that_goes_back_gives_nothing_and_blocks_nothing(self):
        buckets.take(ask("a", a=10), now=START)
        assert go(buckets.take(ask("a", a=10), now=START - 3600)) == 0
        assert go(buckets.take(ask(*"a" * 20, a=10), now=START - 3599)) == 10

    def test_an_emptied_redis_lets_no_burst_out(self, redis_connection):
        buckets.take(ask("a", a=10), now=START)
        redis_connection.flushdb()
        assert go(buckets.take(ask(*"a" * 50, a=10), now=START + 100)) <= 1

    def test_a_redis_that_has_lost_its_scripts_is_given_them_again(self, redis_connection):
        buckets.take(ask("a"), now=START)
        redis_connection.script_flush()
        assert buckets.take(ask("a"), now=START) == [0]

    def test_no_name_is_kept_in_redis(self, redis_connection):
        buckets.take(ask("muster-family.example", provider=1, channel=1), now=START)
        buckets.slow("one", "muster-family.example", 1, now=START)
        kept = b" ".join(redis_connection.keys())
        assert kept
        assert b"muster" not in kept


class TestSlowing:
    def test_a_host_that_complains_is_left_alone(self):
        buckets.slow("one", "a", 60, now=START)
        waits = buckets.take(ask("a", "b"), now=START + 1)
        assert waits[0] >= 59
        assert waits[1] == 0

    def test_then_half_as_fast(self):
        buckets.slow("one", "a", 60, now=START)
        buckets.take(ask("a", a=20), now=START + 60)
        assert go(buckets.take(ask(*"a" * 50, a=20), now=START + 90)) in (10, 11)

    def test_a_host_without_a_limit_gets_one(self):
        buckets.slow("one", "a", 60, now=START)
        buckets.take(ask("a"), now=START + 61)
        assert go(buckets.take(ask(*"a" * 50), now=START + 90)) == 5

    def test_it_recovers_bit_by_bit(self):
        buckets.slow("one", "a", 60, now=START)
        buckets.take(ask("a", a=20), now=START + 300)
        assert go(buckets.take(ask(*"a" * 50, a=20), now=START + 360)) == 16
        assert go(buckets.take(ask(*"a" * 50, a=20), now=START + 900)) == 20

    def test_a_burst_of_complaints_is_one(self):
        for _ in range(20):
            buckets.slow("one", "a", 60, now=START)
        buckets.take(ask("a", a=20), now=START + 60)
        assert go(buckets.take(ask(*"a" * 50, a=20), now=START + 90)) in (10, 11)

    def test_who_complains_again_after_it_is_halved_again(self):
        buckets.slow("one", "a", 60, now=START)
        buckets.slow("one", "a", 60, now=START + 61)
        buckets.take(ask("a", a=20), now=START + 122)
        assert go(buckets.take(ask(*"a" * 50, a=20), now=START + 150)) in (6, 7)

    def test_another_provider_is_not_slowed(self):
        buckets.slow("two", "a", 60, now=START)
        assert buckets.take(ask("a"), now=START) == [0]


@dataclass
class Model:
    """A bucket as one would write it down on paper."""

    rate: float
    tokens: float = 1
    at: float = 0  # nobody has asked yet

    def take(self, now: float, number: int) -> int:
        passed = now - self.at if self.at else 0
        self.tokens = min(max(self.rate, 1), self.tokens + passed * self.rate)
        self.at = now
        granted = min(number, int(self.tokens + 1e-6))
        self.tokens -= granted
        return granted


@given(
    rate=st.sampled_from([0.5, 1, 3, 20]),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 30)), min_size=1, max_size=20),
)
@settings(max_examples=40)
def test_it_grants_what_the_model_on_paper_grants_and_never_more_than_the_limit(redis_connection, rate, steps):
    redis_connection.flushdb()
    now, model, gone = START, Model(rate), []
    for passed, number in steps:
        now += round(passed, 3)
        granted = go(buckets.take(ask(*["a"] * number, a=rate), now=now))
        expected = model.take(now, number)
        assert abs(granted - expected) <= 1  # a token may be a millionth away
        model.tokens += expected - granted
        gone += [now] * granted
    for first, at in enumerate(gone):
        assert len(gone) - first <= (gone[-1] - at) * rate + max(rate, 1) + 1e-3


def take_often(answers: SimpleQueue) -> None:
    granted = [go(buckets.take(ask(*"aaaaaaaaaa", channel=300, a=200))) for _ in range(150)]
    answers.put(sum(granted))


def test_processes_together_never_take_more_than_the_limit(redis_connection):
    def clock() -> float:
        seconds, micros = redis_connection.time()
        return seconds + micros / 1_000_000

    processes = get_context("fork")
    answers, began = processes.SimpleQueue(), clock()
    workers = [processes.Process(target=take_often, args=[answers]) for _ in range(4)]
    for worker in workers:
        worker.start()
    granted = sum(answers.get() for _ in workers)
    most = 1 + 200 * (clock() - began)
    for worker in workers:
        worker.join()
    assert granted <= most
    assert granted > 1  # it filled up again meanwhile; how fast they asked is the machine's


class TestLimits:
    def test_a_limit_in_the_table_holds_from_the_next_message_on(self):
        SpeedLimit.objects.create(of="domain", name="example.com", per_second=5)
        assert go(admit("email", "", ["example.com"] * 20)) == 1

    def test_domains_of_one_mail_host_share_its_limit(self):
        waits = admit("email", "", ["gmail.com", "GoogleMail.com", "mail.gmail.com", "gmail.com."])
        assert go(waits) == 1

    def test_staff_say_which_domains_a_mail_host_receives_for(self):
        MailHost.objects.create(suffix="city.example", host="hoster")
        SpeedLimit.objects.create(of="domain", name="hoster", per_second=1)
        assert go(admit("email", "", ["city.example", "north.city.example", "notcity.example"])) == 2

    def test_a_limit_said_for_a_domain_is_one_of_its_host(self):
        SpeedLimit.objects.create(of="domain", name="gmail.com", per_second=3)
        assert limits.current().hosts["gmail"] == 3

    def test_a_channel_and_a_provider_have_limits(self):
        SpeedLimit.objects.create(of="channel", name="email", per_second=5)
        SpeedLimit.objects.create(of="provider", name="relay", per_second=5)
        assert go(admit("email", "other", ["a.example", "b.example"])) == 1
        assert go(admit("social", "relay", ["", ""])) == 1
        assert go(admit("social", "other", ["", ""])) == 2

    def test_nobody_asks_for_nothing(self):
        assert admit("email", "", []) == []

    def test_a_domain_that_complains_is_slowed_and_no_other(self):
        slow_down("relay", "one.example", 30)
        waits = admit("email", "relay", ["one.example", "two.example"])
        assert 0 < waits[0] <= 30
        assert waits[1] == 0


class TestRedisIsAway:
    @pytest.fixture(autouse=True)
    def _away(self, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

    def test_each_process_keeps_to_its_share(self):
        SpeedLimit.objects.create(of="domain", name="example.com", per_second=80)
        waits = admit("email", "", ["example.com"] * 100)
        assert go(waits) == 0
        assert max(waits) <= 1

    def test_what_has_no_limit_goes(self):
        assert admit("email", "", ["example.com"] * 3) == [0, 0, 0]

    def test_a_host_that_complained_is_left_alone(self):
        slow_down("", "example.com", 30)
        assert 0 < admit("email", "", ["example.com"])[0] <= 30
