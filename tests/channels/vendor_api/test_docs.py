"""docs/vendor-api.md tells vendors of everything that they will meet."""

import re
from pathlib import Path

import pytest

from channels import print_jobs
from channels.mailing_files.columns import AREAS, LETTERS, LINES
from channels.models import JobState, PrintItemState
from channels.print_jobs.steps import ALLOWED
from channels.print_mailing import letters
from channels.vendor_api.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "vendor-api.md").read_text()
CODE = set(re.findall(r"`([^`\n]+)`", TEXT))


@pytest.mark.parametrize("column", [*LETTERS, *AREAS])
def test_every_column(column):
    assert column in CODE | {f"address_{n}" for n in range(2, LINES)}  # the first and the last stand for these


@pytest.mark.parametrize("state", [*JobState.values, *PrintItemState.values])
def test_every_state(state):
    assert state in CODE


@pytest.mark.parametrize("state", JobState)
def test_what_each_state_takes(state):
    (line,) = [line for line in TEXT.splitlines() if line.startswith("| ") and f"`{state}`" in line.split("|")[1]]
    taken = set(re.findall(r"`([^`]+)`", line.split("|")[2]))
    assert taken == set(ALLOWED[state])


@pytest.mark.parametrize("pattern", [str(one.pattern) for one in urlpatterns])
def test_every_endpoint(pattern):
    path = pattern.replace("<str:job_id>", "{id}").replace("<str:name>", "{name}")
    assert any(re.match(rf"(GET|POST) /{re.escape(path)}(\?|$)", code) for code in CODE)


def test_every_kind_of_problem():
    sources = [*(ROOT / "channels/vendor_api").glob("*.py"), *(ROOT / "channels/print_jobs").glob("*.py")]
    text = " ".join(path.read_text() for path in sources)
    kinds = set(re.findall(r'(?:Problem\(\s*\d+,\s*|Refused\(\s*)"([a-z-]+)"', text))
    assert len(kinds) > 8
    assert kinds <= CODE


def test_the_limits():
    assert f"at most {print_jobs.MOST_AT_ONCE}" in TEXT
    assert f"{letters.BUNDLE} in a bundle" in TEXT
