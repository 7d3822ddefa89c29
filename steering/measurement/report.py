"""All results of a campaign, or of one of its waves."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign
from channels import registry

from . import scope as scopes
from .area_lift import AreaLift, area_lift
from .funnel import OUT_STATES, FunnelRow, funnel
from .lift import Lift, lift
from .ropo import RopoRow, ropo

TOTALS = """
    WITH goals AS ({goals})
    SELECT count(DISTINCT a.customer_id), count(DISTINCT a.customer_id) FILTER (WHERE a.is_holdout),
           (SELECT count(*) FROM goals), (SELECT coalesce(sum(cents), 0)::bigint FROM goals)
    FROM steering_assignment a WHERE a.wave_id = ANY(%(waves)s)
"""


@dataclass(frozen=True)
class Results:
    """Money in cents of `currency`; conversions are goal events of everybody in the plan, the holdout included."""

    customers: int
    holdout: int
    contacted: int
    cost_cents: int  # of what went out
    coupons_cents: int  # of what was redeemed since
    conversions: int
    value_cents: int
    funnel: tuple[FunnelRow, ...]
    lift: Lift | None
    areas: tuple[AreaLift, ...]  # by pairs of areas, where whole areas are held out
    ropo: tuple[RopoRow, ...]
    currency: str


def results(campaign_id: int, *, wave_id: int | None = None, as_of_at: datetime | None = None) -> Results:
    """Of all started waves, or of one. Raises Campaign.DoesNotExist."""
    campaign = Campaign.objects.get(pk=campaign_id)
    scope = scopes.of(campaign, wave_id=wave_id, as_of_at=as_of_at or timezone.now())
    [(customers, holdout, conversions, value)] = scope.rows(TOTALS.format(goals=scopes.GOALS))
    rows, by_area = funnel(scope), _is_bought_by_area(campaign)
    return Results(
        customers=customers,
        holdout=holdout,
        contacted=sum(row.sent for row in rows),
        cost_cents=sum(row.cost_cents for row in rows),
        coupons_cents=_coupons(scope),
        conversions=conversions,
        value_cents=value,
        funnel=rows,
        lift=lift(scope, by_area=by_area, out_states=OUT_STATES),
        areas=area_lift(scope, out_states=OUT_STATES) if by_area else (),
        ropo=ropo(scope),
        currency=campaign.currency,
    )


def _coupons(scope: scopes.Scope) -> int:
    [(cents,)] = scope.rows(f"SELECT coalesce(sum(cents), 0) FROM ({scopes.COUPONS}) redeemed")  # noqa: S608
    return round(cents)


def _is_bought_by_area(campaign: Campaign) -> bool:
    channels = campaign.options.values_list("channel", flat=True)
    return any(registry.get(channel).reach.decided_by_area for channel in channels)
