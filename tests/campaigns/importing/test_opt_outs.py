"""National opt-out lists: plain or hashed, matched with who is known and who becomes known, replaced as a whole."""

from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns import consent, identity, importing
from campaigns.models import OptOutEntry, Suppression
from tests import builders

pytestmark = pytest.mark.django_db
PLAIN = "email,phone,first_name,last_name,street,postcode,city,country\n"
HASHED = "email_sha256,phone_sha256,address_sha256\n"
ADDRESS = "Erika Muster|DE|10115|Berlin|Lange Straße 1"


@pytest.fixture
def person():
    made = builders.customer(email="erika@example.com")
    builders.identifier(made, "postal_address", identity.normalise("postal_address", ADDRESS))
    return made


def load(tmp_path: Path, rows: str, *, mapping: str = "opt_outs", **options) -> str:
    file, out = tmp_path / "list.csv", StringIO()
    file.write_text({"opt_outs": PLAIN, "opt_outs_hashed": HASHED}.get(mapping, "mail\n") + rows, encoding="utf-8")
    call_command("import_opt_outs", file, "--mapping", mapping, stdout=out, **options)
    return out.getvalue()


def barred() -> set[str]:
    return set(Suppression.objects.filter(reason="opt_out_list").values_list("kind", flat=True))


def digest_of(kind: str, value: str) -> str:
    return sha256(identity.normalise(kind, value).encode()).hexdigest()


@pytest.mark.parametrize("street", ["Lange Straße 1", "Lange Str. 1", "LANGE STRASSE 1"])
def test_a_name_and_address_in_any_spelling_bars_letters_only(person, tmp_path, street):
    said = load(tmp_path, f",,ERIKA,Muster,{street},10115,Berlin,DE\n")
    assert barred() == {"postal_address"}
    assert "1 addresses suppressed" in said


def test_an_e_mail_address_bars_e_mail(person, tmp_path):
    load(tmp_path, "Erika@Example.com,,,,,,,\n")
    assert barred() == {"email"}


def test_hashes_match_what_the_manual_says_they_are_of(person, tmp_path):
    row = f"{digest_of('email', 'erika@example.com')},,{digest_of('postal_address', ADDRESS).upper()}\n"
    load(tmp_path, row, mapping="opt_outs_hashed")
    assert barred() == {"email", "postal_address"}


def test_who_becomes_known_later_is_barred_at_once(tmp_path):
    load(tmp_path, "later@example.com,,,,,,,\n")
    assert barred() == set()
    builders.identifier(builders.customer(email=None), "email", "later@example.com")
    assert barred() == {"email"}


def test_a_new_file_takes_the_place_of_the_former_one(person, tmp_path):
    load(tmp_path, "erika@example.com,,,,,,,\n")
    said = load(tmp_path, "other@example.com,,,,,,,\n")
    assert barred() == set()
    assert "1 new entries, 0 known, 1 no longer listed" in said


def test_other_reasons_and_other_lists_stay(person, tmp_path):
    consent.suppress(kind="email", value="erika@example.com", reason="bounce", source="smtp")
    importing.save_mapping(
        name="second",
        kind="opt_outs",
        definition={"source": "two", "identifiers": [{"kind": "email", "value": "mail"}]},
    )
    load(tmp_path, "erika@example.com\n", mapping="second")
    load(tmp_path, "erika@example.com,,,,,,,\n")
    load(tmp_path, "other@example.com,,,,,,,\n")
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"bounce", "opt_out_list"}
    load(tmp_path, "other@example.com\n", mapping="second")
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"bounce"}


def test_a_dry_run_changes_nothing(person, tmp_path):
    assert "dry run" in load(tmp_path, "erika@example.com,,,,,,,\n", dry_run=True)
    assert not OptOutEntry.objects.exists()
    assert barred() == set()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("no address,,,,,,,", "row 2: email is not an e-mail address"),
        (",,Erika,,Weg 1,10115,Berlin,", "row 2: last_name is missing"),
        (",,Erika,Muster,Weg 1,1011,Berlin,", "row 2: postcode is not a postcode of this country"),
        (",,Erika,Muster,,10115,Berlin,", "row 2: street is missing"),
        (",,,,,,,DE", "row 2: row names neither an identifier nor a name with an address nor a hash"),
    ],
)
def test_a_bad_row_is_named_and_the_former_list_stays(person, tmp_path, row, said):
    load(tmp_path, "erika@example.com,,,,,,,\n")
    with pytest.raises(CommandError, match=said):
        load(tmp_path, f"other@example.com,,,,,,,\n{row}\n")
    assert barred() == {"email"}


def test_a_hash_of_another_kind_is_refused(tmp_path):
    with pytest.raises(CommandError, match="email must be a SHA-256 in 64 hexadecimal digits"):
        load(tmp_path, "d41d8cd98f00b204e9800998ecf8427e,,\n", mapping="opt_outs_hashed")


def test_an_empty_file_does_not_free_everybody(person, tmp_path):
    load(tmp_path, "erika@example.com,,,,,,,\n")
    with pytest.raises(CommandError, match="no entries, so the list stays as it was"):
        load(tmp_path, "")
    assert barred() == {"email"}


def test_staff_cannot_lift_what_a_list_says(person, tmp_path):
    load(tmp_path, "erika@example.com,,,,,,,\n")
    assert consent.lift_suppressions([identity.digest("email", "erika@example.com")]) == 0


def test_a_mapping_of_nothing_is_refused():
    with pytest.raises(importing.ImportRefused):
        importing.save_mapping(name="x", kind="opt_outs", definition={"source": "x"})
