"""The platform's processes together: local mail server, web, worker, beat, as `make run`, the demo and tests use them."""

import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from . import embedded
from .celery import app
from .children import Children, Command

READY_SECONDS = 180  # a small machine that does other things as well
POLL_SECONDS = 0.1
# What children must share with this process even where a test has changed it here.
SHARED_SETTINGS = ("SECRET_KEY", "SUPPRESSION_KEY", "MEDIA_ROOT", "PRINT_ROOT", "SOCIAL_ROOT")
REAL_MAIL = ("EMAIL_URL", "EMAIL_BACKEND", "ANYMAIL")


class StartError(RuntimeError):
    """A process did not come up; the message says which and why."""


@dataclass(frozen=True)
class Running:
    """Where the processes can be reached."""

    url: str  # of the site, without a slash at the end
    mail_port: int
    maildir: Path  # steering.mail_sink.received reads it
    children: Children


@contextmanager
def running(
    *,
    web: bool = True,
    worker: bool = True,
    beat: bool = False,
    mail: bool = True,
    port: int = 0,
    concurrency: int | None = None,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Start what is asked for as real processes on this process's database and Redis; end them at exit.

    Port 0 is any free one. With a `folder` the mails and one log a process are kept there, else mails under var/ and
    the logs go to the terminal. `env` is added to the children's environment.

    Raises StartError if one does not come up.
    """
    with ExitStack() as stack:
        web_socket = stack.enter_context(_listen(port, "WEB_PORT")) if web else None
        mail_port = 0 if folder else settings.MAIL_SINK_PORT
        mail_socket = stack.enter_context(_listen(mail_port, "MAIL_SINK_PORT")) if mail else None
        there = _there(web_socket, mail_socket, folder)
        stack.callback(there.children.stop)
        environment = _environment(there, with_mail=mail) | dict(env or {})
        if mail_socket:
            there.children.start(_mail_command(environment, mail_socket, there.maildir))
        if web_socket:
            _start_web(there, environment, web_socket)
        if worker:
            _start_worker(there, environment, concurrency)
        if beat:
            there.children.start(_beat_command(environment, folder or settings.VAR))
        yield there


def database_url() -> str:
    """Of the database that this process really uses: in a test not the one that the environment names."""
    parts = urlsplit(os.environ.get("DATABASE_URL") or embedded.database_url())
    return parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def _there(web: socket.socket | None, mail: socket.socket | None, folder: Path | None) -> Running:
    return Running(
        url=f"http://127.0.0.1:{web.getsockname()[1]}" if web else settings.SITE_URL,
        mail_port=mail.getsockname()[1] if mail else settings.MAIL_SINK_PORT,
        maildir=(folder or settings.VAR) / "mail",
        children=Children(logs=folder / "logs" if folder else None),
    )


def _environment(there: Running, *, with_mail: bool) -> dict[str, str]:
    """That of this process, with its database, addresses and folders."""
    environment = dict(os.environ) | {name: str(getattr(settings, name)) for name in SHARED_SETTINGS}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "steering.settings",
        "MAIL_SINK_PORT": str(there.mail_port),
        "PYTHONUNBUFFERED": "1",
        "SITE_URL": there.url,
    }
    # Children of the embedded mode are not told: they count as users of the services, and keep them up.
    if database_url() != embedded.database_url():
        environment["DATABASE_URL"] = database_url()
    return {name: value for name, value in environment.items() if not (with_mail and name in REAL_MAIL)}


def _mail_command(environment: dict[str, str], listening: socket.socket, maildir: Path) -> Command:
    # Mail that comes before the server is up waits in the socket's queue, so nobody need wait for it.
    return Command(
        "mail",
        [sys.executable, "-m", "steering.mail_sink", "--fd", listening.fileno(), "--maildir", maildir],
        environment,
        inherits=[listening.fileno()],
    )


def _start_web(there: Running, environment: dict[str, str], listening: socket.socket) -> None:
    there.children.start(
        Command(
            "web",
            [
                sys.executable, "-m", "gunicorn", "steering.wsgi", "--config", "python:steering.serving",
                "--bind", f"fd://{listening.fileno()}",
            ],
            environment,
            grace_seconds=10,
            inherits=[listening.fileno()],
        )
    )  # fmt: skip
    listening.close()  # with the child's end its port refuses, instead of letting callers wait
    _await("web", there.children, lambda: _answers(there.url))


def _start_worker(there: Running, environment: dict[str, str], concurrency: int | None) -> None:
    node = f"steering-{secrets.token_hex(4)}@{socket.gethostname()}"
    there.children.start(
        Command(
            "worker",
            [
                sys.executable, "-m", "celery", "-A", "steering", "worker", "--hostname", node, "--loglevel", "INFO",
                "--without-gossip", "--without-mingle", *(["--concurrency", concurrency] if concurrency else []),
            ],
            # SIGTERM then ends after the soft shutdown's time instead of after the last task, however long that takes.
            environment | {"REMAP_SIGTERM": "SIGQUIT"},
            grace_seconds=settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT + 5,
        )
    )  # fmt: skip
    _await("worker", there.children, lambda: bool(app.control.ping(destination=[node], timeout=0.5)))


def _beat_command(environment: dict[str, str], folder: Path) -> Command:
    return Command(
        "beat",
        [
            sys.executable, "-m", "celery", "-A", "steering", "beat", "--loglevel", "INFO",
            "--schedule", folder / "beat-schedule", "--pidfile", "",
        ],
        environment,
    )  # fmt: skip


def _listen(port: int, variable: str) -> socket.socket:
    """Our own socket, which the child inherits: no other process can take the port in between."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=2048)
    except OSError as error:
        raise StartError(f"port {port} cannot be used ({error.strerror}): set {variable} to another") from error


def _await(name: str, children: Children, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if ended := children.ended():
            raise StartError(f"{ended[0]} ended with exit code {ended[1]} while {name} was starting{children.hint()}")
        if time.monotonic() > deadline:
            raise StartError(f"{name} did not answer within {READY_SECONDS} seconds{children.hint()}")
        time.sleep(POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=READY_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        if error.code == 500:  # it will not get better
            raise StartError("web answers every request with an error") from error
        return error.code < 500  # 503: the services are not there yet; 400: it is not called by this name
    except OSError:
        return False
