"""What a content says that names a testimonial: the quote as it was permitted, for as long as it is."""

from typing import Any

from campaigns.blocks import Kind, references
from campaigns.content_error import ContentError
from campaigns.models import Content, Testimonial
from campaigns.models import TestimonialState as State


def register() -> None:
    references.register(Kind.TESTIMONIAL, check=check, fields=fields)


def check(number: str, path: str) -> None:
    """Raises ContentError for one that a content cannot show."""
    found = Testimonial.objects.filter(pk=int(number)).first()
    if found is None:
        raise ContentError(path, f"there is no testimonial {number}")
    if found.state != State.APPROVED:
        raise ContentError(path, f"testimonial {number} is {State(found.state).label}, not approved")


def fields(number: str) -> dict[str, Any] | None:
    """None where it must not be shown any more."""
    found = Testimonial.objects.filter(pk=int(number), state=State.APPROVED).first()
    return {"quote": found.quote, "who": found.who} if found else None


def used_by(testimonial_id: int) -> list[Content]:
    """Contents whose blocks name it, as they are written now."""
    named = [{"testimonial": testimonial_id}], [{"testimonial": str(testimonial_id)}]
    return [*Content.objects.filter(blocks__contains=named[0]), *Content.objects.filter(blocks__contains=named[1])]
