"""A real Chromium for browser tests: Debian's, driven by Playwright."""

import os
import shutil
import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection as db
from playwright.sync_api import Browser, Page, expect, sync_playwright

# Playwright's synchronous API keeps an event loop in this thread; the tests' own queries are still synchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PATIENCE = 60_000  # milliseconds; a loaded machine may need them
expect.set_options(timeout=PATIENCE)
AT_WORK = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state <> 'idle'
"""
PASSWORD = "a-long-enough-password"
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail("BROWSER_TESTS=required, but no chromium is installed: apt-get install chromium")
        pytest.skip("no chromium is installed, so browser tests are skipped: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, transactional_db: None, live_server) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    _await_answers()
    assert errors == [], "the page's own scripts failed"


def _await_answers() -> None:
    """The server still works on what the page asked last; emptying the tables meanwhile would be a deadlock."""
    ends_at = time.monotonic() + PATIENCE / 1000
    while _at_work():
        assert time.monotonic() < ends_at, "a request does not end"
        time.sleep(0.02)


def _at_work() -> int:
    """Connections of others that are in the middle of something."""
    with db.cursor() as cursor:
        cursor.execute(AT_WORK)
        return cursor.fetchone()[0]


def staff(role: str) -> User:
    """A member of staff with this role, who logs in with PASSWORD."""
    user = User.objects.create_user(role.lower().replace(" ", "-"), password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def log_in(page: Page, user: User) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def log_out(page: Page) -> None:
    page.context.clear_cookies()
