"""Nothing is shown that its customer has not permitted in these words, and nothing any longer than they permit it."""

import pytest

from campaigns.blocks import Kind, references, resolving
from campaigns.content_error import ContentError
from campaigns.models import ServiceCase, Testimonial
from campaigns.testimonials import life, quotes
from campaigns.testimonials.life import TestimonialError
from tests import builders

pytestmark = pytest.mark.django_db
QUOTE = "Die Beratung war ausgezeichnet und freundlich."


def voice(**fields) -> Testimonial:
    customer = builders.customer(household=True, first_name="Anna", last_name="Weber")
    case = ServiceCase.objects.create(customer=customer, kind="praise", subject="x", note=QUOTE)
    return Testimonial.objects.create(
        **{"customer": customer, "case": case, "quote": QUOTE, "language": "de", "score": 0.9} | fields
    )


def asked(of: Testimonial | None = None) -> life.Asked:
    found = life.find(life.ask((of or voice()).pk, by=builders.user()))
    assert found is not None
    return found


def approved() -> Testimonial:
    question = asked()
    life.permit(question, naming="first_name")
    life.approve(question.testimonial.pk, by=builders.user())
    question.testimonial.refresh_from_db()
    return question.testimonial


def state_of(found: Testimonial) -> str:
    return Testimonial.objects.get(pk=found.pk).state


def test_a_yes_keeps_how_the_customer_wants_to_be_named():
    found = approved()
    assert (found.state, found.who, found.permission_text) == ("approved", "Anna W.", life.PERMISSION_TEXT)
    assert quotes.fields(str(found.pk)) == {"quote": QUOTE, "who": "Anna W."}


def test_names_are_offered_from_none_to_name_and_city():
    assert list(asked().names.values()) == ["", "A. W.", "Anna W.", "Anna W., Berlin"]


def test_somebody_without_a_name_can_only_stay_unnamed():
    nameless = voice(customer=builders.customer(first_name="", last_name=""))
    assert asked(nameless).names == {"nobody": ""}


@pytest.mark.parametrize("state", ["proposed", "asked", "refused", "permitted", "dismissed", "withdrawn"])
def test_only_what_is_approved_is_shown(state):
    found = voice(state=state)
    assert quotes.fields(str(found.pk)) is None
    with pytest.raises(ContentError, match="not approved"):
        quotes.check(str(found.pk), "blocks[0].testimonial")


def test_nothing_is_approved_without_a_yes():
    question = asked()
    with pytest.raises(TestimonialError, match="the customer was asked"):
        life.approve(question.testimonial.pk, by=builders.user())


def test_a_yes_that_is_taken_back_ends_it_and_a_new_yes_is_approved_anew():
    found = approved()
    again = life.find(life.token(found.pk))
    life.refuse(again)
    assert state_of(found) == "withdrawn"
    assert quotes.fields(str(found.pk)) is None
    life.permit(life.find(life.token(found.pk)), naming="nobody")
    assert state_of(found) == "permitted"


def test_a_no_can_become_a_yes():
    question = asked()
    life.refuse(question)
    assert state_of(question.testimonial) == "refused"
    life.permit(question, naming="initials")
    assert state_of(question.testimonial) == "permitted"


def test_words_change_only_before_the_customer_is_asked():
    found = voice()
    life.reword(found.pk, "Die Beratung war ausgezeichnet.")
    life.ask(found.pk, by=builders.user())
    with pytest.raises(TestimonialError, match="cannot be done"):
        life.reword(found.pk, "Die Beratung war mittelmäßig und teuer.")


@pytest.mark.parametrize("quote", ["", "zu kurz", "x " * 400])
def test_a_quote_is_neither_too_short_nor_too_long(quote):
    with pytest.raises(TestimonialError, match="at least four words"):
        life.reword(voice().pk, quote)


def test_nobody_with_an_open_complaint_is_asked():
    found = voice()
    ServiceCase.objects.create(customer=found.customer, kind="complaint", subject="x")
    with pytest.raises(TestimonialError, match="open complaint"):
        life.ask(found.pk, by=builders.user())


@pytest.mark.parametrize("token", ["", "1", "1.x", "x.y", "9" * 40])
def test_a_link_that_is_not_ours_leads_nowhere(token):
    voice(state="asked")
    assert life.find(token) is None


def test_somebody_who_was_not_asked_has_no_link():
    assert life.find(life.token(voice().pk)) is None


def test_a_block_that_names_it_says_its_words_and_disappears_with_the_permission():
    found = approved()
    block = {"id": "voice", "type": "testimonial", "testimonial": str(found.pk)}
    told = references.told([block])
    assert resolving.resolve([block], told) == [{**block, "quote": QUOTE, "who": "Anna W."}]
    life.refuse(life.find(life.token(found.pk)))
    assert resolving.resolve([block], references.told([block])) == []


def test_contents_that_name_it_are_found():
    found = approved()
    one = builders.content([{"id": "voice", "type": "testimonial", "testimonial": str(found.pk)}], is_approved=False)
    builders.content(is_approved=False)
    assert quotes.used_by(found.pk) == [one]


def test_it_goes_with_its_customer():
    found = approved()
    found.customer.delete()
    assert references.SOURCES[Kind.TESTIMONIAL].fields(str(found.pk)) is None
