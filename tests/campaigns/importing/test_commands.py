"""The two commands: what they print, where the report goes, and with what they exit."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns import importing
from campaigns.importing import command
from campaigns.models import Customer, Event, ImportRun
from tests import builders
from tests.campaigns.importing.files import CUSTOMERS, EVENT, EVENTS, csv_file

pytestmark = pytest.mark.django_db

GOOD = {"number": "K1", "email": "anna@example.com"}
BAD = {"number": "K2", "email": "nobody"}


@pytest.fixture(autouse=True)
def _mappings():
    importing.save_mapping(name="shop", kind="customers", definition=CUSTOMERS)
    importing.save_mapping(name="till", kind="events", definition=EVENTS)


def call(name: str, *arguments) -> str:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out)
    return out.getvalue()


def refusal(name: str, *arguments) -> str:
    with pytest.raises(CommandError) as refused:
        call(name, *arguments)
    return str(refused.value)


def test_customers_and_events(tmp_path):
    customers = csv_file(tmp_path, [GOOD])
    events = csv_file(
        tmp_path, [{"number": "K1", "kind": "purchased", "at": "2024-05-01"}], columns=EVENT, name="e.csv"
    )
    assert call("import_customers", customers, "--mapping", "shop") == "1 new customers, 0 known\n"
    assert call("import_events", events, "--mapping", "till") == "1 new events, 0 known\n"
    assert (Customer.objects.count(), Event.objects.count()) == (1, 1)
    assert [run.file_name for run in ImportRun.objects.order_by("pk")] == ["file.csv", "e.csv"]


def test_a_dry_run(tmp_path):
    said = call("import_customers", csv_file(tmp_path, [GOOD]), "--mapping", "shop", "--dry-run")
    assert said == "dry run, nothing was changed: 1 new customers, 0 known\n"
    assert not Customer.objects.exists()


def test_a_bad_row_is_a_failure_and_its_report_is_written_where_wanted(tmp_path):
    target = tmp_path / "errors.csv"
    said = refusal("import_customers", csv_file(tmp_path, [GOOD, BAD]), "--mapping", "shop", "--errors", target)
    assert said.startswith("1 of 2 rows are bad, so nothing was imported: row 2: email")
    assert target.read_text("utf-8-sig").splitlines()[1] == "2,email,is not an e-mail address"
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["errors.csv", "file.csv"]


def test_skipping_bad_rows_is_no_failure_and_reports_them_too(tmp_path):
    target = tmp_path / "errors.csv"
    path = csv_file(tmp_path, [GOOD, BAD])
    said = call("import_customers", path, "--mapping", "shop", "--skip-bad-rows", "--errors", target)
    assert said == "1 new customers, 0 known, 1 bad rows left out\n"
    assert target.exists()


def test_no_report_is_written_where_nothing_is_wrong(tmp_path):
    call("import_customers", csv_file(tmp_path, [GOOD]), "--mapping", "shop", "--errors", tmp_path / "errors.csv")
    assert not (tmp_path / "errors.csv").exists()


def test_what_cannot_be_begun_is_answered(tmp_path):
    path = csv_file(tmp_path, [GOOD])
    assert "no mapping 'none'" in refusal("import_customers", path, "--mapping", "none")
    assert "is for events, not for customers" in refusal("import_customers", path, "--mapping", "till")
    assert "there is no file" in refusal("import_events", tmp_path / "none.csv", "--mapping", "till")
    assert "the header lacks" in refusal("import_events", path, "--mapping", "till")
    assert "a file of type .pdf" in refusal("import_customers", path.rename(tmp_path / "a.pdf"), "--mapping", "shop")


def test_progress_is_shown_now_and_then(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "SECONDS_BETWEEN_LINES", -1)
    builders.customer(customer_number="K1")
    call("import_customers", csv_file(tmp_path, [{"number": "K1"}] * 3), "--mapping", "shop")
    assert "3 rows read, 0 bad" in capsys.readouterr().err
