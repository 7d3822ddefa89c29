"""The doctor finds what is wrong with real services and real settings, says how to mend it, and never guesses."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from channels import ledger
from steering.doctor import broker, checks, configuration, database, examining, folders, working
from steering.doctor.finding import Check, Finding, Result, run
from steering.models import ScheduleRun
from steering.watching import around
from tests import builders
from tests.faults.services import Redis
from tests.steering.doctor.words import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[redis.Redis]:
    server = Redis(tmp_path / "redis")
    server.start()
    settings.REDIS_URL = server.url
    with server.client() as client:
        yield client
    server.kill()


def test_a_redis_as_it_should_be_is_well(own_redis: redis.Redis):
    assert [said(look) for look in (broker.answers, broker.keeping, broker.clock)] == ["", "", ""]


def test_a_redis_that_throws_away_or_forgets_is_found(own_redis: redis.Redis):
    own_redis.config_set("maxmemory-policy", "allkeys-lru")
    assert "maxmemory-policy is allkeys-lru" in said(broker.keeping)
    own_redis.config_set("maxmemory-policy", "noeviction")
    own_redis.config_set("appendonly", "no")
    assert "no append-only file" in said(broker.keeping)
    own_redis.config_set("maxmemory", own_redis.info()["used_memory"])
    assert "80 % full" in said(broker.keeping)


def test_a_password_of_redis_that_is_wrong_is_told_apart(own_redis: redis.Redis, settings: Settings):
    own_redis.config_set("requirepass", "right")
    settings.REDIS_URL = settings.REDIS_URL.replace("redis://", "redis://:wrong@")
    assert said(broker.answers) == "Redis refuses our password"


def test_a_closed_port_ends_the_questions_to_redis_and_shows_no_password(settings: Settings, closed_port: int):
    settings.REDIS_URL = f"redis://:of-nobody@127.0.0.1:{closed_port}/0"
    results = {result.name: result for result in examining.examine()}
    assert not results["Redis"].is_well
    assert "Redis: keeping" not in results
    assert "of-nobody" not in str(results)
    assert results["PostgreSQL: version and safety"].is_well


def test_the_database_of_the_tests_is_well():
    for look in (
        database.answers,
        database.version_and_safety,
        database.connections,
        database.migrations,
        database.clock,
    ):
        assert said(look) == ""


def test_settings_by_which_commits_are_lost_are_found():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    assert "synchronous_commit is off" in said(database.version_and_safety)


def test_migrations_that_are_missing_are_named():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'campaigns'")
    assert "campaigns.0001_initial" in said(database.migrations)


def test_too_few_connections_for_all_workers_are_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "worker_processes", lambda: 5000)
    assert "5016 are needed" in said(database.connections)


@pytest.mark.parametrize(("theirs", "words"), [(1000.5, ""), (998.5, ""), (4600.0, "3599 s"), (-2600.0, "3600 s")])
def test_clocks_may_differ_by_a_moment_only(theirs: float, words: str):
    found = said(lambda: database.clock_findings("Redis", theirs, 1000.0, 1001.0))
    assert (words in found) if words else found == ""


@pytest.mark.parametrize("key", ["too-few", "a" * 80, "django-insecure-" + "abcdefghij" * 6])
def test_a_secret_that_can_be_guessed_is_found(settings: Settings, key: str):
    settings.SECRET_KEY = key
    assert "SECRET_KEY" in said(configuration.secrets)
    assert key not in said(configuration.secrets)


def test_tokens_and_networks_of_watching_are_looked_at(settings: Settings):
    settings.WATCH_TOKENS, settings.WATCH_NETWORKS = ["short"], ["10.0.0.0/33"]
    assert "WATCH_TOKEN holds" in said(configuration.secrets)
    assert "WATCH_NETWORKS" in said(configuration.secrets)
    settings.TRUSTED_PROXIES = ["proxy"]
    assert "TRUSTED_PROXIES" in said(configuration.secrets)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"SITE_URL": "http://shop.example.com"}, "not https"),
        ({"SITE_URL": "shop.example.com"}, "no address"),
        ({"SITE_URL": "http://127.0.0.1:8000", "ALLOWED_HOSTS": ["127.0.0.1"]}, "this machine"),
        ({"ALLOWED_HOSTS": ["*"]}, "every name"),
        ({"ALLOWED_HOSTS": ["other.example.com"]}, "not in ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": [".example.com"]}, ""),
        ({"DEBUG": True}, "DEBUG is on"),
    ],
)
def test_the_site_of_a_deployment(settings: Settings, changed: dict, words: str):
    settings.IS_EMBEDDED = False
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://shop.example.com", ["shop.example.com"]
    for name, value in changed.items():
        setattr(settings, name, value)
    found = said(configuration.site)
    assert (words in found) if words else found == ""


def test_a_folder_that_cannot_be_written_is_found(settings: Settings, tmp_path: Path):
    assert said(folders.writable) == ""
    (tmp_path / "in-the-way").write_text("")
    settings.PRINT_ROOT = tmp_path / "in-the-way"
    assert "PRINT_ROOT" in said(folders.writable)
    assert list((tmp_path / "media").iterdir()) == []  # nothing stays behind


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (around.Disk(500_000_000, 10**12), "0.5 GB left"),
        (around.Disk(10**10, 10**12), "10.0 GB left"),
        (None, "does not answer"),
        (around.Disk(9 * 10**11, 10**12), ""),
    ],
)
def test_a_disk_that_is_full_or_away_is_found(monkeypatch: pytest.MonkeyPatch, disk: around.Disk | None, words: str):
    monkeypatch.setattr(around, "disks", lambda: {"PRINT_ROOT": disk})
    found = said(folders.room)
    assert (words in found) if words else found == ""


def test_the_kind_of_a_disk_is_that_of_the_nearest_mount():
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /srv/print nfs4 rw 0 0\nserver:/y /srv/two\\040words nfs4 rw 0 0\n"
    assert folders.kind_of_disk(Path("/srv/printed"), mounts) == "ext4"
    assert folders.kind_of_disk(Path("/srv/print/jobs"), mounts) == "nfs4"
    assert folders.kind_of_disk(Path("/srv/two words/x"), mounts) == "nfs4"
    assert folders.kind_of_disk(Path("/srv"), "") == ""


@pytest.mark.parametrize(("machines", "is_found"), [(["one", "two"], True), (["one"], False)])
def test_folders_of_one_machine_are_found_where_workers_run_on_several(
    monkeypatch, machines: list[str], is_found: bool
):
    class Inspect:
        def ping(self) -> dict:
            return {f"celery@{machine}": {"ok": "pong"} for machine in machines}

    monkeypatch.setattr(folders.app.control, "inspect", lambda timeout: Inspect())
    monkeypatch.setattr(folders, "kind_of_disk", lambda folder, mounts: "ext4")
    assert ("a disk of this one" in said(folders.shared)) is is_found


def test_workers_and_beat_that_are_away_are_found():
    assert "the work of each minute" in said(working.beat)
    ScheduleRun.objects.create(name="every minute", slot=timezone.now())
    assert "beat gives no sign" in said(working.beat)
    ScheduleRun.objects.create(name="every minute by mail", slot=timezone.now() - timedelta(minutes=2))
    assert said(working.beat) == ""


@pytest.mark.parametrize(
    ("served", "words"),
    [
        ({}, "no Celery worker answers"),
        ({"celery@one": [{"name": "celery"}]}, "no worker serves urgent"),
        ({"celery@one": [{"name": name} for name in working.queues.every()]}, "nothing was taken from celery"),
    ],
)
def test_queues_that_nobody_serves_or_hears_are_named(monkeypatch, served: dict, words: str):
    class Inspect:
        def active_queues(self) -> dict:
            return served

    monkeypatch.setattr(working.app.control, "inspect", lambda timeout: Inspect())
    assert words in said(working.workers)


def test_a_model_that_cannot_be_loaded_is_found(monkeypatch: pytest.MonkeyPatch):
    assert said(working.model) == ""

    class Broken:
        model = b"no model"

    monkeypatch.setattr(working.champion, "present", Broken)
    assert "cannot be loaded" in said(working.model)
    assert said(working.typesetting) == ""


def test_a_stop_of_all_sending_is_told_and_no_problem():
    ledger.stop_all(builders.user("channels.run_sendingstop"), "of the test")
    assert [finding.is_problem for finding in working.stopped()] == [False]


def test_a_check_that_breaks_hides_no_other():
    def breaks() -> Iterator[Finding]:
        raise ZeroDivisionError
        yield

    first, second = run([Check("broken", breaks), Check("well", list)])
    assert (first.is_well, second.is_well) == (False, True)
    assert "ZeroDivisionError" in first.findings[0].words


def test_the_command_fails_on_problems_only_and_tells_how_to_mend_them(monkeypatch, capsys: pytest.CaptureFixture):
    command = "steering.management.commands.doctor.examine"
    hint = Finding("it could be better", "do this", is_problem=False)
    monkeypatch.setattr(command, lambda: iter([Result("all", (hint,)), Result("more", ())]))
    call_command("doctor")
    assert capsys.readouterr().out.splitlines() == [
        "note     all: it could be better", "         mend: do this", "well     more", "all is well",
    ]  # fmt: skip
    monkeypatch.setattr(command, lambda: iter([Result("bad", (Finding("it is broken", "mend it"),))]))
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", json=True)
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["remedy"] == "mend it"


def test_every_check_has_a_name_of_its_own_and_every_finding_a_remedy():
    every = [
        checks.POSTGRESQL,
        checks.REDIS,
        *checks.ALONE,
        *checks.NEEDS_POSTGRESQL,
        *checks.NEEDS_REDIS,
        *checks.NEEDS_BOTH,
    ]
    assert len({check.name for check in every}) == len(every)


def test_settings_that_cannot_be_read_are_told_in_words(tmp_path: Path):
    environment = {"PATH": "", "STEERING_VAR": str(tmp_path), "DATABASE_URL": "postgresql://x@127.0.0.1:9/x"}
    command = [sys.executable, "manage.py", "doctor"]
    ran = subprocess.run(command, cwd=Path(__file__).parents[3], env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.startswith("PROBLEM  environment: SECRET_KEY must be set when DATABASE_URL is")
