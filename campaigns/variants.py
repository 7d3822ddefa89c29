"""Which contents an option compares, and how its customers are shared out among them; sole writer of comparisons.

What a wave uses is fixed when it is approved, so every change here holds from the next wave on.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from .models import Comparison, Content, Option, Sharing, Variant, WaveContent

MOST_VARIANTS = 8  # beyond that, each of them learns too slowly
SMALLEST_SHARE = Decimal("0.01")
CHANGE = "campaigns.change_comparison"


class VariantsError(ValueError):
    """What cannot be compared; the message is for people."""


@transaction.atomic
def compare(
    option: Option, shares: Mapping[Content, object], *, by: User | None, sharing: str = Sharing.FIXED
) -> Comparison:
    """Let an option compare contents from the next wave on; `shares` are numbers of which only the ratio counts."""
    _require(by)
    if Comparison.objects.filter(option=option).exists():
        raise VariantsError("this channel compares variants already")
    if sharing not in Sharing.values:
        raise VariantsError(f"there is no sharing {sharing!r}, only {', '.join(Sharing.values)}")
    if len(shares) < 2:
        raise VariantsError("a comparison needs at least two contents")
    _refuse_others_options(option, shares)
    made = Comparison.objects.create(option=option, sharing=sharing, created_by=by)
    for content, share in zip(shares, normalised(list(shares.values())), strict=True):
        _add(made, content, share)
    return made


@transaction.atomic
def add(comparison: Comparison, content: Content, *, by: User | None) -> Variant:
    """One more, with an equal part of the shares. Raises VariantsError."""
    _require(by)
    held = _held(comparison)
    _refuse_others_options(held.option, [content])
    if held.variants.filter(content=content).exists():
        raise VariantsError(f"“{content}” is compared already")
    active = list(held.variants.filter(share__gt=0))
    made = _add(held, content, Decimal(1) / (len(active) + 1))
    _write_shares([*active, made], normalised([*(one.share * len(active) for one in active), 1]))
    return made


@transaction.atomic
def share_out(comparison: Comparison, shares: Mapping[int, object], *, by: User | None) -> None:
    """Shares by the variants' numbers, of which only the ratio counts; 0: no more from the next wave on."""
    _require(by)
    variants = list(_held(comparison).variants.all())
    if shares.keys() != {variant.number for variant in variants}:
        raise VariantsError("say a share of every variant")
    _write_shares(variants, normalised([shares[variant.number] for variant in variants]))


@transaction.atomic
def share_by(comparison: Comparison, sharing: str, *, by: User | None) -> None:
    """Fixed shares or Thompson sampling; decided before the first wave, since results are reckoned differently."""
    _require(by)
    held = _held(comparison)
    if sharing not in Sharing.values:
        raise VariantsError(f"there is no sharing {sharing!r}, only {', '.join(Sharing.values)}")
    if sharing != held.sharing and WaveContent.objects.filter(option=held.option, variant__gt=0).exists():
        raise VariantsError("a wave has used these variants: how they are shared out does not change any more")
    Comparison.objects.filter(pk=held.pk).update(sharing=sharing)


@transaction.atomic
def promote(comparison: Comparison, number: int, *, by: User | None) -> None:
    """From the next wave on everybody gets this variant. Raises VariantsError."""
    _require(by)
    held = _held(comparison)
    if not held.variants.filter(number=number).exists():
        raise VariantsError("there is no such variant")
    Comparison.objects.filter(pk=held.pk).update(winner=number, promoted_by=by, promoted_at=timezone.now())


@transaction.atomic
def reopen(comparison: Comparison, *, by: User | None) -> None:
    """Compare again from the next wave on."""
    _require(by)
    Comparison.objects.filter(pk=comparison.pk).update(winner=None, promoted_by=None, promoted_at=None)


def active(comparison: Comparison) -> list[Variant]:
    """Those that the next wave would use: the winner alone where there is one."""
    variants = list(comparison.variants.select_related("content").order_by("number"))
    if comparison.winner is not None:
        return [variant for variant in variants if variant.number == comparison.winner]
    return [variant for variant in variants if variant.share > 0]


def normalised(shares: Sequence[object]) -> list[Decimal]:
    """So that they add up to 1 in thousandths, the largest taking what rounding leaves. Raises VariantsError."""
    numbers = [_number(share) for share in shares]
    total = sum(numbers)
    if total <= 0:
        raise VariantsError("at least one variant needs a share")
    parts = [(number / total).quantize(Decimal("0.001")) for number in numbers]
    for number, part in zip(numbers, parts, strict=True):
        if number > 0 and part < SMALLEST_SHARE:
            raise VariantsError("a share is at least 1 %, or nothing")
    largest = parts.index(max(parts))
    parts[largest] += 1 - sum(parts)
    return parts


def _number(share: object) -> Decimal:
    try:
        number = Decimal(str(share))
    except InvalidOperation:
        raise VariantsError(f"{share!r} is not a share") from None
    if not number.is_finite() or not 0 <= number <= 1_000_000:
        raise VariantsError(f"{share!r} is not a share")
    return number


def _add(comparison: Comparison, content: Content, share: Decimal) -> Variant:
    last = comparison.variants.aggregate(last=Max("number"))["last"] or 0
    if last >= MOST_VARIANTS:
        raise VariantsError(f"at most {MOST_VARIANTS} variants are compared")
    return Variant.objects.create(comparison=comparison, number=last + 1, content=content, share=share)


def _write_shares(variants: Sequence[Variant], shares: Sequence[Decimal]) -> None:
    for variant, share in zip(variants, shares, strict=True):
        variant.share = share
    Variant.objects.bulk_update(variants, ["share"])


def _refuse_others_options(option: Option, contents: Iterable[Content]) -> None:
    """A content that is an option of its own beside this one would be in the comparison twice."""
    others = Option.objects.filter(campaign=option.campaign_id, channel=option.channel, content__in=list(contents))
    if found := others.exclude(pk=option.pk).select_related("content").first():
        raise VariantsError(f"“{found.content}” is a line of its own on this channel")


def _held(comparison: Comparison) -> Comparison:
    held = Comparison.objects.select_for_update(of=("self",)).select_related("option").filter(pk=comparison.pk).first()
    if held is None:
        raise VariantsError("there is no such comparison")
    return held


def _require(by: User | None) -> None:
    """None: a program."""
    if by is not None and not by.has_perm(CHANGE):
        raise VariantsError("you may not change what is compared")
