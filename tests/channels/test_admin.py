"""Keys are shown once, uncertain messages are decided by people, jobs are cancelled in time, lists are taken by POST."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from channels import keys, print_files
from channels.models import ApiKey, AudienceFile, Dispatch, DispatchState, MailingFile, PrintItem, PrintJob
from channels.social import files as social_files
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


class TestKeys:
    def make(self, client, **fields):
        form = {
            "name": "till",
            "scopes": ["redemptions"],
            "vendor": "",
            "expires_at_0": "",
            "expires_at_1": "",
        } | fields
        return client.post(reverse("admin:channels_apikey_add"), form)

    def test_a_new_key_works_and_is_shown_this_once(self):
        client = admin_clients.in_role("Campaign manager")
        answer = self.make(client)
        raw = answer.context["raw"]
        assert raw.encode() in answer.content
        assert "no-store" in answer["Cache-Control"]
        assert keys.authenticate(raw, scope="redemptions") == ApiKey.objects.get()
        secret = raw.partition(".")[2].encode()
        for url in ("changelist", "change"):
            args = [ApiKey.objects.get().pk] if url == "change" else []
            assert secret not in client.get(reverse(f"admin:channels_apikey_{url}", args=args)).content
        assert secret not in str(client.session.items()).encode()

    def test_a_revoked_key_opens_nothing(self):
        key, raw = keys.create(name="till", scope="redemptions")
        client = admin_clients.in_role("Campaign manager")
        client.post(reverse("admin:channels_apikey_revoke", args=[key.pk]))
        assert keys.authenticate(raw, scope="redemptions") is None

    def test_who_may_only_look_at_keys_does_not_revoke(self):
        key, raw = keys.create(name="till", scope="redemptions")
        answer = admin_clients.in_role("Privacy officer").post(reverse("admin:channels_apikey_revoke", args=[key.pk]))
        assert answer.status_code == 403
        assert keys.authenticate(raw, scope="redemptions") == key

    def test_a_key_is_never_edited(self):
        key, _ = keys.create(name="till", scope="redemptions")
        url = reverse("admin:channels_apikey_change", args=[key.pk])
        admin_clients.superuser().post(url, {"name": "other", "scopes": ["events"]})
        assert ApiKey.objects.get().scopes == ["redemptions"]

    @pytest.mark.parametrize(
        ("fields", "errors"),
        [
            ({"scopes": ["jobs:read"]}, {"vendor": ["Say whose key this is."]}),
            ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, {"expires_at": ["This is in the past."]}),
        ],
    )
    def test_a_key_without_sense_is_refused(self, fields, errors):
        answer = self.make(admin_clients.superuser(), **fields)
        assert answer.context["adminform"].form.errors == errors
        assert not ApiKey.objects.exists()

    def test_only_a_key_of_the_vendor_api_belongs_to_a_vendor(self):
        answer = self.make(admin_clients.superuser(), vendor=builders.vendor().pk)
        assert list(answer.context["adminform"].form.errors) == ["vendor"]


class TestUncertain:
    def test_all_of_a_wave_and_channel_are_decided_in_one_click(self):
        wave = builders.wave()
        for _ in range(3):
            builders.dispatch(wave, state="uncertain")
        other = builders.dispatch(builders.wave(), state="uncertain")
        client = admin_clients.in_role("Campaign manager")
        assert client.get(reverse("admin:channels_dispatch_uncertain")).context["rows"][1]["number"] == 3
        form = {"wave": wave.pk, "channel": "email", "verdict": "sent"}
        client.post(reverse("admin:channels_dispatch_decide"), form)
        assert set(wave.dispatches.values_list("state", flat=True)) == {"sent"}
        assert Dispatch.objects.get(pk=other.pk).state == "uncertain"

    @pytest.mark.parametrize("form", [{}, {"wave": "x", "verdict": "sent"}, {"wave": "1", "verdict": "delivered"}])
    def test_nonsense_decides_nothing(self, form):
        builders.dispatch(builders.wave(), state="uncertain")
        admin_clients.superuser().post(reverse("admin:channels_dispatch_decide"), form)
        assert Dispatch.objects.get().state == "uncertain"

    @pytest.mark.parametrize(
        ("action", "state"), [("it_was_sent", "sent"), ("it_failed", "failed"), ("queue_it_again", "queued")]
    )
    def test_chosen_ones_are_decided_from_the_list_and_others_stay(self, action, state):
        wave = builders.wave()
        doubtful, waiting = builders.dispatch(wave, state="uncertain"), builders.dispatch(wave)
        form = {"action": action, "_selected_action": [doubtful.pk, waiting.pk]}
        client = admin_clients.in_role("Campaign manager")
        client.post(reverse("admin:channels_dispatch_changelist"), form)
        assert Dispatch.objects.get(pk=doubtful.pk).state == state
        assert Dispatch.objects.get(pk=waiting.pk).state == DispatchState.QUEUED

    def test_who_may_only_look_decides_nothing(self):
        doubtful = builders.dispatch(builders.wave(), state="uncertain")
        client = admin_clients.in_role("Analyst")
        form = {"action": "it_was_sent", "_selected_action": [doubtful.pk]}
        client.post(reverse("admin:channels_dispatch_changelist"), form)
        assert Dispatch.objects.get().state == "uncertain"


def job(**fields) -> PrintJob:
    wave = builders.wave(builders.campaign(channels=("print_mailing",)))
    option = wave.campaign.options.get()
    made = PrintJob.objects.create(
        vendor=builders.vendor(), wave=wave, option=option, channel="print_mailing", rows=1, **fields
    )
    letter = builders.dispatch(wave, channel="print_mailing", state="handed_over")
    PrintItem.objects.create(job=made, sequence=1, dispatch=letter)
    return made


class TestLinks:
    def test_a_related_row_is_a_link_for_who_may_open_it_and_its_name_for_others(self):
        made = job()
        wave, page = made.wave, reverse("admin:channels_printjob_change", args=[made.pk])
        link = reverse("admin:campaigns_wave_change", args=[wave.pk])
        for role, is_linked in (("Campaign manager", True), ("Privacy officer", False)):
            text = admin_clients.in_role(role).get(page).content.decode()
            assert str(wave) in text
            assert (link in text) is is_linked

    def test_a_list_leads_to_customers_who_may_see_them_and_tells_others_the_number(self):
        sent = builders.dispatch(builders.wave(), state="sent")
        link = reverse("admin:campaigns_customer_change", args=[sent.customer_id])
        for role, is_linked in (("Privacy officer", True), ("Analyst", False)):
            text = admin_clients.in_role(role).get(reverse("admin:channels_dispatch_changelist")).content.decode()
            assert f"customer {sent.customer_id}" in text
            assert (link in text) is is_linked

    def test_the_message_is_offered_to_who_may_read_it(self):
        sent = builders.dispatch(builders.wave(), state="sent")
        page = reverse("admin:channels_dispatch_change", args=[sent.pk])
        for role, is_offered in (("Campaign manager", True), ("Privacy officer", False)):
            assert (b"Show the message" in admin_clients.in_role(role).get(page).content) is is_offered


class TestPrintJobs:
    def test_a_job_is_cancelled_with_its_letters(self):
        made = job()
        admin_clients.in_role("Campaign manager").post(reverse("admin:channels_printjob_cancel", args=[made.pk]))
        assert PrintJob.objects.get().state == "cancelled"
        assert Dispatch.objects.get().state == "cancelled"

    def test_once_it_is_in_production_it_is_too_late(self):
        made, client = job(state="in_production"), admin_clients.in_role("Campaign manager")
        answer = client.post(reverse("admin:channels_printjob_cancel", args=[made.pk]))
        assert admin_clients.said(answer) == ["A job that is in production cannot be cancelled."]
        assert PrintJob.objects.get().state == "in_production"
        page = client.get(reverse("admin:channels_printjob_change", args=[made.pk]))
        assert page.context["may_cancel"] is False

    def test_items_are_summed_by_state(self):
        page = admin_clients.superuser().get(reverse("admin:channels_printjob_change", args=[job().pk]))
        assert [(row["label"], row["items"]) for row in page.context["item_sums"]] == [("Planned", 1)]

    def test_a_file_is_downloaded_and_it_is_noted_by_whom(self):
        made = job()
        file = MailingFile.objects.create(
            job=made, revision=1, name="letters.csv", media_type="text/csv", path=f"{made.pk}/1/letters.csv", rows=1,
            bytes=6, sha256="0" * 64,
        )  # fmt: skip
        print_files.location(file).parent.mkdir(parents=True)
        print_files.location(file).write_bytes(b"a,b,c\n")
        client = admin_clients.in_role("Campaign manager")
        url = reverse("admin:channels_printjob_file", args=[made.pk, file.pk])
        assert b"".join(client.get(url).streaming_content) == b"a,b,c\n"
        assert LogEntry.objects.get(user=client.user).change_message == "downloaded"
        print_files.location(file).unlink()
        assert client.get(url).status_code == 404


class TestSocialLists:
    def listed(self, **fields) -> AudienceFile:
        made = AudienceFile.objects.create(
            **({"network": "meta", "action": "add", "path": "meta/add-1.csv", "rows": 1, "sha256": "0" * 64} | fields)
        )
        place = social_files.location(made)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"email\nabc\n")
        return made

    def test_taking_a_list_marks_it_as_fetched(self):
        made, client = self.listed(), admin_clients.in_role("Campaign manager")
        answer = client.post(reverse("admin:channels_audiencefile_fetch", args=[made.pk]))
        assert b"".join(answer.streaming_content) == b"email\nabc\n"
        assert "add-1.csv" in answer["Content-Disposition"]
        assert AudienceFile.objects.get().fetched_at is not None

    def test_who_may_only_look_takes_none(self):
        made, client = self.listed(), admin_clients.in_role("Privacy officer")
        assert client.post(reverse("admin:channels_audiencefile_fetch", args=[made.pk])).status_code == 403
        assert AudienceFile.objects.get().fetched_at is None

    def test_a_list_that_is_gone_is_said_to_be_gone(self):
        made, client = self.listed(), admin_clients.superuser()
        social_files.location(made).unlink()
        answer = client.post(reverse("admin:channels_audiencefile_fetch", args=[made.pk]))
        assert admin_clients.said(answer) == ["There is no such list any more."]

    def test_a_remove_list_that_waits_for_over_a_day_is_overdue(self):
        self.listed(action="remove", created_at=timezone.now() - timedelta(hours=25))
        assert b"overdue" in admin_clients.superuser().get(reverse("admin:channels_audiencefile_changelist")).content


def test_the_short_name_of_a_vendor_never_changes() -> None:
    vendor = builders.vendor("press")
    client = admin_clients.in_role("Campaign manager")
    url = reverse("admin:channels_vendor_change", args=[vendor.pk])
    admin_clients.save(client, url, name="Press House", slug="other")
    vendor.refresh_from_db()
    assert (vendor.name, vendor.slug) == ("Press House", "press")
