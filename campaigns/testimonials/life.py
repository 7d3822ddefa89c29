"""The life of a testimonial; the only writer of its states, every step a conditional UPDATE.

proposed -> asked -> permitted -> approved        the customer may say no, or take a yes back, at any moment,
    |         |          |           |            and may say yes again; then it is to be approved again
    `---------`----------`-> dismissed
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.signing import BadSignature, Signer
from django.db.models.functions import Now

from campaigns.models import Customer, Naming, ServiceCase, Testimonial
from campaigns.models import TestimonialState as State

from . import finding

ASK, APPROVE = "campaigns.ask_testimonial", "campaigns.approve_content"
PERMISSION_TEXT = "2026-11"  # version of the words on the page where customers answer; kept as proof
SIGNER = Signer(salt="campaigns.testimonials", sep=".")
ANSWERABLE = (State.ASKED, State.REFUSED, State.PERMITTED, State.APPROVED, State.WITHDRAWN)


class TestimonialError(ValueError):
    """A step that is not taken; the message is for people."""


@dataclass(frozen=True)
class Asked:
    """What the customer sees behind the link."""

    testimonial: Testimonial
    names: dict[str, str]  # how they would be named, by Naming

    @property
    def is_permitted(self) -> bool:
        return self.testimonial.state in (State.PERMITTED, State.APPROVED)


def reword(testimonial_id: int, quote: str) -> None:
    """Before the customer is asked, e.g. to leave a name out. Raises TestimonialError."""
    made = finding.quotable(quote)
    longest = Testimonial._meta.get_field("quote").max_length
    if not made or len(quote.strip()) > longest:
        raise TestimonialError(f"a quote has at least four words and at most {longest} characters")
    same = Testimonial.objects.filter(case__testimonials=testimonial_id, quote=made).exclude(pk=testimonial_id)
    if same.exists():
        raise TestimonialError("this passage of the message is among the testimonials already")
    _move(testimonial_id, (State.PROPOSED,), quote=made)


def ask(testimonial_id: int, *, by: User) -> str:
    """The token of the link by which the customer answers. Raises TestimonialError while they have a complaint open."""
    complains = ServiceCase.objects.filter(
        customer__testimonials=testimonial_id, kind=ServiceCase.Kind.COMPLAINT, closed_at=None
    )
    if complains.exists():
        raise TestimonialError("the customer has an open complaint: not the moment to ask for this")
    _move(testimonial_id, (State.PROPOSED, State.ASKED), state=State.ASKED, asked_at=Now(), asked_by=by)
    return token(testimonial_id)


def take_back_question(testimonial_id: int) -> None:
    """The question could not be sent."""
    _move(testimonial_id, (State.ASKED,), state=State.PROPOSED, asked_at=None, asked_by=None)


def token(testimonial_id: int) -> str:
    return SIGNER.sign(str(testimonial_id))


def find(token: str) -> Asked | None:
    """None for a link that is not ours, or for somebody whom nobody has asked."""
    try:
        id_ = int(SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    found = Testimonial.objects.select_related("customer__household").filter(pk=id_, state__in=ANSWERABLE).first()
    return Asked(found, names_of(found.customer)) if found else None


def names_of(customer: Customer) -> dict[str, str]:
    """How somebody may be named, as far as their name is known."""
    first, last = customer.first_name.strip(), customer.last_name.strip()
    city = customer.household.city if customer.household else ""
    named = {Naming.NOBODY: ""}
    if first and last:
        named[Naming.INITIALS] = f"{first[0]}. {last[0]}."
        named[Naming.FIRST_NAME] = f"{first} {last[0]}."
        if city:
            named[Naming.WITH_CITY] = f"{first} {last[0]}., {city}"
    return {str(naming): name[:80] for naming, name in named.items()}


def permit(asked: Asked, *, naming: str) -> None:
    """The customer's yes to exactly these words and this name. Raises TestimonialError."""
    if naming not in asked.names:
        raise TestimonialError("there is no such way to be named")
    _move(
        asked.testimonial.pk,
        (State.ASKED, State.REFUSED, State.WITHDRAWN),
        state=State.PERMITTED,
        naming=naming,
        who=asked.names[naming],
        permission_text=PERMISSION_TEXT,
        answered_at=Now(),
        withdrawn_at=None,
    )


def refuse(asked: Asked) -> None:
    """The customer's no; a yes that was given before is taken back, and the quote disappears from every content."""
    if asked.is_permitted:
        _move(asked.testimonial.pk, (State.PERMITTED, State.APPROVED), state=State.WITHDRAWN, withdrawn_at=Now())
    else:
        _move(asked.testimonial.pk, (State.ASKED, State.REFUSED), state=State.REFUSED, answered_at=Now())


def approve(testimonial_id: int, *, by: User) -> None:
    """From now on contents may show it."""
    _move(testimonial_id, (State.PERMITTED,), state=State.APPROVED, approved_at=Now(), approved_by=by)


def dismiss(testimonial_id: int) -> None:
    """Staff do not want it; contents show it no longer."""
    _move(testimonial_id, (State.PROPOSED, State.ASKED, State.PERMITTED, State.APPROVED), state=State.DISMISSED)


def _move(testimonial_id: int, sources: tuple[State, ...], **changes: Any) -> None:
    if Testimonial.objects.filter(pk=testimonial_id, state__in=sources).update(**changes):
        return
    found = Testimonial.objects.filter(pk=testimonial_id).first()
    if found is None:
        raise TestimonialError("there is no such testimonial")
    raise TestimonialError(f"this cannot be done to a testimonial that is {State(found.state).label}")
