"""Sorted for bulk postage where the option names a product, and seed addresses among the others."""

import pytest

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
