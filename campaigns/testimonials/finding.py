"""New messages read for praise, each once; what is found is proposed, nothing is asked or shown by itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from campaigns.models import ServiceCase, Testimonial

from .. import languages, plain_text
from . import passages, redaction

CHUNK = 500  # messages
MARKUP = str.maketrans("", "", "{}*_`#<>[]|\\")
STREET_NUMBER = re.compile(r"\s*\d.*$")


@dataclass(frozen=True)
class Found:
    quote: str
    score: float


def propose_new(*, most: int = 100_000) -> int:
    """Read the messages that were not read yet, and put what is praise among the proposals; how many there are.

    Complaints are not read. Whoever calls it at the same time takes others.
    """
    proposed = read = 0
    while read < most and (chunk := _propose_chunk()):
        proposed, read = proposed + chunk[0], read + chunk[1]
    return proposed


def praise_in(message: str, *, names: Sequence[str] = (), places: Sequence[str] = ()) -> list[Found]:
    """The passages of one message that are praise, without what tells who is who."""
    from . import classifier  # scikit-learn is loaded only by who needs it

    said = passages.sentences(message)
    scores = classifier.score(said)
    found = passages.passages(said, scores >= classifier.SURE)
    redacted = ((quotable(text, names=names, places=places), float(scores[at].min())) for text, at in found)
    return [Found(quote, score) for quote, score in redacted if quote]


def quotable(text: str, *, names: Sequence[str] = (), places: Sequence[str] = ()) -> str:
    """As it may stand in a content: on one line, without markup; empty where too little is left."""
    quote = plain_text.one_line(redaction.redact(text.translate(MARKUP), names=names, places=places), longest=600)
    return quote if len(quote.replace(redaction.LEFT_OUT, "").split()) >= passages.SHORTEST_WORDS else ""


@transaction.atomic
def _propose_chunk() -> tuple[int, int] | None:
    """How many were proposed from how many messages; None where there are no more."""
    unread = ServiceCase.objects.filter(looked_through_at=None).exclude(kind=ServiceCase.Kind.COMPLAINT)
    cases = list(unread.select_for_update(skip_locked=True, of=("self",)).select_related("customer__household")[:CHUNK])
    if not cases:
        return None
    made = Testimonial.objects.bulk_create(list(_proposals(cases)), ignore_conflicts=True)
    ServiceCase.objects.filter(pk__in=[case.pk for case in cases]).update(looked_through_at=Now())
    return len(made), len(cases)


def _proposals(cases: Sequence[ServiceCase]) -> Iterator[Testimonial]:
    for case in cases:
        customer, home = case.customer, case.customer.household
        names = [customer.first_name, customer.last_name, customer.customer_number]
        places = [STREET_NUMBER.sub("", home.street), home.city] if home else []
        for found in praise_in(case.note, names=names, places=places):
            yield Testimonial(
                customer=customer,
                case=case,
                quote=found.quote,
                score=found.score,
                language=languages.primary(customer.language) or languages.own(),
            )
