"""The embedded PostgreSQL and Redis, as real processes in a folder of the test's own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis

from steering.embedded import memory

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 60
HOLD = "from steering import embedded; embedded.ensure_running(); print('up', flush=True); input()"


class Checkout:
    """Embedded services of their own, as other processes see them."""

    def __init__(self, var: Path) -> None:
        self.environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.environment |= {"STEERING_VAR": str(var), "PYTHONPATH": str(CHECKOUT)}
        self.users: list[subprocess.Popen] = []
        self.database_url, self.redis_url, postgres, self.sockets, self.var = self.run(
            "from steering import embedded; here = embedded.places();"
            "print(embedded.database_url(), embedded.redis_url(), here.postgres, here.sockets, here.var, sep='\\n')"
        ).split("\n")
        self.postgres = Path(postgres)

    def run(self, code: str) -> str:
        done = subprocess.run([sys.executable, "-c", code], env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def use(self) -> subprocess.Popen:
        """A process that uses the services until it is ended."""
        user = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.users.append(user)
        assert user.stdout.readline() == "up\n"
        return user

    def ask(self, sql: str) -> object:
        with psycopg.connect(self.database_url, connect_timeout=60) as connection:
            answer = connection.execute(sql)
            return answer.fetchone()[0] if answer.description else None

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url)

    def postmaster(self) -> int:
        return int((self.postgres / "data" / "postmaster.pid").read_text().split("\n")[0])

    def redis_pid(self) -> int:
        return self.redis().info("server")["process_id"]

    def is_stopped(self) -> bool:
        return not any(str(self.postgres) in line or self.sockets in line for line in command_lines())

    def remove(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        until(self.is_stopped)
        for folder in (self.postgres, Path(self.sockets)):
            shutil.rmtree(folder, ignore_errors=True)


def command_lines() -> Iterator[str]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                yield (process / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue


def guards(checkout: Checkout) -> list[int]:
    """The guard processes of this checkout."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if b"import guard" in (process / "cmdline").read_bytes():
                environment = (process / "environ").read_bytes().split(b"\0")
                found += [int(process.name)] if f"STEERING_VAR={checkout.var}".encode() in environment else []
        except OSError:
            continue
    return found


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, as a checkout under /srv would be; tmp_path is private."""
    folder = Path("/tmp") / f"steering-test-{uuid4().hex[:12]}"  # noqa: S108
    folder.mkdir()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def checkout(open_folder: Path) -> Iterator[Checkout]:
    made = Checkout(open_folder / "var")
    yield made
    made.remove()


def test_the_first_user_starts_both_and_the_last_one_stops_both(checkout: Checkout) -> None:
    first, second = checkout.use(), checkout.use()
    assert str(checkout.ask("SHOW server_version")).startswith("18")
    assert checkout.redis().ping()
    first.communicate("\n")
    assert checkout.ask("SELECT 1") == 1
    second.communicate("\n")
    until(checkout.is_stopped)


def test_data_outlives_the_last_user(checkout: Checkout) -> None:
    user = checkout.use()
    checkout.ask("CREATE TABLE kept AS SELECT 7 AS number")
    checkout.redis().set("kept", "7")
    user.communicate("\n")
    until(checkout.is_stopped)
    checkout.use()
    assert checkout.ask("SELECT number FROM kept") == 7
    assert checkout.redis().get("kept") == b"7"


def test_a_user_that_is_killed_counts_as_gone(checkout: Checkout) -> None:
    user = checkout.use()
    user.kill()
    until(checkout.is_stopped)


def test_the_services_outlive_the_process_that_started_them(checkout: Checkout) -> None:
    first, _ = checkout.use(), checkout.use()
    started = checkout.postmaster()
    os.kill(first.pid, signal.SIGKILL)
    assert checkout.ask("SELECT 1") == 1
    assert checkout.postmaster() == started


def test_after_a_kill_of_postgresql_the_next_user_recovers_what_was_committed(checkout: Checkout) -> None:
    checkout.use()
    checkout.ask("CREATE TABLE kept AS SELECT 7 AS number")
    killed = checkout.postmaster()
    os.kill(killed, signal.SIGKILL)
    until(lambda: is_gone(killed))
    checkout.use()
    assert checkout.ask("SELECT number FROM kept") == 7


def test_after_a_kill_of_redis_the_next_user_starts_another(checkout: Checkout) -> None:
    checkout.use()
    checkout.redis().set("kept", "7")
    killed = checkout.redis_pid()
    os.kill(killed, signal.SIGKILL)
    until(lambda: is_gone(killed))
    checkout.use()
    assert checkout.redis().get("kept") == b"7"


def test_a_pid_file_that_now_names_another_program_does_not_hinder_the_start(checkout: Checkout) -> None:
    checkout.use().communicate("\n")
    until(checkout.is_stopped)
    (checkout.postgres / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{checkout.postgres / 'data'}\n")
    checkout.use()
    assert checkout.ask("SELECT 1") == 1


def test_a_cluster_whose_making_was_cut_off_is_made_anew(checkout: Checkout) -> None:
    partial = checkout.postgres / "data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    checkout.use()
    assert checkout.ask("SELECT 1") == 1


def test_a_guard_that_was_killed_is_replaced_by_the_next_user(checkout: Checkout) -> None:
    first = checkout.use()
    until(lambda: len(guards(checkout)) == 1)
    os.kill(guards(checkout)[0], signal.SIGKILL)
    until(lambda: not guards(checkout))
    second = checkout.use()
    for user in (first, second):
        user.communicate("\n")
    until(checkout.is_stopped)


def test_many_first_users_at_once_start_each_service_once(checkout: Checkout) -> None:
    users = [
        subprocess.Popen([sys.executable, "-c", HOLD], env=checkout.environment, stdin=subprocess.PIPE, stdout=-1)
        for _ in range(5)
    ]
    checkout.users += users
    assert all(user.stdout.readline() == b"up\n" for user in users)
    until(lambda: len(postmasters(checkout)) == 1)  # what it forks looks like it for a moment


def postmasters(checkout: Checkout) -> list[str]:
    return [line for line in command_lines() if f"-D\0{checkout.postgres}" in line and "postgres\0" in line]


def test_two_checkouts_do_not_meet(checkout: Checkout, open_folder: Path) -> None:
    other = Checkout(open_folder / "other")
    try:
        checkout.use(), other.use()
        checkout.ask("CREATE TABLE mine AS SELECT 1")
        assert other.ask("SELECT count(*) FROM pg_class WHERE relname = 'mine'") == 0
        assert checkout.redis_pid() != other.redis_pid()
    finally:
        other.remove()


def test_what_was_named_is_used_and_nothing_is_started(checkout: Checkout) -> None:
    checkout.environment |= {"DATABASE_URL": "postgresql://x@db/x", "REDIS_URL": "redis://r/0"}
    checkout.run("from steering.services import ensure_services; ensure_services()")
    assert checkout.is_stopped()
    assert not Path(checkout.var).exists()


def test_the_sockets_are_for_us_and_postgresql_alone(checkout: Checkout) -> None:
    checkout.use()
    assert stat.S_IMODE(Path(checkout.sockets).stat().st_mode) == 0o700


def test_commits_are_safe_and_parallel_queries_need_no_dev_shm(checkout: Checkout) -> None:
    checkout.use()
    shown = {name: checkout.ask(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")}
    assert shown == dict.fromkeys(shown, "on")
    assert checkout.ask("SHOW dynamic_shared_memory_type") == "sysv"


@pytest.mark.skipif(os.getuid() != 0, reason="only under root does PostgreSQL run as another user")
def test_under_root_a_private_home_stays_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    checkout = Checkout(home / "project" / "var")
    try:
        before = modes_above(home)
        checkout.use()
        assert str(checkout.ask("SELECT current_setting('data_directory')")).startswith("/var/lib/steering-")
        assert modes_above(home) == before
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    finally:
        checkout.remove()


# An ordinary user, but for being let into the folders of our Python, which may lie in root's private home.
AS_GAMES = [
    "setpriv",
    "--reuid=games",
    "--regid=games",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
]


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
def test_an_ordinary_user_runs_both_as_itself(open_folder: Path) -> None:
    checkout = Checkout(open_folder / "var")
    if not checkout.postgres.is_relative_to(open_folder):
        pytest.skip("this checkout or its Python is private to root, so an ordinary user cannot run it")
    shutil.chown(open_folder, "games", "games")
    code = "from steering import embedded; embedded.ensure_running(); print(embedded.places().postgres)"
    done = subprocess.run(
        [*AS_GAMES, sys.executable, "-c", code], env=checkout.environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(open_folder / "var" / "postgres"), done.stderr
    assert (open_folder / "var" / "postgres" / "data").owner() == "games"
    until(lambda: not any(str(open_folder) in line for line in command_lines()))


def modes_above(folder: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in (folder, *folder.parents)}


@pytest.mark.parametrize(("gigabytes", "shared_buffers"), [(0.5, "128MB"), (4, "512MB"), (24, "1024MB")])
def test_memory_follows_the_machine_within_bounds(gigabytes: float, shared_buffers: str) -> None:
    assert memory.settings(int(gigabytes * 1024**3))["shared_buffers"] == shared_buffers
