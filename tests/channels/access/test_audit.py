"""Every access is on record, nothing personal is in it, and what is on record stays there."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from channels import keys
from channels.access import audit, plain
from channels.models import ApiKey, AuditEntry
from tests import admin_clients, builders
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def press() -> printing.Caller:
    return printing.Caller(printing.vendor())


def last() -> AuditEntry:
    return AuditEntry.objects.order_by("-pk").first()


class TestTheVendorApi:
    def test_each_request_is_one_entry_of_key_vendor_object_and_result(self, press):
        job = printing.bare_job()
        press.get(f"jobs/{job.pk}")
        (entry,) = AuditEntry.objects.all()
        assert (entry.vendor_id, entry.key_id, entry.user_id) == (press.vendor.pk, ApiKey.objects.get().pk, None)
        assert (entry.action, entry.object_type, entry.object_id) == ("vendor-job", "printjob", job.pk)
        assert (entry.outcome, entry.address) == ("ok", "127.0.0.1")
        assert entry.facts == {"method": "GET", "status": 200}

    def test_it_costs_one_statement(self, press):
        with CaptureQueriesContext(connection) as made:
            press.get("jobs")
        assert sum("channels_auditentry" in one["sql"] for one in made.captured_queries) == 1

    def test_a_download_says_which_bytes(self, press):
        job = printing.mailing(1)
        name, file = next(iter(printing.files(job).items()))
        answer = press.get(f"jobs/{job.pk}/files/{name}", Range="bytes=3-9")
        assert answer.status_code == 206
        assert last().facts | {"name": name, "bytes": "3-9", "status": 206, "method": "GET"} == last().facts
        press.get(f"jobs/{job.pk}/files/{name}")
        assert last().facts["bytes"] == f"0-{file.bytes - 1}"

    def test_who_asks_for_what_is_anothers_is_on_record_with_what_was_asked_for(self, press):
        theirs = printing.bare_job(slug="other")
        press.get(f"jobs/{theirs.pk}")
        assert (last().outcome, last().object_id, last().facts["status"]) == ("refused", theirs.pk, 404)
        assert last().vendor_id == press.vendor.pk

    @pytest.mark.parametrize("name", ["Erika Muster", "a@b.example", "ü.csv", "%00"])
    def test_what_a_caller_wrote_is_not_kept_unless_it_looks_like_a_name_of_ours(self, press, name):
        job = printing.bare_job()
        press.get(f"jobs/{job.pk}/files/{name}")
        assert last().facts["name"] == "unreadable"

    @pytest.mark.parametrize("number", ["x", "9" * 30, "-1", "٣"])
    def test_a_number_that_is_none_is_left_out(self, press, number):
        press.get(f"jobs/{number}")
        assert (last().object_type, last().object_id) == ("", None)

    def test_a_method_that_there_is_not_is_on_record_too(self, press):
        press.client.delete("/vendor/v1/jobs", headers={"Authorization": f"Bearer {press.raw}"})
        assert last().facts == {"method": "DELETE", "status": 405}

    def test_so_is_what_broke(self, press, monkeypatch):
        def broken(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("channels.vendor_api.views.JobsView.get", broken)
        with pytest.raises(RuntimeError):
            press.get("jobs")
        assert (last().outcome, last().facts["status"]) == ("failed", 500)

    def test_nothing_is_answered_that_could_not_be_recorded(self, press, monkeypatch):
        monkeypatch.setattr(audit, "ADD", "INSERT INTO nowhere SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s")
        with pytest.raises(DatabaseError):
            press.get("jobs")

    def test_what_could_not_be_recorded_is_not_done(self, press, monkeypatch):
        job = printing.bare_job()
        monkeypatch.setattr(audit, "ADD", "INSERT INTO nowhere SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s")
        with pytest.raises(DatabaseError), transaction.atomic():
            press.post(f"jobs/{job.pk}/reject", {"reason": "no paper"})
        job.refresh_from_db()
        assert job.state == "ready"

    def test_a_step_and_its_entry_are_committed_together(self, press):
        job = printing.bare_job()
        with CaptureQueriesContext(connection) as made:
            press.post(f"jobs/{job.pk}/reject", {"reason": "no paper"})
        statements = [one["sql"] for one in made.captured_queries]
        (entry,) = [place for place, one in enumerate(statements) if "channels_auditentry" in one]
        assert any(one.startswith("RELEASE SAVEPOINT") for one in statements[entry:])  # in a test, of the transaction
        assert last().facts == {"method": "POST", "status": 200}

    def test_a_step_that_is_refused_is_one_entry(self, press):
        job = printing.bare_job()
        press.post(f"jobs/{job.pk}/printed", {})
        (entry,) = AuditEntry.objects.all()
        assert (entry.outcome, entry.facts["status"]) == ("refused", 409)


class TestRefusedKeys:
    def test_a_wrong_one_is_recorded_by_its_prefix_only(self, press):
        prefix = press.raw.partition(".")[0]
        press.raw = f"{prefix}.wrong"
        press.get("jobs")
        assert (last().action, last().outcome, last().key_id) == ("key-refused", "refused", None)
        assert last().facts == {"reason": "wrong", "prefix": prefix, "method": "GET", "route": "vendor-jobs"}

    def test_what_is_no_key_at_all_is_not_kept(self, press):
        press.raw = "my-secret-password"
        press.get("jobs")
        assert "prefix" not in last().facts
        assert "secret" not in str(AuditEntry.objects.values().get())

    def test_one_that_has_ended_names_its_key(self, press):
        keys.revoke(ApiKey.objects.get())
        press.get("jobs")
        assert (last().key_id, last().vendor_id) == (ApiKey.objects.get().pk, press.vendor.pk)
        assert last().facts["reason"] == "ended"

    def test_other_apis_record_refusals_as_well(self, client):
        client.post("/api/events", {}, "application/json", headers={"Authorization": "Bearer x"})
        assert last().facts["route"] == "api-events"

    def test_without_a_key_nobody_asked_for_anything(self, client):
        client.get("/vendor/v1/jobs")
        assert not AuditEntry.objects.exists()


class TestItStays:
    @pytest.fixture
    def entry(self) -> AuditEntry:
        audit.note(None, "tried")
        return AuditEntry.objects.get()

    def test_no_entry_is_changed(self, entry):
        for change in ({"action": "other"}, {"facts": {}}, {"at": timezone.now() - timedelta(days=1000)}):
            with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
                AuditEntry.objects.filter(pk=entry.pk).update(**change)

    def test_not_even_a_very_old_one(self):
        old = AuditEntry.objects.create(action="old", at=timezone.now() - timedelta(days=4000))
        with pytest.raises(IntegrityError), transaction.atomic():
            AuditEntry.objects.filter(pk=old.pk).update(action="other")

    def test_no_young_one_is_deleted(self, entry):
        with pytest.raises(IntegrityError, match="DELETE is refused"), transaction.atomic():
            entry.delete()
        with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM channels_auditentry")
        assert AuditEntry.objects.exists()

    def test_nor_are_all_by_emptying_the_table(self, entry):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL audit.may_be_emptied = ''")
            with pytest.raises(IntegrityError, match="TRUNCATE is refused"), transaction.atomic():
                cursor.execute("TRUNCATE channels_auditentry")
        assert AuditEntry.objects.exists()

    def test_old_ones_are_forgotten_after_the_time_that_is_set(self, settings, monkeypatch):
        monkeypatch.setattr(audit, "AT_ONCE", 2)
        for days in (99, 101, 150, 200, 300, 1):
            AuditEntry.objects.create(action=f"of {days}", at=timezone.now() - timedelta(days=days))
        settings.AUDIT_KEPT_DAYS = 100
        assert audit.forget_old() == 4
        assert sorted(AuditEntry.objects.values_list("action", flat=True)) == ["of 1", "of 99"]

    def test_a_shorter_time_than_the_database_allows_is_90_days(self, settings):
        AuditEntry.objects.create(action="young", at=timezone.now() - timedelta(days=89))
        settings.AUDIT_KEPT_DAYS = 1
        assert audit.forget_old() == 0

    def test_it_outlives_whom_it_names(self):
        vendor, user = builders.vendor(), User.objects.create_user("gone")
        audit.note(user, "tried", vendor)
        user.delete()
        vendor.delete()
        assert (last().user_id, last().vendor_id, last().object_type) != (None, None, "")


class TestNotes:
    def test_staff_who_take_a_file_are_on_record(self):
        job = printing.mailing(1)
        file = next(iter(printing.files(job).values()))
        client = admin_clients.superuser()
        client.get(f"/admin/channels/printjob/{job.pk}/files/{file.pk}/")
        entry = AuditEntry.objects.get(action="staff-download")
        assert (entry.object_type, entry.object_id, entry.facts) == ("printjob", job.pk, {"file": file.pk})
        assert (entry.user_id, entry.vendor_id, entry.address) == (User.objects.get().pk, job.vendor_id, "127.0.0.1")

    def test_so_are_staff_who_look_at_a_job_and_not_who_may_not(self):
        job = printing.bare_job()
        admin_clients.in_role("Content editor").get(f"/admin/channels/printjob/{job.pk}/change/")
        assert not AuditEntry.objects.exists()
        admin_clients.in_role("Privacy officer").get(f"/admin/channels/printjob/{job.pk}/change/")
        assert (last().action, last().object_id) == ("staff-view", job.pk)

    @pytest.mark.parametrize("value", ["Erika Muster", "a@b.example", "", ["x"], {"a": 1}, 1.5, "x" * 101, "a\nb"])
    def test_what_could_be_personal_is_refused(self, value):
        with pytest.raises(ValueError, match="reason must be"):
            audit.note(None, "tried", reason=value)
        assert not AuditEntry.objects.exists()

    @given(facts=st.dictionaries(st.sampled_from(["a", "b"]), st.integers() | st.booleans() | st.none()))
    def test_numbers_are_taken_as_they_are(self, facts):
        assert plain.checked(facts) == facts
