"""Which model version decides: staff promote one or go back to the one before, and where there is none the priors decide."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from .logbook import LearningError
from .models import ModelVersion


def present() -> ModelVersion | None:
    """The version that decides; None: the priors do."""
    return ModelVersion.objects.filter(is_champion=True).first()


def promote(version_id: int, *, by: User | None) -> ModelVersion:
    """Let this version decide from the next simulation on."""
    version = ModelVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise LearningError("there is no such version")
    return decide(version, by=by, reason=by_hand(version))


@transaction.atomic
def roll_back(*, by: User | None) -> ModelVersion:
    """Back to the version that decided before the present one."""
    decides = present()
    if decides is None:
        raise LearningError("no version decides now, so there is nothing to roll back")
    earlier = ModelVersion.objects.filter(promoted_at__lt=decides.promoted_at).order_by("-promoted_at").first()
    if earlier is None:
        raise LearningError("no other version has ever decided")
    # It no longer counts as an earlier one.
    ModelVersion.objects.filter(pk=decides.pk).update(promoted_at=None, reason=f"Rolled back to {earlier} by hand.")
    return decide(earlier, by=by, reason=f"Decides again: {decides} was rolled back.", promoted_at=earlier.promoted_at)


@transaction.atomic
def decide(version: ModelVersion, *, by: User | None, reason: str, promoted_at: datetime | None = None) -> ModelVersion:
    """From now on this version does; `reason` is for people."""
    lock()
    ModelVersion.objects.filter(is_champion=True).update(is_champion=False)
    version.is_champion, version.is_challenger = True, False
    version.promoted_at, version.promoted_by, version.reason = promoted_at or timezone.now(), by, reason
    version.save(update_fields=["is_champion", "is_challenger", "promoted_at", "promoted_by", "reason"])
    return version


def lock() -> None:
    """In the order of ids, so that of two at once the second waits."""
    list(ModelVersion.objects.select_for_update().order_by("id").values_list("id", flat=True))


def by_hand(version: ModelVersion) -> str:
    return f"Promoted by hand. {version.reason}".strip()
