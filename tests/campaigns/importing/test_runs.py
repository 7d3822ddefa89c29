"""One import from beginning to end: all or nothing, dry, skipping, interrupted, and what is left of it."""

from datetime import timedelta

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from campaigns import importing
from campaigns.importing import ImportFailed, checking, merge_customers, report
from campaigns.models import Customer, Household, ImportRun
from campaigns.tasks import run_import, wake_imports
from tests import builders
from tests.campaigns.importing.files import CUSTOMERS, csv_file, import_customers, import_file, mapping, reported

GOOD = {"number": "K1", "email": "anna@example.com", "street": "Weg 1", "postcode": "10115", "city": "Berlin"}
BAD = {"number": "K2", "email": "nobody"}


def staging_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
class TestAllOrNothing:
    def test_one_bad_row_refuses_the_file_and_nothing_is_changed(self, tmp_path):
        run = import_customers(tmp_path, GOOD, BAD)
        assert (run.state, run.rows_read, run.rows_bad, run.rows_created) == ("refused", 2, 1, 0)
        assert run.message == ("1 of 2 rows are bad, so nothing was imported: row 2: email is not an e-mail address")
        assert not Customer.objects.exists()
        assert not Household.objects.exists()

    def test_only_the_first_problems_are_told_in_the_message(self, tmp_path):
        run = import_customers(tmp_path, *[BAD | {"phone": "1"}] * 4)
        assert "row 1: email is not an e-mail address; row 1: phone is not a" in run.message
        assert run.message.endswith("… and 5 more")

    def test_good_rows_are_imported_by_choice(self, tmp_path):
        run = import_customers(tmp_path, GOOD, BAD, skip_bad=True)
        assert (run.state, run.message) == ("done", "1 new customers, 0 known, 1 bad rows left out")
        assert [found.customer_number for found in Customer.objects.all()] == ["K1"]
        assert reported(run) == [(2, "email", "is not an e-mail address")]

    def test_a_dry_run_says_what_would_happen_and_changes_nothing(self, tmp_path):
        builders.customer(customer_number="K1", email=None)
        run = import_customers(tmp_path, GOOD, {"number": "K3"}, dry_run=True)
        assert (run.state, run.rows_created, run.rows_updated) == ("done", 1, 1)
        assert run.message == "dry run, nothing was changed: 1 new customers, 1 known"
        assert Customer.objects.count() == 1

    def test_a_dry_run_reports_bad_rows_too(self, tmp_path):
        run = import_customers(tmp_path, GOOD, BAD, dry_run=True)
        assert run.state == "refused"
        assert reported(run) == [(2, "email", "is not an e-mail address")]

    @pytest.mark.parametrize("content", ["", "number\n1\n", "\x00"])
    def test_a_file_that_cannot_be_read_is_refused_with_the_reason(self, tmp_path, content):
        path = tmp_path / "file.csv"
        path.write_text(content)
        run = import_file(path)
        assert run.state == "refused"
        assert run.message
        assert not run.error_report

    def test_a_file_without_rows_is_imported_in_vain(self, tmp_path):
        assert import_customers(tmp_path).message == "0 new customers, 0 known"

    def test_a_mapping_that_went_wrong_since_is_refused(self, tmp_path):
        begun = importing.start(csv_file(tmp_path, [GOOD]), mapping(CUSTOMERS))
        begun.mapping.definition = {"source": "shop"}
        importing.run(begun, path=tmp_path / "file.csv")
        assert begun.state == "refused"
        assert "neither a customer_number" in begun.message


@pytest.mark.django_db
class TestReport:
    def test_a_spreadsheet_does_not_run_what_the_file_named(self, tmp_path):
        definition = CUSTOMERS | {"attributes": {"=cmd|' /C calc'!A0": {"column": "card", "as": "integer"}}}
        run = import_file(csv_file(tmp_path, [GOOD | {"card": "xyz"}]), definition)
        assert {field[0] for _, field, _ in reported(run)} <= {"a", "'"}

    @pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM", "\tx", "\rx"])
    def test_formulas_are_harmless(self, cell):
        assert report.harmless(cell) == f"'{cell}"
        assert report.harmless(f"a{cell}") == f"a{cell}"

    def test_no_cell_of_the_file_is_repeated(self, tmp_path):
        run = import_customers(
            tmp_path, {"number": "SECRET\x01", "email": "secret@@", "phone": "secret", "postcode": "SECRET"}
        )
        with run.error_report.open("r") as file:
            assert "secret" not in file.read().lower()
        assert "secret" not in run.message.lower()

    def test_a_report_has_every_problem_in_the_order_of_the_file(self, tmp_path):
        run = import_customers(tmp_path, *[BAD] * 1200)
        assert [row for row, _, _ in reported(run)] == list(range(1, 1201))


@pytest.mark.django_db
class TestProgress:
    def test_it_is_told_and_can_be_seen_by_others_while_the_file_is_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(checking, "CHUNK", 2)
        begun = importing.start(csv_file(tmp_path, [GOOD, BAD, GOOD]), mapping(CUSTOMERS), skip_bad=True)
        seen = []

        def look(run: ImportRun) -> None:
            seen.append(ImportRun.objects.values_list("state", "rows_read", "rows_bad").get(pk=run.pk))

        importing.run(begun, path=tmp_path / "file.csv", progress=look)
        assert seen == [("running", 2, 1), ("running", 3, 1)]

    def test_a_run_that_was_begun_is_left_alone(self, tmp_path):
        begun = importing.start(csv_file(tmp_path, [GOOD]), mapping(CUSTOMERS))
        ImportRun.objects.update(state="running")
        assert importing.run(begun, path=tmp_path / "file.csv").state == "running"
        assert not Customer.objects.exists()

    def test_a_run_whose_process_was_killed_is_given_up_in_the_end(self, tmp_path):
        dead = importing.start(csv_file(tmp_path, [GOOD]), mapping(CUSTOMERS))
        ImportRun.objects.update(state="running", created_at=timezone.now() - timedelta(hours=7))
        importing.start(tmp_path / "file.csv", mapping(CUSTOMERS))
        dead.refresh_from_db()
        assert (dead.state, dead.message) == ("failed", "the process that ran it ended; nothing was imported")

    def test_no_staging_table_is_left(self, tmp_path):
        import_customers(tmp_path, GOOD, BAD)
        import_customers(tmp_path, GOOD)
        assert not staging_tables()


@pytest.mark.django_db
class TestUpload:
    def test_a_worker_imports_an_upload_and_a_second_message_does_nothing(self, tmp_path):
        content = csv_file(tmp_path, [GOOD]).read_bytes()
        somebody = builders.user()
        begun = importing.start(ContentFile(content, name="../Kunden 1.csv"), mapping(CUSTOMERS), user=somebody)
        assert (begun.state, begun.file_name, begun.started_by) == ("waiting", "Kunden 1.csv", somebody)
        for _ in range(2):
            run_import(begun.pk)
        begun.refresh_from_db()
        assert (begun.state, begun.rows_created) == ("done", 1)
        assert Customer.objects.count() == 1

    def test_one_whose_message_was_lost_is_found_and_begun(self, tmp_path, monkeypatch):
        monkeypatch.setattr(run_import, "delay", run_import)
        content = csv_file(tmp_path, [GOOD]).read_bytes()
        lost, *others = (importing.start(ContentFile(content, name="a.csv"), mapping(CUSTOMERS)) for _ in range(3))
        importing.start(tmp_path / "file.csv", mapping(CUSTOMERS))  # by a command, which runs it itself
        ImportRun.objects.exclude(pk=others[0].pk).update(created_at=timezone.now() - timedelta(minutes=3))
        ImportRun.objects.filter(pk=others[1].pk).update(state="running")
        wake_imports()
        assert [run.pk for run in ImportRun.objects.filter(state="done")] == [lost.pk]


@pytest.mark.django_db(transaction=True)
class TestFailure:
    def test_what_nobody_expected_leaves_nothing_and_says_no_personal_data(self, tmp_path, monkeypatch, caplog):
        def broken(definition):
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO campaigns_customer (customer_number) VALUES (%s)", ["sec" + "ret"])

        monkeypatch.setitem(importing.runs.MERGES, "customers", broken)
        begun = importing.start(csv_file(tmp_path, [GOOD]), mapping(CUSTOMERS))
        with pytest.raises(ImportFailed, match=rf"^import {begun.pk} failed: IntegrityError$"):
            importing.run(begun, path=tmp_path / "file.csv")
        begun.refresh_from_db()
        assert (begun.state, begun.message) == ("failed", "IntegrityError: nothing was imported")
        assert "secret" not in caplog.text
        assert "merge" in caplog.text

    def test_a_merge_that_breaks_off_half_way_is_undone(self, tmp_path, monkeypatch):
        monkeypatch.setattr(merge_customers, "STEPS", (*merge_customers.STEPS, "SELECT 1 / 0"))
        with pytest.raises(ImportFailed):
            import_customers(tmp_path, GOOD)
        assert not Customer.objects.exists()
        assert not Household.objects.exists()
        assert ImportRun.objects.get().rows_created == 0

    def test_a_lost_connection_is_noticed_and_the_run_has_failed(self, tmp_path, settings):
        begun = importing.start(csv_file(tmp_path, [GOOD]), mapping(CUSTOMERS))

        def cut(run: ImportRun) -> None:
            with psycopg.connect(**_connection_parameters(), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

        with pytest.raises(ImportFailed):
            importing.run(begun, path=tmp_path / "file.csv", progress=cut)
        begun.refresh_from_db()
        assert begun.state == "failed"
        assert not Customer.objects.exists()

    def test_an_interrupted_run_says_so(self, tmp_path):
        begun = importing.start(csv_file(tmp_path, [GOOD]), mapping(CUSTOMERS))

        def interrupt(run: ImportRun) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            importing.run(begun, path=tmp_path / "file.csv", progress=interrupt)
        begun.refresh_from_db()
        assert (begun.state, begun.message) == ("failed", "KeyboardInterrupt: nothing was imported")


def _connection_parameters() -> dict:
    return {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in ("dbname", "user", "host", "port", "password")
    }
