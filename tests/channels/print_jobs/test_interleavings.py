"""However objections, erasures, bounces, sweeps, other keys and the vendor's steps fall together: nobody who refused is printed
unnoticed.

The vendor is careless: it prints exactly what it fetched last and acknowledged, and looks at nothing else.
"""

import csv
import io
from contextlib import suppress

import pyrage
import pytest
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from campaigns import consent
from campaigns.models import SuppressionReason
from channels import encryption_keys, invariants, ledger, print_jobs, valid_keys
from channels.models import Dispatch, MailingFile, PrintItem, PrintJob, PrintWithdrawal
from channels.print_jobs import encrypting, writing
from channels.print_jobs.invariants import print_invariants
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
LETTERS = 4
NUMBERS = st.integers(1, LETTERS)
BEFORE = ("ready", "downloaded", "acknowledged")
GOING = ("in_production", "printed")
MOST_KEYS = 2  # in a run, as setting letters takes time


class Press(RuleBasedStateMachine):
    """A job, its vendor, and what must become of the letters of those who refused."""

    ordered: PrintJob  # setting letters takes longer than all steps, so every run begins with the same job

    @initialize()
    def order(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.job = PrintJob.objects.get(pk=self.ordered.pk)
        self.vendor = printing.Caller(self.job.vendor)
        people = PrintItem.objects.filter(job=self.job).values_list("sequence", "dispatch__customer")
        self.people: dict[int, int] = dict(people)
        self.expected: dict[int, str] = {}
        self.reasons: dict[int, set[str]] = {}
        self.has: dict[int, set[int]] = {}  # sequences by revision, as fetched
        self.acknowledged = 0
        self.printed: set[int] = set()
        self.pairs: list[keys_of_vendors.Pair] = []  # the last one is valid
        self.reports = 0

    def teardown(self) -> None:
        if not hasattr(self, "savepoint"):
            return
        try:
            self.sweep()
            self.work()
            self.check()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # What customers do

    @rule(number=NUMBERS)
    def object(self, number: int) -> None:
        if number in self.people:
            self._expect(number, "objection")
            consent.object_to(customer_id=self.people[number], source="test")

    @rule(number=NUMBERS)
    def erase(self, number: int) -> None:
        if number in self.people:
            self._expect(number, "erasure")
            Dispatch.objects.get(print_item__job=self.job, print_item__sequence=number).customer.delete()
            del self.people[number]

    @rule(number=NUMBERS)
    def bounce(self, number: int) -> None:
        """Mail came back from this address, by another job."""
        if number in self.people:
            self._expect(number, "bounce")
            value = (
                Dispatch.objects.get(customer=self.people[number]).customer.identifiers.get(kind="postal_address").value
            )
            consent.suppress(
                kind="postal_address", value=value, reason=SuppressionReason.RETURNED_LETTER, source="test"
            )

    def _expect(self, number: int, reason: str) -> None:
        self.job.refresh_from_db()
        state = PrintItem.objects.get(job=self.job, sequence=number).state
        if self.job.state in BEFORE:
            self.expected.setdefault(number, "withdrawn")
        elif self.job.state in (*GOING, "posted") and self._is_open(state):
            self.expected.setdefault(number, "withdrawn_too_late")
        if number in self.expected:
            self.reasons.setdefault(number, set()).add(reason)

    def _is_open(self, state: str) -> bool:
        return state in ("planned", "produced") or (state == "damaged" and self.job.state in GOING)

    # What we do

    @rule()
    def sweep(self) -> None:
        ledger.stop_objected("print_mailing")
        print_jobs.withdraw_erased()

    @rule()
    def work(self) -> None:
        """Files of a large job, and those for other keys, are written beside."""
        writing.write(self.job.pk)
        encrypting.encrypt(self.job.pk)

    @rule()
    def begin_to_work(self) -> None:
        """A part of them, before somebody else goes on."""
        writing.write(self.job.pk, seconds=-1)

    @precondition(lambda self: len(self.pairs) < MOST_KEYS)
    @rule()
    def change_keys(self) -> None:
        """Another key, and the one before is revoked; files come anew with the next sweep."""
        self.pairs.append(keys_of_vendors.age())
        for key in valid_keys.of(self.job.vendor):
            encryption_keys.revoke(key.pk)
        keys_of_vendors.confirmed(self.job.vendor, self.pairs[-1].public)

    @rule()
    def cancel(self) -> None:
        with transaction.atomic():
            try:
                print_jobs.cancel(self.job.pk)
            except print_jobs.Refused:
                return
        self.expected = {}  # nothing is printed at all

    # What the vendor does

    @rule()
    def fetch(self) -> None:
        listed = self.vendor.get(f"jobs/{self.job.pk}/files").json()
        for file in listed["files"]:
            answer = self.vendor.get(f"jobs/{self.job.pk}/files/{file['name']}?revision={listed['revision']}")
            if answer.status_code == 200 and file["name"].startswith("letters.csv"):
                rows = csv.DictReader(io.StringIO(self._opened(file, answer.getvalue()), newline=""))
                self.has[listed["revision"]] = {int(row["sequence"]) for row in rows}

    def _opened(self, file: dict, data: bytes) -> str:
        """What is not in production yet comes for the valid key only."""
        self.job.refresh_from_db()
        if not file["encryption"]:
            return data.decode()
        if self.job.state in BEFORE:
            return self.pairs[-1].decrypt(data).decode()
        for pair in self.pairs:
            with suppress(pyrage.DecryptError):
                return pair.decrypt(data).decode()
        raise AssertionError(f"{file['name']} opens with no key")

    @rule(back=st.integers(0, 1))
    def acknowledge(self, back: int) -> None:
        """The newest revision that it has, or the one before."""
        revision = max(self.has, default=0) - back
        if revision not in self.has:
            return
        files = MailingFile.objects.filter(job=self.job, revision=revision)
        checks = [{"name": f.name, "sha256": f.sha256, "bytes": f.bytes, "rows": f.rows} for f in files]
        answer = self._post("acknowledge", {"revision": revision, "files": checks})
        if answer.status_code == 200:
            self.acknowledged = revision

    @rule(fewer=st.integers(0, 1))
    def acknowledge_withdrawals(self, fewer: int) -> None:
        listed = self.vendor.get(f"jobs/{self.job.pk}/withdrawals").json()["withdrawals"]
        seq = max((one["seq"] for one in listed), default=0) - fewer
        if seq > 0:
            assert self._post(f"withdrawals/{seq}/acknowledge", {}).status_code in (200, 409)

    @rule()
    def start(self) -> None:
        revision = max(self.has, default=1)
        if self._post("production-start", {"revision": revision}).status_code == 200:
            self.printed = self.has[self.acknowledged]

    @rule()
    def finish(self) -> None:
        self._post("printed", {})

    @rule()
    def reject(self) -> None:
        if self._post("reject", {"reason": "no paper"}).status_code == 200:
            self.expected = {}

    @rule(number=NUMBERS, state=st.sampled_from(["produced", "damaged", "posted"]))
    def report(self, number: int, state: str) -> None:
        self.reports += 1
        self.vendor.report(self.job, printing.row(str(self.reports), number, state))

    @rule(pieces=st.integers(0, LETTERS))
    def post(self, pieces: int) -> None:
        self.vendor.posted(self.job, pieces)

    @rule(of_another=st.booleans())
    def lease(self, of_another: bool) -> None:
        """Two workers: whatever the one does while the other has the lease is refused."""
        if self._post("lease", {"holder": "b" if of_another else "a"}).status_code == 200:
            other = self._post("lease", {"holder": "a" if of_another else "b"}, lease=False)
            refused = self._post("production-start", {"revision": 1}, lease=False)
            assert (other.status_code, refused.status_code) == (409, 409)

    def _post(self, step: str, body: dict, *, lease: bool = True):
        """As whichever worker has the lease."""
        self.job.refresh_from_db()
        headers = {"Lease-Token": self.job.lease_token} if lease and self.job.lease_token else {}
        return self.vendor.post(f"jobs/{self.job.pk}/{step}", body, **headers)

    # What must hold, at every moment and in the end

    @invariant()
    def the_list_has_no_gaps(self) -> None:
        if hasattr(self, "job"):
            seqs = PrintWithdrawal.objects.filter(job=self.job).order_by("seq").values_list("seq", flat=True)
            assert list(seqs) == list(range(1, len(seqs) + 1))

    @invariant()
    def who_refused_in_time_is_not_printed(self) -> None:
        if hasattr(self, "job"):
            assert not self.printed & {number for number, state in self.expected.items() if state == "withdrawn"}

    def check(self) -> None:
        items = dict(PrintItem.objects.filter(job=self.job).values_list("sequence", "state"))
        assert {number: items[number] for number in self.expected} == self.expected
        listed = {one.item.sequence: one for one in print_jobs.withdrawals(self.job)}
        for number, state in self.expected.items():
            is_late = state == "withdrawn_too_late"
            # What the vendor has of it, or prints, it is told of.
            assert not (is_late or any(number in has for has in self.has.values())) or number in listed
            if number in listed:
                assert listed[number].in_time is not is_late
                assert listed[number].reason in self.reasons[number]
        assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []


@pytest.fixture(autouse=True)
def job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Press, "ordered", printing.mailing(LETTERS), raising=False)


def test_nobody_who_refused_is_printed_unnoticed():
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    how = limits(max_examples=20, stateful_step_count=14, suppress_health_check=checks)
    run_state_machine_as_test(Press, settings=how)


def test_nor_from_a_large_job_whose_files_are_written_beside(settings):
    settings.PRINT_AT_ONCE = 0
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    how = limits(max_examples=10, stateful_step_count=16, suppress_health_check=checks)
    run_state_machine_as_test(Press, settings=how)


def test_the_usual_course_reaches_the_press():
    """So that the property above does not hold for want of anything printed."""
    press = Press()
    press.order()
    press.fetch()
    press.object(1)
    press.acknowledge(0)
    press.start()  # finds the objection
    assert not press.printed
    press.acknowledge_withdrawals(0)
    press.fetch()
    press.acknowledge(0)
    press.start()
    press.bounce(2)
    press.post(LETTERS - 1)
    press.erase(3)  # after posting, there is nothing to stop
    assert press.printed == {2, 3, 4}
    assert press.expected == {1: "withdrawn", 2: "withdrawn_too_late"}
    press.teardown()
