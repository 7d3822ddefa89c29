"""Which rows of a customer go over to the one who they turned out to be, in whatever table of whatever room.

Tables are found by their foreign keys, so a new one is not forgotten. What the database would not have twice stays where
it is. So does what belongs to a wave in which both took part, or that went out while the one who is kept objected: plans,
messages and the rules about them must add up for each customer as they did.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Exists, ForeignKey, Model, OuterRef, Q, QuerySet, UniqueConstraint

from campaigns.models import (
    Consent,
    Customer,
    CustomerMerge,
    CustomerPast,
    DuplicatePair,
    Identifier,
    Objection,
    Suppression,
    Wave,
)

# These have rules of their own, or say what was true of this very row.
APART = frozenset({Customer, CustomerPast, CustomerMerge, DuplicatePair, Consent, Objection})
Moved = dict[str, list[int]]  # ids by table and column


def move(merged: Customer, kept: Customer) -> Moved:
    """Give everything of the one to the other that can go over; within a transaction."""
    apart = _waves_apart(merged, kept)
    moved: Moved = {}
    for model, key in tables():
        rows = _staying_out(_of(model, key, merged), model, key, kept).order_by()
        if wave := _wave_of(model):
            rows = rows.exclude(**{f"{wave}__in": apart})
        if model is Identifier:
            rows = _still_of_use(rows, kept)
        if ids := list(rows.values_list("pk", flat=True)):
            model._base_manager.filter(pk__in=ids).update(**{f"{key}_id": kept.pk})
            moved[f"{model._meta.label}.{key}"] = ids
    return moved


def move_back(moved: Moved, *, merged: Customer, kept: Customer) -> None:
    """What is still there goes back."""
    for model, key in tables():
        ids = moved.get(f"{model._meta.label}.{key}", [])
        _of(model, key, kept).filter(pk__in=ids).update(**{f"{key}_id": merged.pk})


def tables() -> Iterator[tuple[type[Model], str]]:
    """Every table that names a customer, and the column in which it does."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey) and field.related_model is Customer and model not in APART:
                yield model, field.name


def _of(model: type[Model], key: str, customer: Customer) -> QuerySet:
    return model._base_manager.filter(**{key: customer})


def _staying_out(rows: QuerySet, model: type[Model], key: str, kept: Customer) -> QuerySet:
    """Without those of which the database allows one a customer, where the other has it already."""
    for rule in model._meta.constraints:
        if isinstance(rule, UniqueConstraint) and key in rule.fields:
            condition = rule.condition or Q()
            alike = {name: OuterRef(name) for name in rule.fields if name != key}
            rows = rows.exclude(condition & Q(Exists(_of(model, key, kept).filter(condition, **alike))))
    return rows


def _still_of_use(identifiers: QuerySet, kept: Customer) -> QuerySet:
    """Without addresses from which letters came back, unless the person is said to live there: they would bar the new one."""
    returned = Suppression.objects.filter(digest=OuterRef("digest"), reason="returned_letter")
    there = kept.household.address_key if kept.household else ""
    elsewhere = Q(kind="postal_address") & ~Q(value__endswith=f"|{there}")
    return identifiers.exclude(elsewhere & Q(Exists(returned)))


def _waves_apart(merged: Customer, kept: Customer) -> set[int]:
    theirs, ours = _waves(merged), _waves(kept)
    return theirs if Objection.objects.filter(customer=kept, lifted_at=None).exists() else theirs & ours


def _waves(customer: Customer) -> set[int]:
    found: set[int] = set()
    for model, key in tables():
        if wave := _wave_of(model):
            found |= set(_of(model, key, customer).order_by().values_list(wave, flat=True))
    return found - {None}


def _wave_of(model: type[Model]) -> str:
    """The column that names a wave, if there is one."""
    return next((f.name for f in model._meta.fields if isinstance(f, ForeignKey) and f.related_model is Wave), "")
