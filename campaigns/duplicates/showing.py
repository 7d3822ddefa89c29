"""A pair side by side: what is known of both, line by line, and which lines differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import formats

from campaigns.models import Customer, CustomerMerge, DuplicatePair, IdentifierKind, PairState

WORDS = {
    "last_equal": "same last name",
    "last_sounds": "last names sound alike",
    "last_alike": "last names are much alike",
    "last_part": "one last name is part of the other, or its initial",
    "last_differs": "different last names",
    "first_equal": "same first name",
    "first_pet_form": "short or pet form of the first name, or part of it",
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
    "number_part": "house number with and without what stands behind it",
    "number_differs": "another house number",
    "postcode_near": "postcodes nearly the same",
    "postcode_differs": "different postcodes",
    "city_differs": "different towns",
    "email_equal": "same e-mail name at another provider",
    "email_differs": "different e-mail addresses",
    "phone_near": "phone numbers nearly the same",
    "sex_differs": "Frau and Herr",
    "generation_differs": "junior or senior",
}


@dataclass(frozen=True)
class Line:
    title: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return bool(self.first and self.second and self.first != self.second)


Labels = Mapping[str, str]  # of channels, by name
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
)


def lines(first: Customer, second: Customer, *, with_identifiers: bool, channels: Labels) -> list[Line]:
    """How to reach people is for those only who may see it."""
    permissions = (("Valid consents", _valid), ("Objections", _refused))
    shown = [_line(title, read, first, second) for title, read in LINES]
    if with_identifiers:
        kinds = [kind for kind in IdentifierKind if kind != IdentifierKind.POSTAL_ADDRESS]
        found = [Line(kind.label.capitalize(), _identifiers(first, kind), _identifiers(second, kind)) for kind in kinds]
        shown += [line for line in found if line.first or line.second]
    shown += [_line(title, read, first, second) for title, read in LATER]
    return shown + [
        Line(title, *(", ".join(read(one, channels)) or "none" for one in (first, second)))
        for title, read in permissions
    ]


def merged_name(made: CustomerMerge) -> str:
    """Of the record that was merged, as long as it is known."""
    before = made.before.get("merged", {})
    return f"{before.get('first_name', '')} {before.get('last_name', '')}".strip()


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
    return Line(title, _written(read(first)), _written(read(second)))


def _written(value: object) -> str:
    if isinstance(value, date):
        return formats.date_format(value)
    return "" if value is None else str(value)


def _identifiers(of: Customer, kind: IdentifierKind) -> str:
    return ", ".join(one.value for one in of.identifiers.all() if one.kind == kind)


def _valid(of: Customer, channels: Labels) -> list[str]:
    valid = {one.channel for one in of.consents.all() if one.withdrawn_at is None}
    return sorted(channels.get(name, name) for name in valid)


def _refused(of: Customer, channels: Labels) -> list[str]:
    standing = of.objections.filter(lifted_at=None).select_related("campaign")
    return [
        f"campaign “{one.campaign.name}”" if one.campaign else channels.get(one.channel, one.channel) or "every channel"
        for one in standing
    ]
