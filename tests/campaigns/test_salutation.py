"""Salutations as Duden has them: titles, ranks, families, companies, and people of whom little is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import personalise, placeholders, salutation

NAMES = st.text(alphabet=st.characters(categories=("Lu", "Ll")), min_size=1, max_size=10).filter(
    lambda name: (
        name.lower() not in {*salutation.RANKS, *salutation.UNSPOKEN_RANKS} and not salutation.LEGAL_FORM.search(name)
    )
)
FORMS = st.sampled_from(["", "frau", "herr", "familie", "firma"])


@pytest.mark.parametrize(
    ("form", "title", "first", "last", "said"),
    [
        ("frau", "Dr.", "Anna", "Weber", "Sehr geehrte Frau Dr. Weber"),
        ("frau", "Prof. Dr.", "Anna", "Weber", "Sehr geehrte Frau Professorin Weber"),
        ("herr", "Univ.-Prof. Dr. Dr. h. c. mult.", "Jan", "Weber", "Sehr geehrter Herr Professor Weber"),
        ("frau", "Professorin", "Anna", "Weber", "Sehr geehrte Frau Professorin Weber"),
        ("herr", "Dr. med. Dr. phil.", "Jan", "Weber", "Sehr geehrter Herr Dr. Weber"),
        ("herr", "Dr.-Ing.", "Jan", "Weber", "Sehr geehrter Herr Dr. Weber"),
        ("frau", "PD Dr.", "Anna", "Weber", "Sehr geehrte Frau Dr. Weber"),
        ("herr", "Dipl.-Ing. (FH)", "Jan", "Weber", "Sehr geehrter Herr Weber"),
        ("frau", "M. A.", "Anna", "Weber", "Sehr geehrte Frau Weber"),
        ("frau", "MBA", "Anna", "Weber", "Sehr geehrte Frau Weber"),
        ("herr", "Pfarrer", "Jan", "Weber", "Sehr geehrter Herr Pfarrer Weber"),
        ("", "Prof. Dr.", "Kim", "Weber", "Guten Tag Prof. Kim Weber"),
        ("frau", "", "Ursula", "von der Leyen", "Sehr geehrte Frau von der Leyen"),
        ("frau", "", "Sophie", "Gräfin von Zels", "Sehr geehrte Frau Gräfin von Zels"),
        ("frau", "Dr. Gräfin", "Sophie", "von Zels", "Sehr geehrte Frau Dr. Gräfin von Zels"),
        ("herr", "", "Benedikt", "Freiherr von Thurner", "Sehr geehrter Herr von Thurner"),
        ("herr", "Dr. Freiherr", "Benedikt", "von Thurner", "Sehr geehrter Herr Dr. von Thurner"),
        ("herr", "", "Jan", "Graf", "Sehr geehrter Herr Graf"),
        ("herr", "", "JAN", "WEBER", "Sehr geehrter Herr WEBER"),
        ("herr", "", "Ian", "McDonald", "Sehr geehrter Herr McDonald"),
        ("familie", "", "", "Weber", "Sehr geehrte Familie Weber"),
        ("", "", "", "Familie Weber", "Sehr geehrte Familie Weber"),
        ("", "", "Familie", "Weber-Lang", "Sehr geehrte Familie Weber-Lang"),
        ("firma", "", "", "Weber GmbH & Co. KG", "Sehr geehrte Damen und Herren"),
        ("firma", "", "", "Stadtwerke", "Sehr geehrte Damen und Herren"),
        ("", "", "", "Kleingärtner Nord e. V.", "Sehr geehrte Damen und Herren"),
        ("frau", "", "", "Weber AG", "Sehr geehrte Damen und Herren"),
        ("firma", "", "Anna", "Weber", "Guten Tag Anna Weber"),
        ("herr", "", "Jan", "Ag", "Sehr geehrter Herr Ag"),
        ("frau", "", "", "  Weber  ", "Sehr geehrte Frau Weber"),
        ("frau", "", "Anna", "", "Guten Tag Anna"),
        ("familie", "", "", "", "Guten Tag"),
    ],
)
def test_german(form, title, first, last, said):
    assert salutation.line(form, title=title, first_name=first, last_name=last, language="de") == said


@pytest.mark.parametrize(
    ("form", "title", "first", "last", "said"),
    [
        ("frau", "Prof. Dr.", "Anna", "Weber", "Dear Professor Weber"),
        ("herr", "Dr. med.", "Jan", "Weber", "Dear Dr. Weber"),
        ("frau", "M.Sc.", "Anna", "Weber", "Dear Ms Weber"),
        ("frau", "", "Sophie", "Gräfin von Zels", "Dear Gräfin von Zels"),
        ("familie", "", "", "Weber", "Dear Weber Family"),
        ("firma", "", "", "Weber Ltd.", "Dear Sir or Madam"),
        ("", "", "Kim", "Weber", "Dear Kim Weber"),
        ("", "", "", "", "Hello"),
    ],
)
def test_english(form, title, first, last, said):
    assert salutation.line(form, title=title, first_name=first, last_name=last, language="en") == said


@given(st.sampled_from(["frau", "herr"]), NAMES, NAMES)
def test_a_name_stands_as_it_was_given(form, first, last):
    word = {"frau": "Sehr geehrte Frau", "herr": "Sehr geehrter Herr"}[form]
    assert salutation.line(form, first_name=first, last_name=last, language="de") == f"{word} {last}"


@given(NAMES, NAMES, st.sampled_from(["de", "en", "fr", ""]))
def test_nobodys_sex_is_guessed(first, last, language):
    said = salutation.line("", first_name=first, last_name=last, language=language)
    assert said.endswith(f"{first} {last}")
    assert not any(word in said.split()[:-2] for word in ("Frau", "Herr", "Ms", "Mr", "geehrte", "geehrter"))


@given(FORMS, st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.sampled_from(["de", "en", "x"]))
def test_whatever_is_known_there_is_one_line_without_needless_blanks(form, title, first, last, language):
    said = salutation.line(form, title=title, first_name=first, last_name=last, language=language)
    assert said
    assert said == " ".join(said.split())


@given(st.lists(st.sampled_from(["Prof.", "Dr.", "Dr. h. c.", "Dr. med.", "Dipl.-Kfm.", "PD"]), max_size=4))
def test_of_several_titles_only_the_highest_is_spoken(titles):
    said = salutation.line("frau", title=" ".join(titles), last_name="Weber", language="de")
    assert said.count("Dr.") + said.count("Professorin") <= 1
    assert ("Professorin" in said) == ("Prof." in titles)


def test_in_another_language_the_same_person_is_addressed_in_it():
    fields = personalise.sample_fields()
    english = personalise.in_language(fields, "en")
    assert english["salutation_line"] == "Dear Professor Oberhauser-Lindner"
    assert english["language"] == "de"  # what is known of the person stays
    assert personalise.in_language(fields, "de") is fields


def test_nobody_in_particular_is_addressed_in_the_language_too():
    nobody = personalise.in_language(dict.fromkeys(personalise.sample_fields(), ""), "en")
    assert placeholders.parse("{{ salutation_line }}").fill(nobody) == "Hello"
