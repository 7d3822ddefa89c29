"""Consents and objections of two customers who turn out to be one: the strictest wins, and no evidence is lost."""

from django.utils import timezone

from campaigns.models import Consent, Customer, CustomerMerge, Objection

Ids = list[int]


def join_consents(merge: CustomerMerge) -> Ids:
    """All go over. Of two valid ones that of the kept customer stays valid; a later withdrawal by either ends both."""
    theirs = list(Consent.objects.filter(customer=merge.merged))
    everything = [*theirs, *Consent.objects.filter(customer=merge.kept)]
    valid = {one.pk: one for one in everything if one.withdrawn_at is None}
    ended = {pk for pk, one in valid.items() if _was_withdrawn(one, everything, valid)}
    kept_valid = {(one.channel, one.purpose) for one in valid.values() if one.customer_id == merge.kept_id}
    superseded = {one.pk for one in theirs if one.pk in valid and (one.channel, one.purpose) in kept_valid}
    Consent.objects.filter(pk__in=ended | superseded).update(withdrawn_at=timezone.now(), withdrawn_source=mark(merge))
    ids = [one.pk for one in theirs]
    Consent.objects.filter(pk__in=ids).update(customer=merge.kept)
    return ids


def part_consents(merge: CustomerMerge, ids: Ids) -> None:
    """As before; what was given or withdrawn since stays as it is, and a withdrawal since is that of both."""
    Consent.objects.filter(pk__in=ids, customer=merge.kept).update(customer=merge.merged)
    both = Consent.objects.filter(customer__in=[merge.kept_id, merge.merged_id])
    since = both.filter(withdrawn_at__gte=merge.merged_at).exclude(withdrawn_source=mark(merge))
    taken_back = set(since.values_list("channel", "purpose"))
    for one in both.filter(withdrawn_source=mark(merge)):
        others = both.filter(customer=one.customer_id, channel=one.channel, purpose=one.purpose, withdrawn_at=None)
        if (one.channel, one.purpose) not in taken_back and not others.exists():
            Consent.objects.filter(pk=one.pk).update(withdrawn_at=None, withdrawn_source="")


def join_objections(merge: CustomerMerge) -> Ids:
    """Each that stands is repeated for the kept customer; the record of the original stays where it was made."""
    known = set(Objection.objects.filter(customer=merge.kept, lifted_at=None).values_list("channel", "campaign_id"))
    made = [
        _repeated(one, merge.kept, merge)
        for one in Objection.objects.filter(customer=merge.merged, lifted_at=None)
        if (one.channel, one.campaign_id) not in known
    ]
    return [one.pk for one in Objection.objects.bulk_create(made)]


def standing(customer: Customer) -> Ids:
    return list(Objection.objects.filter(customer=customer, lifted_at=None).values_list("pk", flat=True))


def part_objections(merge: CustomerMerge, ids: Ids, *, before: Ids) -> None:
    """The repeated ones end. What was objected to since is refused by both: nobody can tell whose it was."""
    Objection.objects.filter(pk__in=ids, customer=merge.kept).delete()
    since = Objection.objects.filter(customer=merge.kept, lifted_at=None).exclude(pk__in=before)
    Objection.objects.bulk_create([_repeated(one, merge.merged, merge) for one in since], ignore_conflicts=True)


def close(merge: CustomerMerge) -> None:
    """Nothing may reach what is left of the merged customer."""
    if not Objection.objects.filter(customer=merge.merged, channel="", campaign=None, lifted_at=None).exists():
        Objection.objects.create(customer=merge.merged, source=mark(merge), note="turned out to be another customer")


def reopen(merge: CustomerMerge, customer: Customer) -> None:
    Objection.objects.filter(customer=customer, source=mark(merge)).delete()


def mark(merge: CustomerMerge) -> str:
    return f"merge {merge.pk}"


def _repeated(one: Objection, customer: Customer, merge: CustomerMerge) -> Objection:
    return Objection(
        customer=customer,
        channel=one.channel,
        campaign_id=one.campaign_id,
        received_at=timezone.now(),
        source=mark(merge),
        note=f"received {one.received_at:%Y-%m-%d} as customer {one.customer_id}",
    )


def _was_withdrawn(one: Consent, everything: list[Consent], valid: dict[int, Consent]) -> bool:
    """The other record's withdrawal is later than every valid consent of this kind."""
    alike = [other for other in everything if (other.channel, other.purpose) == (one.channel, one.purpose)]
    given = max(other.given_at for other in alike if other.pk in valid)
    return any(other.withdrawn_at is not None and other.withdrawn_at >= given for other in alike)
