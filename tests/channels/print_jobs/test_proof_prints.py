"""A vendor may get a proof before production: seed addresses, and what is most unusual in the job."""

import io

import pytest
from pypdf import PdfReader

from channels import print_files, print_jobs
from channels.models import PrintItem, PrintJob, PrintSeed
from tests import builders
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def _vendor():
    builders.vendor(printing.PRESS, gets_proof=True)
    PrintSeed.objects.create(name="Petra Probe", street="Prüfweg 3", postcode="01067", city="Dresden")


def job() -> PrintJob:
    people = [printing.person(last_name=name) for name in ("Kurz", "Mittel", "Oberhauser-Lindner-Waldenfels", "Klein")]
    home = people[3].household
    type(home).objects.filter(pk=home.pk).update(country="FR", postcode="75001", city="Paris")
    return printing.mailing(people=people)


def table(of: PrintJob) -> list[dict[str, str]]:
    return list(print_files.read_csv(printing.files(of)["proof.csv"]))


def test_it_has_seeds_and_unusual_cases_and_no_item_of_the_job():
    made = job()
    rows = table(made)
    names = [row["address_1"] for row in rows]
    assert names[0] == "Petra Probe"
    assert {"Erika Oberhauser-Lindner-Waldenfels", "Erika Klein"} <= set(names)
    assert {row["item_id"] for row in rows} == {""}
    assert {row["pdf_file"] for row in rows} == {"proof.pdf"}


def test_its_letters_are_set_as_they_will_be():
    made = job()
    pages = PdfReader(print_files.location(printing.files(made)["proof.pdf"])).pages
    for row in table(made):
        assert row["address_1"] in pages[int(row["pdf_page"]) - 1].extract_text()


def test_its_files_are_told_apart_by_their_kind():
    kinds = {name: file.kind for name, file in printing.files(job()).items()}
    assert kinds == {
        "letters-0001.pdf": "letters",
        "letters.csv": "table",
        "proof.csv": "proof",
        "proof.pdf": "proof",
    }


def test_who_is_withdrawn_leaves_the_proof_as_well():
    made = job()
    gone = PrintItem.objects.get(job=made, dispatch__customer__last_name="Oberhauser-Lindner-Waldenfels")
    print_jobs.withdraw([gone.dispatch_id])
    assert "Erika Oberhauser-Lindner-Waldenfels" not in {row["address_1"] for row in table(made)}
    assert "Waldenfels" not in "".join(
        page.extract_text() for page in PdfReader(print_files.location(printing.files(made)["proof.pdf"])).pages
    )


def test_it_is_encrypted_as_everything_else():
    pair = keys_of_vendors.age()
    keys_of_vendors.confirmed(printing.vendor(), pair.public)
    files = printing.files(job())
    assert {"proof.csv.age", "proof.pdf.age"} < set(files)
    data = pair.decrypt(print_files.location(files["proof.pdf.age"]).read_bytes())
    assert len(PdfReader(io.BytesIO(data)).pages) >= 3


def test_others_get_none():
    type(printing.vendor()).objects.update(gets_proof=False)
    assert not [name for name in printing.files(job()) if name.startswith("proof")]
