"""Settings are safe when the environment says nothing, and clean for a deployment."""

import logging
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from steering.log_format import Formatter

CHECKOUT = Path(__file__).resolve().parents[2]
SERVICES = {"DATABASE_URL": "postgresql://steering@db.example.com/steering", "REDIS_URL": "redis://redis.example.com/0"}
PRODUCTION = SERVICES | {
    "SECRET_KEY": "only for this test, long enough and with many different letters: 0123456789",
    "SITE_URL": "https://steering.example.com",
    "ALLOWED_HOSTS": "steering.example.com",
}


def python(tmp_path: Path, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    kept = {"PATH": os.environ["PATH"], "STEERING_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "steering.settings"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=kept | environment, capture_output=True, text=True
    )


def setting(tmp_path: Path, name: str, environment: dict[str, str]) -> str:
    code = f"from django.conf import settings; print(settings.{name})"
    return python(tmp_path, "-c", code, environment=environment).stdout.strip()


def test_a_deployment_passes_every_check(tmp_path: Path) -> None:
    checked = python(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("missing", ["SECRET_KEY", "SITE_URL"])
def test_a_deployment_must_name(missing: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    checked = python(tmp_path, "manage.py", "check", environment=environment)
    assert checked.returncode != 0
    assert f"{missing} must be set when DATABASE_URL is" in checked.stderr


@pytest.mark.parametrize("environment", [{}, PRODUCTION])
def test_debug_is_off_unless_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    assert setting(tmp_path, "DEBUG", environment) == "False"


@pytest.mark.parametrize(
    ("site", "is_secure"),
    [
        ("https://steering.example.com", "True"),
        ("http://steering.example.com", "True"),  # plain HTTP over a network is not offered
        ("http://127.0.0.1:8000", "False"),
    ],
)
def test_cookies_are_secure_except_on_this_machine(site: str, is_secure: str, tmp_path: Path) -> None:
    assert setting(tmp_path, "SESSION_COOKIE_SECURE", PRODUCTION | {"SITE_URL": site}) == is_secure


def test_the_embedded_mode_keeps_a_secret_key_of_its_own(tmp_path: Path) -> None:
    first, second = (setting(tmp_path, "SECRET_KEY", {}) for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_mail_goes_to_the_local_server_unless_another_is_named(tmp_path: Path) -> None:
    assert setting(tmp_path, "EMAIL_HOST", {}) == "127.0.0.1"
    assert setting(tmp_path, "EMAIL_HOST", {"EMAIL_URL": "smtp+tls://u:p@mail.example.com:587"}) == "mail.example.com"


def logged(message: str, *arguments: object) -> str:
    return Formatter("%(message)s").format(logging.LogRecord("x", logging.ERROR, "x", 1, message, arguments, None))


def test_logs_withhold_the_row_that_postgresql_quotes() -> None:
    error = 'duplicate key value violates unique constraint "x"\nDETAIL:  Key (name)=(Erika Mustermann) already exists.'
    assert logged("%s", error).splitlines() == [error.splitlines()[0], "DETAIL: [withheld]"]
    assert "Erika" not in logged("raised unexpected: %r", ValueError(error))


def test_logs_withhold_addresses() -> None:
    assert logged("refused %s", {"erika@example.com": 550}) == "refused {'[address]': 550}"


def test_every_variable_is_documented() -> None:
    read = re.findall(r'env\.\w+\(\s*"(\w+)"', (CHECKOUT / "steering" / "settings.py").read_text())
    documented = (CHECKOUT / "docs" / "operations.md").read_text()
    assert [name for name in read if f"`{name}`" not in documented] == []
