"""The print vendor API: own jobs only, clear refusals, and every POST once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import consent
from channels import keys
from channels.models import IdempotentAnswer, JobState, PrintJob, PrintReport
from channels.print_jobs.steps import ALLOWED
from channels.vendor_api import idempotency, listing
from tests import builders
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def press() -> printing.Caller:
    return printing.Caller(printing.vendor())


def problem(response) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["type"].removeprefix("urn:problem:")


class TestJobs:
    def test_are_listed_with_what_may_be_done(self, press):
        job = printing.mailing(2)
        (listed,) = press.get("jobs").json()["jobs"]
        assert listed["id"] == job.pk
        assert (listed["state"], listed["allowed"]) == ("ready", list(ALLOWED[JobState.READY]))
        assert (listed["rows"], listed["revision"], listed["channel"]) == (2, 1, "print_mailing")
        assert press.get(f"jobs/{job.pk}").json().items() >= listed.items()

    def test_come_page_by_page(self, press, monkeypatch):
        monkeypatch.setattr(listing, "PAGE", 2)
        made = [printing.mailing(1).pk for _ in range(3)]
        first = press.get("jobs").json()
        second = press.get(f"jobs?after={first['next']}").json()
        assert [job["id"] for job in first["jobs"] + second["jobs"]] == made
        assert second["next"] is None

    def test_can_be_asked_for_by_state(self, press):
        printing.mailing(1)
        assert len(press.get("jobs?state=ready").json()["jobs"]) == 1
        assert press.get("jobs?state=posted").json()["jobs"] == []

    @pytest.mark.parametrize("query", ["state=lost", "after=x", "after=-1", "after=%D9%A1", f"after={'9' * 30}"])
    def test_a_bad_question_is_refused(self, press, query):
        assert problem(press.get(f"jobs?{query}")) == (400, "invalid")

    def test_tell_nothing_of_audience_campaign_or_person(self, press):
        job = printing.mailing(1)
        text = press.get(f"jobs/{job.pk}").content.decode()
        assert job.wave.campaign.name not in text
        assert job.wave.campaign.audience.name not in text


class TestKeys:
    def test_none(self, client):
        response = client.get("/vendor/v1/jobs")
        assert problem(response)[0] == 401
        assert response.json()["detail"] == "a key is needed: Authorization: Bearer <key>"
        assert response["WWW-Authenticate"].startswith("Bearer")

    def test_unknown_revoked_and_expired_ones(self, press):
        key, raw = keys.create(name="old", scope="vendor", vendor=press.vendor)
        keys.revoke(key)
        late = keys.create(
            name="late", scope="vendor", vendor=press.vendor, expires_at=timezone.now() - timedelta(seconds=1)
        )
        for bad in ("nonsense", raw, late[1], ""):
            press.raw = bad
            assert problem(press.get("jobs"))[0] == 401

    def test_one_for_another_api(self, press):
        press.raw = keys.create(name="shop", scope="events")[1]
        assert problem(press.get("jobs")) == (403, "insufficient-scope")

    def test_of_a_vendor_who_is_not_active_any_more(self, press):
        type(press.vendor).objects.update(is_active=False)
        assert problem(press.get("jobs"))[0] == 401


BODIES = {
    "acknowledge": {"revision": 1, "files": [{"name": "letters.csv", "sha256": "0" * 64, "bytes": 1, "rows": 1}]},
    "reject": {"reason": "no paper"},
    "production-start": {"revision": 1},
    "items": {"items": [printing.row("a", 1, "posted")]},
    "posted": {"pieces": 1, "posted_at": "2026-05-04T12:00:00+02:00", "receipt": "P-1"},
}


MORE = {
    "lease": {"holder": "a"},
    "printed": {},
    "deletion-certificate": {"deleted_at": "2026-01-01T00:00:00Z"},
    "withdrawals/1/acknowledge": {},
}


class TestVendorsAreApart:
    """Another vendor's job answers exactly as one that does not exist."""

    @pytest.fixture
    def theirs(self) -> PrintJob:
        return printing.bare_job(slug="other")

    @pytest.mark.parametrize(
        "path", ["", "/files", "/files/letters.csv", "/files/letters.csv?revision=1", "/withdrawals"]
    )
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_when_reading(self, press, theirs, path, method):
        headers = {"Authorization": f"Bearer {press.raw}"}
        ask = getattr(press.client, method)
        answers = [ask(f"/vendor/v1/jobs/{id_}{path}", headers=headers) for id_ in (theirs.pk, 10**12)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content

    @pytest.mark.parametrize("step", BODIES | MORE)
    def test_when_taking_steps(self, press, theirs, step):
        answers = [press.post(f"jobs/{id_}/{step}", (BODIES | MORE)[step]) for id_ in (theirs.pk, 10**12)]
        assert [problem(answer) for answer in answers] == [(404, "not-found")] * 2
        assert answers[0].content == answers[1].content
        theirs.refresh_from_db()
        assert theirs.state == "ready"

    def test_when_releasing_a_lease(self, press, theirs):
        headers = {"Authorization": f"Bearer {press.raw}"}
        answers = [press.client.delete(f"/vendor/v1/jobs/{id_}/lease", headers=headers) for id_ in (theirs.pk, 10**12)]
        assert [problem(answer) for answer in answers] == [(404, "not-found")] * 2

    @pytest.mark.parametrize("step", BODIES | MORE)
    def test_before_looking_at_what_was_sent(self, press, theirs, step):
        assert press.post(f"jobs/{theirs.pk}/{step}", {"nonsense": 1}).status_code == 404

    @pytest.mark.parametrize(
        "path", ["", "/files", "/files/letters.csv", "/withdrawals", *(f"/{step}" for step in BODIES)]
    )
    @pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
    def test_by_methods_that_nobody_has(self, press, theirs, path, method):
        ours = printing.bare_job()
        headers = {"Authorization": f"Bearer {press.raw}"}
        answers = [
            getattr(press.client, method)(f"/vendor/v1/jobs/{id_}{path}", headers=headers)
            for id_ in (theirs.pk, ours.pk)
        ]
        assert [answer.status_code for answer in answers] == [405, 405]

    def test_in_the_listing(self, press, theirs):
        assert press.get("jobs").json()["jobs"] == []

    @pytest.mark.parametrize("id_", ["0", "-1", "1e3", "%D9%A1", "9" * 40, "x", "%00"])
    def test_ids_that_are_none_are_not_found(self, press, id_):
        assert press.get(f"jobs/{id_}").status_code == 404


class TestSteps:
    def test_the_whole_way(self, press):
        job = printing.mailing(2)
        seen = [press.acknowledge(job).json(), press.start(job).json()]
        report = press.report(job, printing.row("a", 1, "posted"), printing.row("b", 9, "posted")).json()
        assert [one["result"] for one in report["results"]] == ["recorded", "refused"]
        assert report["job"]["state"] == "in_production"
        seen.append(press.posted(job, 2).json())
        assert [one["state"] for one in seen] == ["acknowledged", "in_production", "reconciled"]
        assert [tuple(one["allowed"]) for one in seen] == [
            ALLOWED[state] for state in (JobState.ACKNOWLEDGED, JobState.IN_PRODUCTION, JobState.RECONCILED)
        ]

    @pytest.mark.parametrize("step", ["production-start", "items", "posted"])
    def test_a_step_too_early_is_told_what_is_allowed(self, press, step):
        job = printing.bare_job()
        response = press.post(f"jobs/{job.pk}/{step}", BODIES[step])
        assert problem(response) == (409, "wrong-state")
        assert response.json()["allowed"] == list(ALLOWED[JobState.READY])
        assert response.json()["state"] == "ready"

    @pytest.mark.parametrize("step", BODIES)
    def test_nothing_goes_on_with_a_rejected_job(self, press, step):
        job = printing.bare_job()
        assert press.post(f"jobs/{job.pk}/reject", {"reason": "no paper"}).json()["allowed"] == ["deletion-certificate"]
        response = press.post(f"jobs/{job.pk}/{step}", BODIES[step])
        assert problem(response) == (409, "wrong-state")
        assert response.json()["allowed"] == ["deletion-certificate"]

    @pytest.mark.parametrize(
        ("step", "body", "field"),
        [
            ("acknowledge", {"revision": 0, "files": BODIES["acknowledge"]["files"]}, "revision"),
            ("acknowledge", {"revision": 1, "files": []}, "files"),
            (
                "acknowledge",
                {"revision": 1, "files": [{"name": "a", "sha256": "ABC", "bytes": 1, "rows": 1}]},
                "files.sha256",
            ),
            ("reject", {"reason": ""}, "reason"),
            ("reject", {"reason": "a\x00b"}, "reason"),
            ("production-start", {}, "revision"),
            ("items", {"items": []}, "items"),
            ("items", {}, "items"),
            ("items", {"items": [{}] * 1001}, "items"),
            ("posted", BODIES["posted"] | {"pieces": -1}, "pieces"),
            ("posted", BODIES["posted"] | {"posted_at": "2999-01-01T00:00:00Z"}, "posted_at"),
            ("posted", BODIES["posted"] | {"receipt": ""}, "receipt"),
        ],
    )
    def test_bad_input_is_named(self, press, step, body, field):
        job = printing.bare_job("in_production" if step in ("items", "posted") else "ready")
        response = press.post(f"jobs/{job.pk}/{step}", body)
        assert problem(response) == (400, "invalid")
        assert field in [error["field"] for error in response.json()["errors"]]

    def test_what_is_no_json_is_refused(self, press):
        job = printing.mailing(1)
        headers = {"Authorization": f"Bearer {press.raw}", "Idempotency-Key": "k"}
        url = f"/vendor/v1/jobs/{job.pk}/reject"
        assert problem(press.client.post(url, "{", "application/json", headers=headers)) == (400, "invalid")
        assert problem(press.client.post(url, "a=1", "application/x-www-form-urlencoded", headers=headers))[0] == 415

    def test_too_many_levels_are_refused(self, press):
        answer = press.post(f"jobs/{printing.bare_job().pk}/reject", "[" * 100_000)
        assert (problem(answer), answer.json()["detail"]) == ((400, "invalid"), "this JSON has too many levels")

    def test_a_body_that_is_too_large_is_refused(self, press, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        answer = press.post(f"jobs/{printing.bare_job().pk}/reject", {"reason": "no paper" * 20})
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:problem:too-large")
        assert "100 bytes" in answer.json()["detail"]

    def test_a_wrong_checksum_names_the_file(self, press):
        job = printing.mailing(1)
        checks = BODIES["acknowledge"]["files"]
        response = press.acknowledge(job, files=checks)
        assert problem(response) == (422, "checksum-mismatch")
        assert {"file": "letters-0001.pdf", "field": "name", "reason": "is missing"} in response.json()["errors"]
        assert response.json()["allowed"] == list(ALLOWED[JobState.READY])

    def test_too_many_pieces_are_told_how_many(self, press):
        job = printing.mailing(2)
        press.produce(job)
        response = press.posted(job, 3)
        assert problem(response) == (422, "pieces-mismatch")
        assert response.json()["expected"] == 2


class TestObjections:
    def test_production_does_not_start_with_somebody_who_objected_a_moment_ago(self, press):
        """Before any sweep: the start itself looks, and takes the letter out."""
        job = printing.mailing(2)
        press.acknowledge(job)
        consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
        response = press.start(job)
        assert problem(response) == (409, "withdrawals-pending")
        assert response.json()["revision"] == 2
        assert printing.states(job) == ["suppressed", "handed_over"]
        assert press.produce(job).status_code == 200

    def test_nor_with_the_files_before(self, press):
        job = printing.mailing(2)
        press.acknowledge(job)
        consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
        press.start(job)
        assert problem(press.start(job, revision=1)) == (409, "withdrawals-pending")
        assert problem(press.start(job, revision=2)) == (409, "withdrawals-pending")

    def test_a_job_of_theirs_alone_is_over(self, press):
        job = printing.mailing(1)
        press.acknowledge(job)
        consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
        response = press.start(job)
        assert problem(response) == (409, "wrong-state")
        assert response.json()["state"] == "cancelled"


class TestRows:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"state": "lost"}, "state: "),
            ({"sequence": 0}, "sequence: "),
            ({"at": "yesterday"}, "at: "),
            ({"at": "2999-01-01T00:00:00Z"}, "at: is in the future"),
            ({"state": "returned"}, "reason: must be one of"),
            ({"event_id": "a\x00"}, "event_id: "),
            ({"event_id": "x" * 81}, "event_id: "),
        ],
    )
    def test_a_bad_one_is_refused_by_field_and_the_others_are_recorded(self, press, change, reason):
        job = printing.mailing(2)
        press.produce(job)
        rows = [printing.row("a", 1, "produced") | change, printing.row("b", 2, "produced"), "nonsense"]
        results = press.report(job, *rows).json()["results"]
        assert [(one["row"], one["result"]) for one in results] == [(1, "refused"), (2, "recorded"), (3, "refused")]
        assert results[0]["reason"].startswith(reason)
        assert PrintReport.objects.count() == 1

    def test_half_a_character_is_answered_not_stored(self, press):
        job = printing.mailing(1)
        press.produce(job)
        answer = press.post(f"jobs/{job.pk}/items", '{"items": [{"event_id": "\\ud800"}]}')
        assert answer.json()["results"][0]["result"] == "refused"


class TestIdempotency:
    def test_a_post_without_a_key_is_refused(self, press):
        job = printing.bare_job()
        headers = {"Authorization": f"Bearer {press.raw}"}
        answer = press.client.post(
            f"/vendor/v1/jobs/{job.pk}/reject", {"reason": "x"}, "application/json", headers=headers
        )
        assert problem(answer) == (428, "idempotency-key-required")

    @pytest.mark.parametrize("key", ["x" * 256, "ü", "a\tb"])
    def test_a_bad_key_is_refused(self, press, key):
        job = printing.bare_job()
        assert problem(press.post(f"jobs/{job.pk}/reject", {"reason": "x"}, key=key)) == (400, "invalid")

    def test_the_same_post_gets_the_same_answer_and_does_nothing(self, press):
        job = printing.mailing(1)
        press.produce(job)
        rows = [printing.row("a", 1, "produced")]
        first, second = (press.report(job, *rows, key="k") for _ in range(2))
        assert first.json() == second.json()
        assert first.json()["results"][0]["result"] == "recorded"
        assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")

    def test_also_where_the_step_could_not_be_taken_again(self, press):
        job = printing.mailing(1)
        press.produce(job)
        body = {"pieces": 1, "posted_at": "2026-05-04T12:00:00+02:00", "receipt": "P-1"}
        answers = [press.post(f"jobs/{job.pk}/posted", body, key="k") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert problem(press.post(f"jobs/{job.pk}/posted", body, key="other"))[0] == 409

    @pytest.mark.parametrize("change", ["body", "path"])
    def test_another_request_under_the_key_is_refused(self, press, change):
        job, other = printing.bare_job(), printing.bare_job()
        press.post(f"jobs/{job.pk}/reject", {"reason": "x"}, key="k")
        path = f"jobs/{other.pk if change == 'path' else job.pk}/reject"
        answer = press.post(path, {"reason": "y" if change == "body" else "x"}, key="k")
        assert problem(answer) == (422, "idempotency-key-reused")

    def test_a_refused_step_may_be_tried_again_under_its_key(self, press):
        job = printing.mailing(1)
        body = {"revision": 1}
        assert press.post(f"jobs/{job.pk}/production-start", body, key="k").status_code == 409
        press.acknowledge(job)
        assert press.post(f"jobs/{job.pk}/production-start", body, key="k").status_code == 200

    def test_keys_of_two_vendors_do_not_meet(self, press):
        other = printing.Caller(builders.vendor("other"))
        mine, theirs = printing.bare_job(), printing.bare_job(slug="other")
        assert press.post(f"jobs/{mine.pk}/reject", {"reason": "x"}, key="k").status_code == 200
        assert other.post(f"jobs/{theirs.pk}/reject", {"reason": "y"}, key="k").status_code == 200

    def test_answers_are_kept_for_seven_days(self, press):
        press.post(f"jobs/{printing.bare_job().pk}/reject", {"reason": "x"})
        assert idempotency.forget_old() == 0
        IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(days=8))
        assert idempotency.forget_old() == 1
