"""The decision of a plan rebuilt for a few of its customers: whom it takes, what was known of them, at which prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from campaigns.models import Campaign, CampaignRule, Customer, Scope
from steering import people
from steering.allocation import PersonalRule, Problem
from steering.models import Assignment, ModelVersion, Plan
from steering.people import Who

from . import candidates, options, problem, scoring
from .candidates import Candidates
from .options import Offer
from .rules import Columns, Rules
from .scoring import Scorer

IDS = "SELECT unnest(%(ids)s::bigint[]) AS id"


def keys_of(offers: Sequence[Offer], of: Problem) -> list[str]:
    """(K,) the limits as the keys of Plan.prices: the budget, each option, each rule."""
    return ["budget", *(str(offer.option_id) for offer in offers), *(rule.name for rule in of.rules)]


def prices_of(plan: Plan, keys: Sequence[str]) -> np.ndarray:
    """(K,) what one more of each limit would have earned; a rule that was made later had no price."""
    return np.array([float(plan.prices.get(key, 0.0)) for key in keys])


def concerned(plan: Plan, offers: Sequence[Offer], customer_id: int) -> list[Assignment]:
    """Whom the decision about the customer had to do with: themselves, their household, their delivery area."""
    home = Customer.objects.select_related("household").get(pk=customer_id).household
    near = Customer.objects.none()
    if home is not None:
        near = Customer.objects.filter(household=home)
        if home.delivery_area_id and options.area_column(list(offers)) is not None:
            near = Customer.objects.filter(household__delivery_area=home.delivery_area_id)
    ids = {customer_id, *near.values_list("pk", flat=True)}
    return list(Assignment.objects.filter(wave_id=plan.wave_id, customer_id__in=ids))


def found(plan: Plan, offers: list[Offer], written: Mapping[int, Assignment]) -> Candidates:
    """As planning found them: features as of then, scored by the same model, with the options that were open then."""
    scorer = _scorer(plan.model_version)
    who = Who(IDS, {"ids": sorted(written)})
    whole = candidates.joined(list(people.read(who, names=scorer.names, as_of_at=plan.as_of_at)))
    open_to = [set(written[id_].eligible) for id_ in whole.customer_ids.tolist()]
    campaign: Campaign = plan.wave.campaign
    return candidates.arranged(
        whole,
        eligible=np.array([[offer.option_id in those for offer in offers] for those in open_to], dtype=bool),
        uplift=scorer.score(whole.features, [offer.treatment for offer in offers]) * float(campaign.margin_share),
        campaign=campaign,
        offers=offers,
    )


@dataclass(frozen=True, eq=False)
class Posed:
    """What was to be decided. Rules for each customer stand beside: whom they closed an option to has it closed already."""

    problem: Problem
    for_each: Sequence[tuple[CampaignRule, PersonalRule]]


def posed(plan: Plan, offers: list[Offer], found: Candidates, in_force: Sequence[CampaignRule]) -> Posed:
    """`in_force`: the rules of the campaign, and those of others that concern it. Raises PlanningError."""
    campaign: Campaign = plan.wave.campaign
    read = Rules(Columns(offers, [campaign.pk] * len(offers)), found.customer_ids, as_of_at=plan.as_of_at)
    shared = tuple(read.rule(rule) for rule in in_force if rule.scope != Scope.PERSON)
    return Posed(
        problem=replace(problem.unruled(campaign, offers, found), rules=shared),
        for_each=[(rule, read.personal(rule)) for rule in in_force if rule.scope == Scope.PERSON],
    )


def _scorer(version: ModelVersion | None) -> Scorer:
    return scoring.scorer(None) if version is None else _loaded(version.pk, version.fingerprint)


@lru_cache(maxsize=4)
def _loaded(version_id: int, fingerprint: str) -> Scorer:
    """A version never changes, and reading its model takes longer than the rest of an explanation."""
    scorer = scoring.scorer(ModelVersion.objects.get(pk=version_id, fingerprint=fingerprint))
    return replace(scorer, watch=None)  # it counts the customers of plans
