"""Two customers turn out to be one person: one is kept, the other's rows go over, and the other's number still leads here.

What is left of the other is an empty row that nothing reaches. Until `undoable_until` all of it can be undone; after that
the copies of names that this needs are deleted.
"""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns import journey
from campaigns.importing.customer_rows import OUR_NUMBER
from campaigns.models import Customer, CustomerMerge, DuplicatePair, PairState

from . import moving, permissions

WORDS = ("salutation", "title", "first_name", "last_name", "region")
DAYS = ("born_on", "customer_since_on")
FIELDS = (*WORDS, *DAYS, "household_id", "attributes", "source", "contact_is_made_up")
EMPTY: dict[str, Any] = dict.fromkeys(WORDS, "") | dict.fromkeys(DAYS) | {"household_id": None, "attributes": {}}


class MergeError(ValueError):
    """These customers cannot be merged, or a merge not be undone; the message says why."""


def better(one: Customer, other: Customer) -> Customer:
    """Who is rather kept: who has a number of the company's own, then who was there first."""
    return min(
        one, other, key=lambda c: (c.customer_number.startswith(OUR_NUMBER), c.customer_since_on or date.max, c.pk)
    )


@transaction.atomic
def merge(kept_id: int, merged_id: int, *, by: User | None = None, is_automatic: bool = False) -> CustomerMerge:
    """`merged` is `kept` from now on. All or nothing. Raises MergeError."""
    kept, merged = _locked(kept_id, merged_id)
    if kept == merged or kept.merged_into_id or merged.merged_into_id:
        raise MergeError("One of them was merged already.")
    before = {"kept": _said(kept), "merged": _said(merged), "led_here": _led_to(merged)}
    refused = permissions.standing(kept)
    made = CustomerMerge.objects.create(
        kept=kept, merged=merged, merged_by=by, is_automatic=is_automatic,
        undoable_until=timezone.now() + timedelta(days=settings.MERGE_UNDO_DAYS),
    )  # fmt: skip
    _fill(kept, merged)
    made.moved = moving.move(merged, kept) | {
        "same_door": _join_households(kept, before["merged"]["household_id"], merged),
        "consents": permissions.join_consents(made),
        "objections": permissions.join_objections(made),
        "refused_before": refused,
    }
    permissions.close(made)
    _leave_empty(merged, kept)
    made.before = before | {"after": _said(kept)}
    made.save()
    _settle_pairs(kept, merged, by)
    journey.refresh(customer_ids=[kept.pk])
    return made


@transaction.atomic
def undo(merge_id: int, *, by: User | None = None) -> None:
    """Both are as they were, but for what came since. They are not proposed again. Raises MergeError."""
    made = CustomerMerge.objects.select_for_update().get(pk=merge_id)
    if made.undone_at or made.undoable_until <= timezone.now():
        raise MergeError("This merge can no longer be undone.")
    kept, merged = _locked(made.kept_id, made.merged_id)
    if kept.merged_into_id:
        raise MergeError("The customer who was kept was merged as well since; undo that first.")
    _restore(kept, made.before["kept"], unless_not=made.before["after"])
    _restore(merged, made.before["merged"])
    Customer.objects.filter(pk=merged.pk).update(merged_into=None)
    Customer.objects.filter(pk__in=made.before["led_here"]).update(merged_into=merged)
    moving.move_back(made.moved, merged=merged, kept=kept)
    Customer.objects.filter(pk__in=made.moved["same_door"], household_id=kept.household_id).update(
        household_id=made.before["merged"]["household_id"]
    )
    permissions.part_consents(made, made.moved["consents"])
    permissions.reopen(made, merged)
    permissions.part_objections(made, made.moved["objections"], before=made.moved["refused_before"])
    made.undone_at, made.undone_by, made.before, made.moved = timezone.now(), by, {}, {}
    made.save()
    decide(kept.pk, merged.pk, PairState.DIFFERENT, by=by)
    journey.refresh(customer_ids=[kept.pk, merged.pk])


def decide(one_id: int, other_id: int, state: PairState, *, by: User | None = None) -> None:
    """Remember what was decided about two customers."""
    first, second = sorted((one_id, other_id))
    told = {"state": state, "decided_by": by, "decided_at": timezone.now()}
    unknown = told | {"probability": 0.0, "cluster": first}
    DuplicatePair.objects.update_or_create(first_id=first, second_id=second, defaults=told, create_defaults=unknown)


def forget() -> int:
    """Delete the copies of merges that can no longer be undone; returns of how many."""
    over = CustomerMerge.objects.filter(undoable_until__lte=timezone.now()).exclude(before={})
    return over.update(before={}, moved={})


def _locked(kept_id: int, merged_id: int) -> tuple[Customer, Customer]:
    """In the order of their ids, so that two merges never wait for each other."""
    ids = sorted((kept_id, merged_id))
    found = {one.pk: one for one in Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    if set(ids) != found.keys():
        raise MergeError("One of them is not there any more.")
    return found[kept_id], found[merged_id]


def _said(customer: Customer) -> dict[str, Any]:
    said = {name: getattr(customer, name) for name in FIELDS}
    return said | {name: said[name].isoformat() for name in DAYS if said[name]}


def _led_to(customer: Customer) -> list[int]:
    return list(Customer.objects.filter(merged_into=customer).values_list("pk", flat=True))


def _fill(kept: Customer, merged: Customer) -> None:
    """What is not known of the one is taken from the other."""
    for name in (*WORDS, "born_on", "household_id"):
        setattr(kept, name, getattr(kept, name) or getattr(merged, name))
    known = [day for day in (kept.customer_since_on, merged.customer_since_on) if day]
    kept.customer_since_on = min(known, default=None)
    kept.attributes = merged.attributes | kept.attributes
    kept.contact_is_made_up = kept.contact_is_made_up and merged.contact_is_made_up
    kept.updated_at = timezone.now()
    kept.save()


def _join_households(kept: Customer, household_id: int | None, merged: Customer) -> list[int]:
    """One door written in two ways: whoever else lives at the other goes along. Returns who."""
    first, second = sorted((kept.pk, merged.pk))
    alike = DuplicatePair.objects.filter(first=first, second=second, agrees__contains=["street_alike"])
    is_one_door = alike.exclude(differs__contains=["postcode_differs"]).exists()
    if not is_one_door or household_id in (None, kept.household_id):
        return []
    others = Customer.objects.filter(household_id=household_id).exclude(pk=merged.pk)
    ids = list(others.values_list("pk", flat=True))
    Customer.objects.filter(pk__in=ids).update(household_id=kept.household_id, updated_at=timezone.now())
    return ids


def _leave_empty(merged: Customer, kept: Customer) -> None:
    """Whoever was merged into this one before leads to the kept one at once."""
    Customer.objects.filter(Q(pk=merged.pk) | Q(merged_into=merged)).update(merged_into=kept)
    Customer.objects.filter(pk=merged.pk).update(**EMPTY, updated_at=timezone.now())


def _restore(customer: Customer, before: dict[str, Any], *, unless_not: dict[str, Any] | None = None) -> None:
    """With `unless_not`: only what still is as the merge left it."""
    now = _said(customer)
    changed = {name: before[name] for name in FIELDS if unless_not is None or now[name] == unless_not[name]}
    if unless_not is not None:
        changed["attributes"] = _without_gained(now["attributes"], before["attributes"], unless_not["attributes"])
    Customer.objects.filter(pk=customer.pk).update(**changed, updated_at=timezone.now())


def _without_gained(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Attributes but for those that the merge brought and nobody has changed since."""
    return {name: value for name, value in now.items() if name in before or value != after.get(name)}


def _settle_pairs(kept: Customer, merged: Customer, by: User | None) -> None:
    """That somebody is not the merged customer was decided about the kept one too; what was open is looked for anew."""
    decide(kept.pk, merged.pk, PairState.SAME, by=by)
    theirs = DuplicatePair.objects.filter(Q(first=merged) | Q(second=merged))
    for pair in theirs.filter(state=PairState.DIFFERENT):
        other = pair.second_id if pair.first_id == merged.pk else pair.first_id
        if other != kept.pk:
            decide(kept.pk, other, PairState.DIFFERENT, by=by)
    theirs.filter(state=PairState.OPEN).delete()
