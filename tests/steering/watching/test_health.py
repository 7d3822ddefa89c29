"""A load balancer learns in time what works, also when something hangs; only those who may see more do."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from channels import canary, queues
from steering.models import ScheduleRun
from steering.watching import around, deadline, dependencies, figures, gate
from tests import builders
from tests.ports import closed_port

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer correct-horse-battery"}


@pytest.fixture(autouse=True)
def _fresh(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WATCH_TOKENS = ["an-older-token", "correct-horse-battery"]
    monkeypatch.setattr(figures, "KEPT", figures.Kept())


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield server.getsockname()[1]


def all_alive() -> None:
    for queue in queues.every():
        canary.sing(queue)
    ScheduleRun.objects.create(name="every minute", slot=timezone.now())


def test_a_process_is_live_without_asking_anybody(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"live": True})


def test_a_process_is_ready_when_all_that_it_needs_is_there(client: Client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"postgresql": True, "redis": True, "migrations": True})
    assert client.get("/healthz").json() == {"postgresql": True, "redis": True}


def test_a_missing_migration_is_not_ready(client: Client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'channels'")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["migrations"]) == (503, False)
    assert ("channels", "0001_initial") in dependencies.missing_migrations()


def test_a_redis_that_is_away_is_named(client: Client, settings: Settings):
    with closed_port() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"postgresql": True, "redis": False, "migrations": True})


def test_a_redis_that_hangs_holds_nobody_up(
    client: Client, settings: Settings, silent_server: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dependencies, "SECONDS", 0.2)
    settings.REDIS_URL = f"redis://127.0.0.1:{silent_server}/0"
    assert client.get("/health/ready").json()["redis"] is False


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_hangs_is_cut_off_and_the_next_one_works(client: Client):
    with pytest.raises(OperationalError), deadline.of_postgresql(0.2), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    assert client.get("/healthz").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"
        )


def test_a_question_in_time_is_not_cut_off_later():
    with deadline.of_postgresql(60):
        pass
    guard = deadline._Guard(connection)
    guard.leave()
    guard.cut()
    assert dependencies.postgresql_answers()


def test_a_folder_that_hangs_holds_nobody_up_and_is_asked_once():
    asked, release = [], threading.Event()
    aside = deadline.Aside(lambda: (asked.append(1), release.wait(60))[1], seconds=0.05)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            aside.answer()
    assert len(asked) == 1
    release.set()
    aside._seconds = 60  # it answers now, but not within a moment on every machine
    assert aside.answer() is True


def test_a_folder_that_is_not_made_yet_tells_of_the_disk_on_which_it_will_lie(settings: Settings, tmp_path: Path):
    settings.PRINT_ROOT = tmp_path / "not" / "yet"
    assert around.disks()["PRINT_ROOT"].total_bytes > 0


def staff(*permissions: str) -> User:
    person = builders.user(*permissions)
    person.is_staff = True
    person.save()
    return person


def test_details_are_for_tokens_and_for_staff_who_may_see_what_runs(client: Client):
    assert client.get("/health/detail").status_code == 401
    assert client.get("/health/detail", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/health/detail", headers={"Authorization": "Bearer "}).status_code == 401
    assert client.get("/health/detail", headers=TOKEN).status_code in (200, 503)
    client.force_login(staff("channels.view_dispatch"))
    assert client.get("/health/detail").status_code == 401
    client.force_login(staff(gate.PERMISSION))
    assert client.get("/health/detail").status_code in (200, 503)


def test_details_are_well_only_while_queues_and_the_minute_give_signs_of_life(client: Client):
    silent = client.get("/health/detail", headers=TOKEN)
    assert (silent.status_code, silent.json()["delivery"]["silent_queues"]) == (503, queues.every())
    all_alive()
    figures.KEPT = figures.Kept()
    heard = client.get("/health/detail", headers=TOKEN)
    assert (heard.status_code, heard.json()["delivery"]["silent_queues"]) == (200, [])
    assert heard.json()["delivery"]["providers"] == {"EMAIL_URL": "used"}
    assert heard.json()["folders"]["PRINT_ROOT"]["free_bytes"] > 0


@pytest.mark.parametrize(
    ("networks", "extra", "status"),
    [
        (["127.0.0.0/8"], {}, 200),
        (["::1", "127.0.0.1"], {}, 200),
        (["10.0.0.0/8"], {}, 401),
        ([], {}, 401),
        # A proxy on this machine forwards what anybody in the world asks.
        (["127.0.0.0/8"], {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 401),
        (["127.0.0.0/8"], {"HTTP_X_FORWARDED_PROTO": "https"}, 401),
        (["127.0.0.0/8"], {"REMOTE_ADDR": ""}, 401),
    ],
)
def test_networks_may_ask_directly_and_never_through_a_proxy(
    client: Client, settings: Settings, networks: list[str], extra: dict[str, str], status: int
):
    settings.WATCH_NETWORKS = networks
    assert client.get("/metrics", **extra).status_code == status


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/detail", "/metrics"])
def test_nothing_is_changed_by_asking(client: Client, path: str):
    assert client.post(path, headers=TOKEN).status_code == 405
    assert "no-store" in client.get(path, headers=TOKEN)["Cache-Control"]
