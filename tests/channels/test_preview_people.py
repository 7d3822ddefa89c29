"""People to preview a content for."""

from dataclasses import fields

import pytest

from campaigns import languages, personalise, placeholders
from channels import preview_people, renditions
from tests import builders

pytestmark = pytest.mark.django_db


def test_nobody_knows_anything_that_may_be_missing() -> None:
    known = {name for name, value in preview_people.nobody_knows([]).items() if value and name in placeholders.FIELDS}
    assert known == {"salutation_line", "customer_number", "coupon_code"}


def test_every_field_of_a_person_is_empty_but_those_that_never_are() -> None:
    nobody = preview_people.nobody_knows([])
    assert all(nobody[part.name] in ("", {}) for part in fields(personalise.Person) if part.name != "customer_number")


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_person_is_spoken_to_in_any_language(language: str) -> None:
    person = preview_people.in_language(renditions.made_up([], "de"), language)
    assert placeholders.spoken_language(person) == language
    assert person["last_name"] == renditions.made_up([], "de")["last_name"]


def test_who_is_asked_for_exists() -> None:
    made = [builders.customer(first_name=name) for name in ("Al", "Maximiliane", "")]
    assert preview_people.anyone() in {one.pk for one in made}
    assert preview_people.with_the_longest_name() == made[1].pk
    assert preview_people.least_known() == made[2].pk


def test_nobody_is_there_to_be_asked_for() -> None:
    assert preview_people.anyone() is preview_people.with_the_longest_name() is preview_people.least_known() is None
