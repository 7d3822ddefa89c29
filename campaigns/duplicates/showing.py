"""A pair side by side: what is known of both, line by line, and which lines differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaigns.models import Customer, DuplicatePair, IdentifierKind, PairState

WORDS = {
    "last_equal": "same last name",
    "last_sounds": "last names sound alike",
    "last_alike": "last names are much alike",
    "last_part": "one last name is part of the other",
    "last_differs": "different last names",
    "first_equal": "same first name",
    "first_pet_form": "short or pet form of the first name",
    "first_initial": "only an initial",
    "first_alike": "first names are much alike",
    "first_differs": "different first names",
    "swapped": "first and last name exchanged",
    "born_equal": "same birthday",
    "born_near": "birthdays nearly the same",
    "born_differs": "different birthdays",
    "door_equal": "same address",
    "street_alike": "streets are much alike",
    "street_differs": "different streets",
    "number_differs": "another house number",
    "postcode_differs": "different postcodes",
    "city_differs": "different towns",
    "email_equal": "same e-mail name at another provider",
    "email_differs": "different e-mail addresses",
    "phone_near": "phone numbers nearly the same",
    "sex_differs": "Frau and Herr",
}


@dataclass(frozen=True)
class Line:
    title: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return bool(self.first and self.second and self.first != self.second)


LINES: Sequence[tuple[str, Callable[[Customer], object]]] = (
    ("Customer number", lambda one: one.customer_number),
    ("Salutation", lambda one: one.get_salutation_display() if one.salutation else ""),
    ("Title", lambda one: one.title),
    ("First name", lambda one: one.first_name),
    ("Last name", lambda one: one.last_name),
    ("Birthday", lambda one: one.born_on),
    ("Street", lambda one: one.household and one.household.street),
    ("Place", lambda one: one.household and f"{one.household.postcode} {one.household.city}"),
)
LATER: Sequence[tuple[str, Callable[[Customer], object]]] = (
    ("Customer since", lambda one: one.customer_since_on),
    ("Source", lambda one: one.source),
    ("Stage", lambda one: one.get_journey_stage_display()),
    ("Events", lambda one: one.events.count()),
    ("Valid consents", lambda one: ", ".join(sorted(set(_valid(one)))) or "none"),
    ("Objections", lambda one: ", ".join(_refused(one)) or "none"),
)


def lines(first: Customer, second: Customer, *, with_identifiers: bool) -> list[Line]:
    """How to reach people is for those only who may see it."""
    shown = [_line(title, read, first, second) for title, read in LINES]
    if with_identifiers:
        kinds = [kind for kind in IdentifierKind if kind != IdentifierKind.POSTAL_ADDRESS]
        found = [Line(kind.label.capitalize(), _identifiers(first, kind), _identifiers(second, kind)) for kind in kinds]
        shown += [line for line in found if line.first or line.second]
    return shown + [_line(title, read, first, second) for title, read in LATER]


def told(names: Sequence[str]) -> str:
    return ", ".join(WORDS[name] for name in names if name in WORDS)


def percent(probability: float) -> str:
    """Never 100: what is estimated is not known."""
    return f"{min(int(probability * 100), 99)}\N{NO-BREAK SPACE}%"


def following(pair: DuplicatePair | None = None) -> DuplicatePair | None:
    """The next open pair, surest first; after this one, and then from the beginning."""
    waiting = DuplicatePair.objects.filter(state=PairState.OPEN).order_by("-probability", "id")
    if pair is None:
        return waiting.first()
    behind = waiting.filter(probability__lte=pair.probability).exclude(probability=pair.probability, pk__lte=pair.pk)
    return behind.first() or waiting.exclude(pk=pair.pk).first()


def _line(title: str, read: Callable[[Customer], object], first: Customer, second: Customer) -> Line:
    one, other = read(first), read(second)
    return Line(title, "" if one is None else str(one), "" if other is None else str(other))


def _identifiers(of: Customer, kind: IdentifierKind) -> str:
    return ", ".join(one.value for one in of.identifiers.all() if one.kind == kind)


def _valid(of: Customer) -> list[str]:
    return [one.channel for one in of.consents.all() if one.withdrawn_at is None]


def _refused(of: Customer) -> list[str]:
    return [
        f"campaign {one.campaign_id}" if one.campaign_id else one.channel or "every channel"
        for one in of.objections.all()
        if one.lifted_at is None
    ]
