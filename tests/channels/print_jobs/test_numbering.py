"""Sorted for bulk postage where the option names a product, and seed addresses among the others."""

import pytest
from django.db import transaction

from channels import delivery, invariants, ledger, print_files, print_jobs
from channels.models import PostalProduct, PrintItem, PrintJob, PrintSeed
from channels.print_jobs.invariants import print_invariants
from tests import builders
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def table(job: PrintJob) -> list[dict[str, str]]:
    return list(print_files.read_csv(printing.files(job)["letters.csv"]))


def test_letters_of_a_product_stand_in_bundles():
    vendor = printing.vendor()
    PostalProduct.objects.create(vendor=vendor, name="Brief", slug="bulk")
    of = printing.wave()
    of.campaign.options.update(settings={"vendor": printing.PRESS, "product": "bulk"})
    for _ in range(3):
        builders.dispatch(of, printing.person(), channel="print_mailing")
    delivery.send_due("print_mailing")
    rows = table(PrintJob.objects.get())
    assert [(row["sequence"], row["bundle"], row["container"]) for row in rows] == [
        ("1", "1", "1"),
        ("2", "1", "1"),
        ("3", "1", "1"),
    ]


class TestBundleList:
    """Bundles of at least two."""

    @pytest.fixture
    def job(self) -> PrintJob:
        sizes = {"bundle_least": 2, "bundle_most": 3, "container_least": 2, "container_most": 20}
        PostalProduct.objects.create(vendor=printing.vendor(), name="Brief", slug="bulk", **sizes)
        of = printing.wave()
        of.campaign.options.update(settings={"vendor": printing.PRESS, "product": "bulk"})
        for _ in range(2):
            builders.dispatch(of, printing.person(), channel="print_mailing")
        abroad = printing.person()
        abroad.household.country = "AT"
        abroad.household.save()
        builders.dispatch(of, abroad, channel="print_mailing")
        delivery.send_due("print_mailing")
        return PrintJob.objects.get()

    def listed(self, job: PrintJob) -> list[tuple[str, ...]]:
        columns = ("container", "bundle", "depth", "country", "first_sequence", "last_sequence", "pieces",
                   "least_pieces", "is_short")  # fmt: skip
        rows = print_files.read_csv(printing.files(job)["bundles.csv"])
        return [tuple(row[name] for name in columns) for row in rows]

    def test_says_what_is_in_which_bundle_and_container(self, job):
        assert self.listed(job) == [
            ("1", "1", "direct", "DE", "1", "2", "2", "2", "no"),
            ("2", "2", "rest", "AT", "3", "3", "1", "", "no"),
        ]
        file = printing.files(job)["bundles.csv"]
        assert (file.kind, file.rows) == ("bundles", 2)

    def test_tells_of_bundles_that_lack_pieces_after_a_withdrawal(self, job):
        with transaction.atomic():
            print_jobs.withdraw([PrintItem.objects.get(sequence=1).dispatch_id])
        assert self.listed(job) == [
            ("1", "1", "direct", "DE", "2", "2", "1", "2", "yes"),
            ("2", "2", "rest", "AT", "3", "3", "1", "", "no"),
        ]
        assert sum(int(row[6]) for row in self.listed(job)) == job.rows == len(table(job))

    def test_jobs_without_a_product_have_none(self):
        printing.vendor()
        assert "bundles.csv" not in printing.files(printing.mailing(1))


class TestSeeds:
    @pytest.fixture
    def seed(self) -> PrintSeed:
        return PrintSeed.objects.create(name="Petra Probe", street="Prüfweg 3", postcode="01067", city="Dresden")

    def test_they_are_printed_where_the_vendor_does_so(self, seed):
        builders.vendor(printing.PRESS, adds_seeds=True)
        job = printing.mailing(2)
        assert [row["address_1"] for row in table(job)] == ["Petra Probe", "Erika Muster", "Erika Muster"]
        assert (job.rows, PrintItem.objects.get(is_seed=True).sequence) == (3, 1)

    def test_they_are_pieces_and_nobodys_dispatch(self, seed):
        vendor = builders.vendor(printing.PRESS, adds_seeds=True)
        job = printing.mailing(2)
        press = printing.Caller(vendor)
        press.produce(job)
        assert press.posted(job, 3).json()["state"] == "reconciled"
        assert printing.states(job) == ["sent", "sent"]
        assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []

    def test_nobody_takes_them_for_erased_people(self, seed):
        builders.vendor(printing.PRESS, adds_seeds=True)
        job = printing.mailing(2)
        assert print_jobs.withdraw_erased() == 0
        ledger.stop_objected("print_mailing")
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        assert [row["address_1"] for row in table(job)] == ["Petra Probe", "Erika Muster"]

    def test_a_job_of_seeds_alone_is_none(self, seed):
        builders.vendor(printing.PRESS, adds_seeds=True)
        job = printing.mailing(1)
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        job.refresh_from_db()
        assert (job.state, job.rows) == ("cancelled", 0)

    def test_others_print_none(self, seed):
        printing.vendor()
        assert printing.mailing(1).rows == 1
