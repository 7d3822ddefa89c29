"""docs/vendor-api.md tells vendors of everything that they will meet."""

import re
from pathlib import Path

import pytest

from campaigns.postal import CODES
from channels.mailing_files.columns import AREAS, LETTERS, LINES
from channels.models import FileFormat, FileKind, JobState, PrintItemState, PrintWithdrawal, WebhookType
from channels.print_jobs import LASTS, reported
from channels.print_jobs.steps import ALLOWED
from channels.print_mailing import letters
from channels.vendor_api import bulk, described, errors, listing, rows, serializers
from channels.vendor_api.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "vendor-api.md").read_text()
CODE = set(re.findall(r"`([^`\n]+)`", TEXT))


@pytest.mark.parametrize("column", [*LETTERS, *AREAS])
def test_every_column(column):
    assert column in CODE | {f"address_{n}" for n in range(2, LINES)}  # the first and the last stand for these


@pytest.mark.parametrize("kind", FileKind)
def test_every_kind_of_file(kind):
    assert any(line.startswith(f"| `{kind}` |") for line in TEXT.splitlines())


def test_every_format_of_a_table_and_every_way_of_encryption():
    assert {f"letters.{name}" for name in FileFormat.values if name != FileFormat.CSV} <= CODE
    assert {"age", "openpgp", ".age", ".pgp"} <= CODE


@pytest.mark.parametrize("event", WebhookType.values)
def test_every_event_and_what_it_holds(event):
    assert any(line.startswith(f"| `{event}` |") for line in TEXT.splitlines())


@pytest.mark.parametrize("state", [*JobState.values, *PrintItemState.values])
def test_every_state(state):
    assert state in CODE


@pytest.mark.parametrize("state", JobState)
def test_what_each_state_takes(state):
    (line,) = [
        line
        for line in TEXT.partition("## States")[2].splitlines()
        if line.startswith("| ") and line.split("|")[1].strip().startswith(f"`{state}`")
    ]
    taken = set(re.findall(r"`([^`]+)`", line.split("|")[2]))
    assert taken == set(ALLOWED[state])


@pytest.mark.parametrize("pattern", [str(one.pattern) for one in urlpatterns])
def test_every_endpoint(pattern):
    path = pattern.replace("<str:job_id>", "{id}").replace("<str:name>", "{name}").replace("<str:seq>", "{seq}")
    assert any(re.match(rf"(GET|POST) /{re.escape(path)}(\?|$)", code) for code in CODE)


def test_every_filter_of_the_listing():
    (asked,) = [code for code in CODE if code.startswith("GET /jobs?") and "updated_since" in code]
    assert set(re.findall(r"(\w+)=", asked)) == set(listing.READERS)


@pytest.mark.parametrize("name", [*reported.FIELDS, *reported.COLUMNS, *CODES, *PrintWithdrawal.Reason.values])
def test_everything_that_a_report_or_a_withdrawal_may_say(name):
    assert name in CODE


@pytest.mark.parametrize("code", serializers.RejectDetailSerializer.CODES)
def test_every_reason_to_reject(code):
    assert code in CODE


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind, (status, _) in errors.MEANINGS.items()])
def test_every_kind_of_problem(kind, status):
    assert any(line.startswith(f"| {status} |") and f"`{kind}`" in line for line in TEXT.splitlines())


def test_no_other_kind_is_ever_answered():
    sources = [*(ROOT / "channels/vendor_api").glob("*.py"), *(ROOT / "channels/print_jobs").glob("*.py")]
    text = " ".join(path.read_text() for path in sources)
    kinds = set(re.findall(r'(?:Problem\(\s*\d+,\s*|Refused\(\s*)"([a-z-]+)"', text))
    assert len(kinds) > 8
    assert kinds <= errors.MEANINGS.keys()


def test_the_limits():
    assert f"at most {serializers.MOST_ROWS} rows" in TEXT
    assert f"at most {bulk.MOST_ROWS:,} rows and {bulk.MOST_BYTES // 2**20} MiB" in TEXT
    assert f"at most {bulk.LONGEST_LINE // 1024} KiB" in TEXT
    assert f"the first {rows.MOST_REFUSALS} of them" in TEXT
    assert f"It is {described.WITHDRAWALS_A_PAGE} a page" in TEXT
    assert f"{listing.PAGE} a page or `limit`, at most {listing.MOST};" in TEXT
    assert f"{LASTS.seconds // 60} minutes from now" in TEXT
    assert f"{letters.BUNDLE} in a bundle" in TEXT


def test_the_settings(settings):
    assert f"at most {settings.DELETION_CERTIFICATE_DAYS} days after it was posted" in TEXT
