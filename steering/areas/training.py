"""The model of new customers by area: trained, kept as a version, and loaded. The newest version decides.

It needs no promotion: what it foretells is shrunk to nothing where the data do not bear it, see steering.targeting.areas.
"""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from steering import targeting
from steering.models import AreaModel
from steering.targeting.observed import Observed

from . import observing

if TYPE_CHECKING:
    from steering.targeting.areas import NewCustomers

__all__ = ["load", "newest", "retrain", "train"]


def train(*, as_of_at: datetime | None = None) -> AreaModel:
    """A new version from all waves whose goal window was over by `as_of_at` (now), also one that says why it knows nothing."""
    as_of_at = as_of_at or timezone.now()
    past = observing.read(as_of_at=as_of_at)
    model = targeting.areas.NewCustomers(random_state=1).fit(past.observed)
    return _save(
        known_until_at=as_of_at,
        trained_on_rows=len(past.observed.area),
        fingerprint=_fingerprint(past.names, past.observed),
        features=list(past.names),
        new_customer_cents=past.new_customer_cents,
        metrics=_told(model) | {"waves": list(past.wave_ids)},
        assumption=model.assumption_,
        reason=model.reason_,
        model=targeting.dumps(model),
    )


def retrain() -> AreaModel | None:
    """What every night does: a new version where the goal window of a wave with areas has ended since the newest one."""
    last = AreaModel.objects.order_by("-number").first()
    now = timezone.now()
    return train(as_of_at=now) if observing.has_news(last.known_until_at if last else None, as_of_at=now) else None


def newest(*, as_of_at: datetime | None = None) -> AreaModel | None:
    """The version that decides; None, too, where the newest has learned nothing."""
    versions = AreaModel.objects.order_by("-number")
    if as_of_at is not None:
        versions = versions.filter(known_until_at__lte=as_of_at)
    version = versions.first()
    return version if version is not None and not version.reason else None


def load(version: AreaModel) -> "NewCustomers":
    return targeting.loads(version.model, kind=targeting.areas.NewCustomers)


def per_household(version: AreaModel, values: np.ndarray) -> np.ndarray:
    """(n,) expected new customers that a leaflet adds, of areas with these features (n, names)."""
    return load(version).predict(values)


@transaction.atomic
def _save(**fields: Any) -> AreaModel:
    list(AreaModel.objects.select_for_update().order_by("id").values_list("id", flat=True))
    last = AreaModel.objects.aggregate(last=Max("number"))["last"] or 0
    return AreaModel.objects.create(number=last + 1, **fields)


def _told(model: "NewCustomers") -> dict[str, Any]:
    """Per 1,000 households, as people say it; slopes are found against foretold."""
    return {
        "treated": model.treated_,
        "untreated": model.untreated_,
        "arrived": model.arrived_,
        "effect_per_thousand": round(1000 * model.effect_, 4),
        "error_per_thousand": round(1000 * model.error_, 4),
        "believed": round(model.believed_, 4),
        "slope": round(model.slope_, 4),
        "slope_error": round(model.slope_error_, 4),
        "believed_slope": round(model.believed_slope_, 4),
        "fewest": targeting.areas.FEWEST,
    }


def _fingerprint(names: list[str], observed: Observed) -> str:
    digest = hashlib.sha256(repr(names).encode())
    for name in Observed.__dataclass_fields__:
        digest.update(np.ascontiguousarray(getattr(observed, name)).tobytes())
    return digest.hexdigest()
