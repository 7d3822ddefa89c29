"""Two records of one person are merged while a letter to them waits at the vendor: an objection of either takes it back."""

import pytest

from campaigns import consent
from campaigns.duplicates import merging
from channels import ledger
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def merged_with(kept, other) -> None:
    merging.merge(kept.pk, other.pk)
    ledger.stop_objected("print_mailing")


def test_an_objection_of_the_merged_record_takes_back_the_letter_to_the_kept_one():
    kept, other = printing.person(), printing.person()
    job = printing.mailing(people=[kept, printing.person()])
    consent.object_to(customer_id=other.pk, source="call")
    merged_with(kept, other)
    assert printing.items(job) == ["withdrawn", "planned"]


def test_an_objection_of_the_kept_record_takes_back_the_letter_to_the_merged_one():
    kept, other = printing.person(), printing.person()
    job = printing.mailing(people=[other, printing.person()])
    consent.object_to(customer_id=kept.pk, channel="print_mailing", source="call")
    merged_with(kept, other)
    assert printing.items(job) == ["withdrawn", "planned"]


def test_of_two_letters_of_one_wave_that_to_the_kept_record_goes_out():
    kept, other = printing.person(), printing.person()
    job = printing.mailing(people=[kept, other])
    merged_with(kept, other)
    assert printing.items(job) == ["planned", "withdrawn"]


def test_without_an_objection_the_letter_goes_out():
    kept, other = printing.person(), printing.person()
    job = printing.mailing(people=[other])
    merged_with(kept, other)
    assert printing.items(job) == ["planned"]
