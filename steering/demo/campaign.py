"""The demo's campaign: whom to reach, what to say, through which channels, under which limits."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User

from campaigns import audiences, workflow
from campaigns.examples import EXAMPLE_BLOCKS
from campaigns.findings import Finding
from campaigns.models import Audience, Campaign, ContactLimit, Content, Option
from channels import registry
from steering.population import newcomers

from .errors import DemoError
from .staff import CARRIER, MARK, PRESS

NAME = f"{MARK}Sommer im Garten"
# Everybody with a sign of life or an agreement, unless asleep or at odds with us.
RULE: dict[str, Any] = {
    "all": [
        {
            "any": [
                {"events": {"kinds": ["purchased", "product_registered"], "within_days": 730}},
                {"events": {"kinds": ["page_viewed", "product_viewed", "store_visited"], "within_days": 365}},
                {"consent": "email"},
            ]
        },
        {
            "none": [
                {"all": [{"attribute": "journey_stage", "is": "dormant"}, {"consent": "email", "exists": False}]},
                {"contacted": {"within_days": 10}, "at_least": 3},
                {"attribute": "source", "is": newcomers.SOURCE},  # has come just now
            ]
        },
    ]
}
LIMITS = (("", 3, 30), ("email", 2, 20), ("print_mailing", 2, 30))  # channel, most, days
BUDGET_CENTS = 6  # per customer of the database and wave
# Most pieces per customer of the database.
CAPACITIES = {"email": 0.22, "banner": 0.20, "social": 0.15, "print_mailing": 0.06, "direct_post": 0.50}
UNIT_COSTS = {"direct_post": 7}  # cents, where a vendor agreed to another price than usual
SETTINGS = {"social": {"network": "meta"}, "print_mailing": {"vendor": PRESS}, "direct_post": {"vendor": CARRIER}}
GOAL_DAYS = 14
MOST_LOOKS = 5


def prepare(*, customers: int, currency: str, by: User, approver: User) -> Campaign:
    """Everything that staff would click together in the admin, with budget and capacities that bind."""
    for channel, most, days in LIMITS:
        ContactLimit.objects.create(channel=channel, most=most, days=days)
    audiences.check(RULE)
    campaign = Campaign.objects.create(
        name=NAME,
        audience=Audience.objects.create(name=f"{MARK}awake or agreed", rule=RULE, created_by=by),
        content=_content(by, approver),
        budget_cents=BUDGET_CENTS * customers,
        currency=currency,
        goal_days=GOAL_DAYS,
        created_by=by,
    )
    for channel in registry.every():
        _offer(campaign, channel.name, customers)
    return campaign


def _content(by: User, approver: User) -> Content:
    content = workflow.submit(Content.objects.create(name=NAME, blocks=EXAMPLE_BLOCKS, created_by=by), by)
    found: Sequence[Finding] = workflow.findings(content)
    for _ in range(MOST_LOOKS):
        try:
            workflow.approve(content, approver, confirmed=found)
            return content
        except workflow.WorkflowError as error:  # meanwhile somebody has visited its links
            found = error.findings
    raise DemoError(f"the content is not approved: {found[0] if found else 'no reason given'}")


def _offer(campaign: Campaign, channel: str, customers: int) -> None:
    settings = SETTINGS.get(channel, {})
    registry.get(channel).check_option(settings)
    capacity = max(int(CAPACITIES[channel] * customers), 1)
    cost = UNIT_COSTS.get(channel)
    Option.objects.create(
        campaign=campaign, channel=channel, capacity=capacity, unit_cost_cents=cost, settings=settings
    )
