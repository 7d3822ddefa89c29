"""The platform's real processes on the test's database and Redis; and `make run`."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from steering import run
from steering.celery import app
from steering.processes import StartError, database_url, running

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def get(url: str, *, cookie: str = "") -> tuple[int, str]:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=60) as answer:  # noqa: S310
        return answer.status, answer.read().decode()


def test_the_web_process_answers_and_says_that_it_can_work(tmp_path: Path) -> None:
    with running(worker=False, mail=False, folder=tmp_path) as there:
        assert get(f"{there.url}/healthz") == (200, '{"postgresql": true, "redis": true}')


def test_the_web_process_works_on_the_database_of_this_process(tmp_path: Path, client: Client) -> None:
    client.force_login(User.objects.create_superuser("of-this-test"))
    with running(worker=False, mail=False, folder=tmp_path) as there:
        cookie = f"{django_settings.SESSION_COOKIE_NAME}={client.session.session_key}"
        status, page = get(f"{there.url}/admin/password_change/", cookie=cookie)
        assert (status, "of-this-test" in page) == (200, True)


def test_a_worker_takes_a_task_from_redis_and_runs_it(tmp_path: Path) -> None:
    with running(web=False, mail=False, concurrency=1, folder=tmp_path):
        app.send_task("celery.accumulate", args=[1])
        until(lambda: executed("celery.accumulate") == 1)


def executed(task: str) -> int:
    stats = app.control.inspect(timeout=0.5).stats() or {}
    return sum(worker["total"].get(task, 0) for worker in stats.values())


def test_a_worker_without_work_ends_at_once(tmp_path: Path) -> None:
    with running(web=False, mail=False, concurrency=1, folder=tmp_path):
        told_at = time.monotonic()
    assert time.monotonic() - told_at < django_settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"port {port} cannot be used .*: set WEB_PORT to another"):
            running(port=port, folder=tmp_path).__enter__()


def test_a_process_that_does_not_come_up_is_named_with_its_log(tmp_path: Path) -> None:
    broken = running(worker=False, mail=False, folder=tmp_path, env={"TIME_ZONE": "Nowhere/Nowhere"})
    with pytest.raises(StartError, match=r"web ended with exit code .*logs"):
        broken.__enter__()


class Terminal:
    """`make run` as a person sees it."""

    def __init__(self, tmp_path: Path) -> None:
        environment = os.environ | {"STEERING_VAR": str(tmp_path), "DATABASE_URL": database_url()}
        environment |= {"WEB_PORT": "0", "MAIL_SINK_PORT": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "steering.run"], cwd=CHECKOUT, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.seen = ""

    def read_until(self, text: str) -> str:
        for line in self.process.stdout:
            self.seen += line
            if text in line:
                return line
        raise AssertionError(f"ended before it said {text!r}:\n{self.seen}")

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    opened.process.kill()
    opened.process.communicate()


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_make_run_says_where_it_is_and_ends_with_ctrl_c(terminal: Terminal) -> None:
    url = terminal.read_until("/admin/").split("at ")[1].strip()
    assert get(url.replace("/admin/", "/healthz"))[0] == 200
    children = terminal.children()
    assert len(children) == 4
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(timeout=60) == 0
    assert all(is_gone(pid) for pid in children)


def test_make_run_ends_and_fails_when_one_process_dies(terminal: Terminal) -> None:
    terminal.read_until("/admin/")
    children = terminal.children()
    os.kill(children[-1], signal.SIGKILL)
    terminal.read_until("beat ended by itself with exit code -9")
    assert terminal.process.wait(timeout=60) == 1
    assert all(is_gone(pid) for pid in children)


def test_the_first_superuser_of_the_embedded_mode_has_a_password_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.IS_EMBEDDED, settings.VAR = True, tmp_path
    said = run._ensure_admin()
    password = (tmp_path / "admin-password").read_text().strip()
    assert password in said
    assert len(password) >= 16
    assert stat.S_IMODE((tmp_path / "admin-password").stat().st_mode) == 0o600
    assert User.objects.get(username="admin").check_password(password)


def test_the_first_superuser_is_made_once(settings: Settings, tmp_path: Path) -> None:
    settings.IS_EMBEDDED, settings.VAR = True, tmp_path
    assert run._ensure_admin() == run._ensure_admin()
    assert User.objects.filter(is_superuser=True).count() == 1


def test_a_deployment_gets_no_superuser_by_itself(settings: Settings, tmp_path: Path) -> None:
    settings.IS_EMBEDDED, settings.VAR = False, tmp_path
    assert "createsuperuser" in run._ensure_admin()
    assert not User.objects.exists()
