"""Prometheus reads the truth of the ledger, by few labels of ours, and never anything personal."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from campaigns.models import Wave
from channels import ledger, registry
from channels.email import providers
from channels.email.breaker import breakers
from channels.models import Attempt, Dispatch
from steering import tasks
from steering.models import InvariantCheck, ScheduleRun, WaveSum
from steering.watching import figures
from tests import builders

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.WATCH_TOKENS = ["of-the-tests-only"]


class Samples:
    """What one scrape by a process that has kept nothing says."""

    def __init__(self, client: Client) -> None:
        figures.KEPT = figures.Kept()
        self.text = client.get("/metrics", headers={"Authorization": "Bearer of-the-tests-only"}).content.decode()
        families = text_string_to_metric_families(self.text)
        self._values = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}

    def get(self, name: str, **labels: str) -> float | None:
        return self._values.get((f"steering_{name}", tuple(sorted(labels.items()))))

    def of(self, name: str) -> dict[tuple, float]:
        return {labels: value for (found, labels), value in self._values.items() if found == f"steering_{name}"}


def test_states_of_waves_that_live_are_counted(client: Client):
    wave = builders.wave()
    for state in ("queued", "queued", "sent", "bounced", "expired"):
        builders.dispatch(wave, state=state)
    builders.dispatch(builders.wave(state="completed", finished_at=NOW() - timedelta(days=2)), state="sent")
    found = Samples(client)
    assert found.get("dispatches", channel="email", state="queued") == 2
    assert found.get("dispatches", channel="email", state="sent") == 1
    assert found.get("dispatches", channel="email", state="expired") == 1


def test_a_wave_that_ended_a_moment_ago_is_still_seen(client: Client):
    builders.dispatch(builders.wave(state="completed", finished_at=NOW()), state="expired")
    assert Samples(client).get("dispatches", channel="email", state="expired") == 1


def test_what_went_out_never_falls(client: Client):
    wave = builders.wave()
    first = builders.dispatch(wave, state="sent")
    builders.dispatch(wave, state="handed_over")
    assert Samples(client).get("out_total", channel="email") == 2
    first.delete()  # a person is erased
    assert Samples(client).get("out_total", channel="email") == 2
    for _ in range(2):
        builders.dispatch(wave, state="delivered")
    Wave.objects.filter(pk=wave.pk).update(state="completed", finished_at=NOW())
    assert Samples(client).get("out_total", channel="email") == 3
    assert Samples(client).get("out_total", channel="banner") == 0


def test_a_wave_that_has_ended_is_counted_once_more_and_then_left_alone(client: Client):
    wave = builders.wave()
    builders.dispatch(wave, state="sent")
    Samples(client)
    WaveSum.objects.update(counted_at=NOW() - timedelta(days=3))
    builders.dispatch(wave, state="sent")
    Wave.objects.filter(pk=wave.pk).update(state="completed", finished_at=NOW() - timedelta(days=2))
    assert Samples(client).get("out_total", channel="email") == 2
    builders.dispatch(wave, state="sent")  # cannot be; it shows that nobody counts
    assert Samples(client).get("out_total", channel="email") == 2


def test_what_is_due_and_for_how_long(client: Client):
    wave = builders.wave()
    builders.dispatch(wave, due_at=NOW() - timedelta(minutes=10))
    builders.dispatch(wave, due_at=NOW() - timedelta(minutes=1))
    builders.dispatch(wave, due_at=NOW() + timedelta(minutes=1))
    builders.dispatch(builders.wave(state="paused"), due_at=NOW() - timedelta(days=1))
    found = Samples(client)
    assert found.get("due", channel="email") == 2
    assert 595 < found.get("oldest_due_seconds", channel="email") < 660
    assert found.get("oldest_due_seconds", channel="banner") == 0


def test_uncertain_ones_of_every_wave_count(client: Client):
    builders.dispatch(builders.wave(state="completed", finished_at=NOW() - timedelta(days=9)), state="uncertain")
    assert Samples(client).get("uncertain", channel="email") == 1


@pytest.mark.parametrize(
    ("outcome", "code", "kind"),
    [
        ("queued", "421", "4xx"),
        ("queued", "4.7.1", "4xx"),
        ("failed", "550", "5xx"),
        ("failed", "crash", "crash"),
        ("failed", "5 apples", "other"),
        ("failed", "", "other"),
        ("uncertain", "", "uncertain"),
    ],
)
def test_errors_count_by_the_class_of_their_code(client: Client, outcome: str, code: str, kind: str):
    Attempt.objects.create(dispatch=builders.dispatch(builders.wave()), number=1, outcome=outcome, code=code)
    assert Samples(client).of("recent_errors") == {(("channel", "email"), ("kind", kind)): 1}


def test_errors_of_long_ago_and_successes_are_no_errors(client: Client):
    of = builders.dispatch(builders.wave())
    Attempt.objects.create(dispatch=of, number=1, outcome="failed", code="550", at=NOW() - timedelta(hours=1))
    Attempt.objects.create(dispatch=of, number=2, outcome="sent", code="250")
    assert Samples(client).of("recent_errors") == {}


def test_the_switch_and_a_provider_left_alone_show(client: Client):
    ledger.stop_all(builders.user("channels.run_sendingstop"), "of the test")
    (provider,) = providers.usable()
    for _ in range(3):
        breakers().failed(provider.key)
    found = Samples(client)
    assert found.get("sending_stopped") == 1
    assert found.get("provider_open", provider="EMAIL_URL") == 1


def test_the_last_slots_and_checks_show(client: Client):
    moment = NOW().replace(microsecond=0)
    for minutes in range(3):
        ScheduleRun.objects.create(name="every minute", slot=moment - timedelta(minutes=minutes))
    found = Samples(client)
    assert found.of("slot_timestamp_seconds") == {(("schedule", "every minute"),): moment.timestamp()}
    assert found.get("invariants_checked_timestamp_seconds") is None


def test_a_broken_invariant_shows_until_a_check_finds_it_whole(client: Client):
    builders.dispatch(builders.wave(), state="expired", deadline_at=NOW() + timedelta(days=1))
    tasks.check_invariants()
    assert InvariantCheck.objects.filter(broken__gt=0).count() == 0
    builders.dispatch(builders.wave(), state="queued", deadline_at=NOW() - timedelta(days=1))
    tasks.check_invariants()
    broken = {labels: value for labels, value in Samples(client).of("invariant_broken").items() if value}
    assert list(broken.values()) == [1]
    Dispatch.objects.all().delete()
    tasks.check_invariants()
    assert not any(Samples(client).of("invariant_broken").values())


def test_nothing_personal_and_no_unknown_channel_is_in_a_label(client: Client):
    wave = builders.wave()
    person = builders.customer(first_name="Canary", last_name="Bird")
    builders.identifier(person, "email", "canary@example.com")
    builders.dispatch(wave, person, state="failed", reason="canary@example.com is unknown")
    Dispatch.objects.filter(pk=builders.dispatch(wave).pk).update(channel="pigeon")
    text = Samples(client).text
    assert "anary" not in text
    assert "pigeon" not in text


def test_a_scrape_needs_few_queries_however_much_there_is(client: Client, django_assert_max_num_queries):
    for _ in range(3):
        builders.dispatch(builders.wave())
    with django_assert_max_num_queries(18):
        Samples(client)


def test_figures_are_kept_for_some_seconds(django_assert_num_queries):
    kept = figures.Kept()
    first = kept.get()
    with django_assert_num_queries(0):
        assert kept.get() is first


def test_after_a_failure_nobody_waits_for_the_next_one():
    asked = []

    def hang() -> figures.Figures:
        asked.append(1)
        raise OperationalError

    kept = figures.Kept(hang)
    for _ in range(3):
        with pytest.raises(OperationalError):
            kept.get()
    assert len(asked) == 1


def test_a_database_that_is_away_shows_and_the_rest_is_told(client: Client, monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise DatabaseError

    monkeypatch.setattr(figures.Kept, "get", lambda self: fail())
    found = Samples(client)
    assert (found.get("up", dependency="postgresql"), found.get("up", dependency="redis")) == (0, 1)
    assert found.get("folder_up", folder="PRINT_ROOT") == 1
    assert found.of("out_total") == {}


def test_every_channel_has_its_series_from_the_first_scrape_on(client: Client):
    found = Samples(client)
    for name in ("out_total", "due", "oldest_due_seconds", "uncertain"):
        assert {dict(labels)["channel"] for labels in found.of(name)} == set(registry.CHANNELS)
