"""However objections, erasures, sweeps and the vendor's steps fall together: nobody who refused is printed unnoticed."""

from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import consent
from channels import invariants, ledger, print_files, print_jobs
from channels.models import MailingFile, PrintItem, PrintJob
from channels.print_jobs.invariants import print_invariants
from channels.print_mailing import letters
from tests.channels import printing

pytestmark = pytest.mark.django_db
LETTERS = 3
NUMBERS = st.integers(1, LETTERS)
STEPS = st.one_of(
    st.tuples(st.just("object"), NUMBERS),
    st.tuples(st.just("erase"), NUMBERS),
    st.tuples(st.just("report"), NUMBERS, st.sampled_from(["produced", "damaged", "posted"])),
    st.tuples(st.just("post"), st.integers(0, LETTERS)),
    st.tuples(st.sampled_from(["sweep", "acknowledge", "start", "reject"])),
)


@dataclass
class Press:
    """A job, its vendor, and what must become of the letters of those who refused."""

    job: PrintJob
    people: dict[int, int]
    expected: dict[int, str] = field(default_factory=dict)
    printed: set[int] = field(default_factory=set)
    reports: int = 0

    def object(self, number: int) -> None:
        self._expect(number)
        consent.object_to(customer_id=self.people[number], source="test")

    def erase(self, number: int) -> None:
        self._expect(number)
        for item in PrintItem.objects.filter(job=self.job, sequence=number, dispatch__isnull=False):
            item.dispatch.customer.delete()
        self.people.pop(number, None)

    def _expect(self, number: int) -> None:
        self.job.refresh_from_db()
        state = PrintItem.objects.get(job=self.job, sequence=number).state
        if self.job.state in print_jobs.BEFORE_PRODUCTION:
            self.expected.setdefault(number, "withdrawn")
        elif self.job.state in ("rejected", "cancelled"):
            return
        elif state in ("planned", "produced") or (state, self.job.state) == ("damaged", "in_production"):
            self.expected.setdefault(number, "withdrawn_too_late")

    def sweep(self) -> None:
        ledger.stop_objected("print_mailing")
        print_jobs.withdraw_erased()

    def acknowledge(self) -> None:
        checks = [
            print_jobs.FileCheck(one.name, one.sha256, one.bytes, one.rows) for one in printing.files(self.job).values()
        ]
        print_jobs.acknowledge(self.job.pk, revision=self.job.revision, files=checks)

    def start(self) -> None:
        """As the API does it: first what was refused leaves, whatever becomes of the start."""
        print_jobs.withdraw_barred(self.job.pk)
        self.job.refresh_from_db()
        print_jobs.start_production(self.job.pk, revision=self.job.revision)
        table = MailingFile.objects.get(job=self.job, revision=self.job.revision, name=letters.CSV_NAME)
        self.printed = {int(row["sequence"]) for row in print_files.read_csv(table)}

    def reject(self) -> None:
        print_jobs.reject(self.job.pk, reason="no paper")
        self.expected.clear()  # nothing is printed at all

    def report(self, number: int, state: str) -> None:
        self.reports += 1
        print_jobs.report(self.job.pk, [print_jobs.Report(str(self.reports), number, state, timezone.now())])

    def post(self, pieces: int) -> None:
        print_jobs.post(self.job.pk, pieces=pieces, posted_at=timezone.now(), receipt="P-1")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_nobody_who_refused_is_printed_unnoticed(steps):
    press = _press()
    for verb, *arguments in steps:
        if verb in ("object", "erase") and arguments[0] not in press.people:
            continue
        with suppress(print_jobs.Refused):
            getattr(press, verb)(*arguments)
    press.sweep()
    _check(press)


def test_the_usual_course_reaches_the_press():
    """So that the property above does not hold for want of anything printed."""
    press = _press()
    press.object(1)
    press.acknowledge()
    press.sweep()
    press.acknowledge()
    press.start()
    press.object(2)
    press.post(2)
    _check(press)
    assert press.printed == {2, 3}
    assert press.expected == {1: "withdrawn", 2: "withdrawn_too_late"}


def _press() -> Press:
    job = printing.mailing(LETTERS)
    people = PrintItem.objects.filter(job=job).values_list("sequence", "dispatch__customer")
    return Press(job, dict(people))


def _check(press: Press) -> None:
    items = dict(PrintItem.objects.filter(job=press.job).values_list("sequence", "state"))
    assert {number: items[number] for number in press.expected} == press.expected
    in_time = {number for number, state in press.expected.items() if state == "withdrawn"}
    assert not in_time & press.printed
    listed = {one.sequence for one in print_jobs.withdrawals(press.job)}
    assert listed >= press.expected.keys()
    assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []
