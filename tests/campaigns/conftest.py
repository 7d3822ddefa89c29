"""What several tests of this room need."""

import pytest

from campaigns import tasks
from tests import admin_clients


@pytest.fixture
def importer(monkeypatch, django_capture_on_commit_callbacks):
    """The browser of a campaign manager, whose imports are done by the time the page answers."""
    monkeypatch.setattr(tasks.run_import, "delay", tasks.run_import)
    logged_in = admin_clients.in_role("Campaign manager")
    post = logged_in.post

    def post_and_commit(*args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return post(*args, **kwargs)

    logged_in.post = post_and_commit
    return logged_in
