"""`make run`: everything on this machine in one terminal, until Ctrl-C or until one process dies."""

import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from .children import Children

WEB_PORT = 8000
ADMIN_NAME = "admin"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
    import django

    from .services import ensure_services

    ensure_services()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return _run(how_to_log_in=_ensure_admin())


def _run(*, how_to_log_in: str) -> int:
    from .processes import StartError, running

    _on_signals(signal.default_int_handler)
    port = int(os.environ.get("WEB_PORT", WEB_PORT))
    with_mail = not os.environ.get("EMAIL_URL")
    site = {name: os.environ[name] for name in ("SITE_URL",) if name in os.environ}
    try:
        with running(beat=True, mail=with_mail, port=port, env=site) as there:
            _say(f"The platform runs at {there.url}/admin/", how_to_log_in)
            if with_mail:
                _say(f"Mail goes to nobody; it is kept in {there.maildir}")
            return _watch(there.children)
    except StartError as error:
        _say(f"Cannot start: {error}")
        return 1
    except KeyboardInterrupt:  # while starting
        return 0


def _watch(children: Children) -> int:
    """Wait until somebody ends us or one of them ends by itself."""
    told_to_end = threading.Event()
    _on_signals(lambda *_: children.hurry() if told_to_end.is_set() else told_to_end.set())
    while not told_to_end.wait(0.2):
        if ended := children.ended():
            _say(f"{ended[0]} ended by itself with exit code {ended[1]}; ending the others")
            return 1
    _say("Ending; once more Ctrl-C to hurry")
    return 0


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, handler)


def _ensure_admin() -> str:
    """In the embedded mode the first superuser, with a password of its own; says how to log in."""
    from django.conf import settings
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    path: Path = settings.VAR / "admin-password"
    if not settings.IS_EMBEDDED:
        return "Log in with your account; `manage.py createsuperuser` makes the first"
    if not users.filter(is_superuser=True).exists():
        password = secrets.token_urlsafe(12)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(f"{password}\n")
        users.create_superuser(ADMIN_NAME, password=password)
    if not path.exists():
        return "Log in with your account"
    return f"Log in as {ADMIN_NAME} with {path.read_text().strip()} (kept in {path}, unless you have changed it)"


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
