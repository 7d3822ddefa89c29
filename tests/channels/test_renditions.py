"""All renditions of a content for one person from one call, and what each could not carry and why."""

import pytest

from campaigns import versions
from campaigns.blocks import ContentError
from channels import registry, renditions
from tests import builders

pytestmark = pytest.mark.django_db
ONLY_BREMEN = {"all": [{"field": "city", "is": "one_of", "values": ["Bremen"]}]}


def test_every_channel_has_one_for_the_same_customer():
    person = builders.customer(salutation="frau", first_name="Anna", last_name="Weber", household=True)
    made = renditions.of(versions.newest_of(builders.content(builders.content_blocks())), person.pk)
    assert made.keys() == registry.CHANNELS.keys()
    assert all(one.rendition for one in made.values())
    assert "Sehr geehrte Frau Weber," in made["email"].rendition.parts["text"]


def test_what_is_missing_in_one_is_named_with_the_reason():
    text = {"id": "some", "type": "text", "text": "Nur in Bremen.", "only_if": ONLY_BREMEN}
    made = renditions.of([*builders.BLOCKS, text], builders.customer().pk)
    reasons = {name: {one.path: one.reason for one in of.not_carried} for name, of in made.items()}
    assert reasons["email"]["some"] == renditions.FOR_OTHERS
    assert "has room for" in reasons["banner"]["some"]
    assert "only for some" in reasons["direct_post"]["some"]


def test_a_channel_that_makes_none_says_why():
    made = renditions.of([block for block in builders.BLOCKS if block["type"] != "headline"])
    assert made["email"].rendition is None
    assert "headline" in made["email"].not_carried[0].reason


def test_nothing_is_missing_where_all_is_shown():
    assert renditions.of(builders.BLOCKS)["email"].not_carried == ()


def test_blocks_that_are_wrong_and_people_who_are_not_there_are_refused():
    with pytest.raises(ContentError):
        renditions.of([{"id": "x", "type": "nothing"}])
    with pytest.raises(ValueError, match="no customer"):
        renditions.of(builders.BLOCKS, 4711)
