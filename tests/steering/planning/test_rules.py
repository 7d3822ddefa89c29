"""What managers demanded becomes rules over rows and columns, and a sentence that says the same."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign, CampaignRule, Household, Option
from steering.allocation import PersonalRule, Problem
from steering.planning import options, rules, zones
from steering.planning.options import PlanningError
from steering.planning.rule_words import rule_words
from steering.planning.rules import Columns, Rules
from tests import builders

pytestmark = pytest.mark.django_db
MUNICH = {"attribute": "city", "is": "München"}


def living_in(city: str, postcode: str) -> int:
    person = builders.customer(household=True)
    Household.objects.filter(pk=person.household_id).update(city=city, postcode=postcode)
    return person.pk


@pytest.fixture
def people() -> np.ndarray:
    """Every second in Munich, the first not."""
    places = [("Berlin", "10115"), ("München", "80331")] * 3
    return np.array([living_in(*place) for place in places])


@pytest.fixture
def campaign() -> Campaign:
    return builders.campaign(channels=("email", "banner", "print_mailing"))


def columns(*campaigns: Campaign) -> Columns:
    offers = [(offer, one.pk) for one in campaigns for offer in options.of_campaign(one)]
    return Columns([offer for offer, _ in offers], [id_ for _, id_ in offers])


def read(rule: CampaignRule, people: np.ndarray, *campaigns: Campaign):
    reader = Rules(columns(*(campaigns or [rule.campaign])), people, as_of_at=timezone.now())
    return reader.personal(rule) if rule.scope == "person" else reader.rule(rule)


def test_an_audience_becomes_a_mask_of_these_customers(people):
    audience = builders.audience(MUNICH)
    assert rules.members(audience, people, as_of_at=timezone.now()).tolist() == [False, True] * 3
    assert rules.members(audience, people[1:3], as_of_at=timezone.now()).tolist() == [True, False]
    assert rules.members(audience, people[:0], as_of_at=timezone.now()).size == 0


def test_a_large_set_of_customers_is_matched_with_the_whole_audience(people, monkeypatch):
    monkeypatch.setattr(rules, "FEW", 0)
    audience = builders.audience(MUNICH)
    assert rules.members(audience, people, as_of_at=timezone.now()).tolist() == [False, True] * 3


def test_an_audience_that_many_rules_speak_of_is_asked_once(people, campaign):
    audience = builders.audience(MUNICH)
    made = [builders.rule(campaign, audience=audience, of_audience=audience, scope=scope) for scope in
            ("together", "share", "person")]  # fmt: skip
    reader = Rules(columns(campaign), people, as_of_at=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        for rule in made:
            reader.personal(rule) if rule.scope == "person" else reader.rule(rule)
    assert len([query for query in queries if "COPY" in query["sql"]]) <= 1


def test_channels_and_options_choose_columns(people, campaign):
    other = Option.objects.create(campaign=campaign, channel="email", content=builders.content())
    rule = builders.rule(campaign, channels=["banner"], option_ids=[other.pk])
    assert read(rule, people).options.tolist() == [False, True, False, True]
    assert read(builders.rule(campaign), people).options.all()


def test_an_option_that_is_gone_leaves_a_rule_about_nothing(people, campaign):
    rule = builders.rule(campaign, option_ids=[10**9])
    assert not read(rule, people).options.any()
    assert "an option that is gone" in rule_words(rule)


def test_bounds_are_pieces_cents_and_shares(people, campaign):
    assert read(builders.rule(campaign, bound=10), people).bound == 10
    assert read(builders.rule(campaign, bound="12.50", measure="cost"), people).bound == 1250
    assert read(builders.rule(campaign, bound="1.50", measure="margin"), people).bound == 150
    assert read(builders.rule(campaign, bound=60, scope="share"), people).bound == 0.6
    assert read(builders.rule(campaign, bound=25, scope="person", measure="cost"), people).most == 2500


def test_a_share_is_one_of_the_whole_that_was_named(people, campaign):
    rule = builders.rule(
        campaign, scope="share", audience=builders.audience(MUNICH), channels=["email"], of_channels=["email", "banner"]
    )
    made = read(rule, people)
    assert made.customers.tolist() == [False, True] * 3
    assert made.of.customers is None
    assert made.of.options.tolist() == [True, True, False]


def test_beside_other_campaigns_a_rule_counts_its_own_options_unless_it_says_all(people, campaign):
    other = builders.campaign(channels=("email",))
    own = builders.rule(campaign, channels=["email"])
    every = builders.rule(campaign, channels=["email"], over_all_campaigns=True)
    share = builders.rule(campaign, channels=["email"], of_channels=["email"], over_all_campaigns=True, scope="share")
    assert read(own, people, campaign, other).options.tolist() == [True, False, False, False]
    assert read(every, people, campaign, other).options.tolist() == [True, False, False, True]
    assert read(share, people, campaign, other).options.tolist() == [True, False, False, False]
    assert read(share, people, campaign, other).of.options.tolist() == [True, False, False, True]


def test_rules_that_compare_campaigns_wait_until_these_are_planned_together(campaign):
    other = builders.campaign()
    builders.rule(campaign, over_all_campaigns=True, scope="share")
    builders.rule(campaign, over_all_campaigns=True, sense="at least")
    builders.rule(campaign, is_active=False)
    most = builders.rule(campaign, over_all_campaigns=True)
    assert rules.in_force([campaign]) == [most]
    assert len(rules.in_force([campaign, other])) == 3


def test_a_broken_audience_is_named(people, campaign):
    broken = builders.audience({"nonsense": 1})
    with pytest.raises(PlanningError, match=f"{broken}.*broken"):
        read(builders.rule(campaign, audience=broken), people)


def test_what_a_single_piece_exceeds_is_closed_to_a_customer():
    problem = Problem(
        values=np.zeros((2, 3)),
        costs=np.array([1.0, 30.0, 90.0]),
        personal_rules=(
            PersonalRule("cheap", 50, customers=np.array([True, False]), amount="cost"),
            PersonalRule("no banner", 0, options=np.array([False, True, False])),
            PersonalRule("not both", 1, options=np.array([True, True, False])),
        ),
    )
    assert rules.barred(problem).tolist() == [[False, True, True], [False, True, False]]


def test_the_longest_beginning_of_a_postcode_says_what_a_piece_costs(people, campaign):
    letter = campaign.options.get(channel="print_mailing")
    letter.zone_costs = {"8": 70, "803": 95}
    letter.save()
    costs = zones.piece_costs(options.of_campaign(campaign), people)
    assert costs[:, 2].tolist() == [85, 95] * 3
    assert (costs[:, 0] == 1).all()


def test_without_zones_costs_are_the_same_for_everybody_and_nobody_is_read(people, campaign, django_assert_num_queries):
    offers = options.of_campaign(campaign)
    with django_assert_num_queries(0):
        assert zones.piece_costs(offers, people).tolist() == [1, 2, 85]


def test_leaflets_cost_by_the_postcode_of_their_area():
    offer = options.Offer(1, "direct_post", "direct_post", "Direct post", 12, np.inf, True, False, zone_costs={"80": 9})
    assert zones.area_piece_costs(offer, ["80331", "10115"]).tolist() == [9, 12]


SENTENCES = [
    ({}, "At most 10 pieces in all."),
    ({"channels": ["email"], "bound": 2000, "sense": "at least"}, "At least 2,000 pieces by E-mail."),
    ({"audience": "North"}, "At most 10 pieces to “North”."),
    ({"measure": "cost", "channels": ["email", "banner"]}, "At most 10.00 EUR is spent on pieces by E-mail and Banner."),
    (
        {"measure": "margin", "sense": "at least", "audience": "North"},
        "At least 10.00 EUR of expected margin comes from pieces to “North”.",
    ),
    (
        {"scope": "share", "bound": 60, "channels": ["email"], "of_channels": ["email"], "audience": "North"},
        "At most 60 % of the pieces by E-mail go to “North”.",
    ),
    (
        {"scope": "share", "bound": "12.50", "channels": ["email"], "of_channels": ["email", "banner"]},
        "At most 12.5 % of the pieces by E-mail and Banner go by E-mail.",
    ),
    ({"scope": "person", "measure": "cost", "audience": "North"}, "At most 10.00 EUR is spent on anyone in “North”."),
    ({"scope": "person", "bound": 0, "channels": ["banner"], "audience": "North"}, "Nobody in “North” gets anything by Banner."),
    (
        {"scope": "person", "bound": 1, "channels": ["email", "banner"]},
        "Nobody gets more than 1 of the pieces by E-mail and Banner.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES])
def test_a_rule_is_read_back_as_a_sentence(fields, sentence):
    if name := fields.get("audience"):
        audience = builders.audience()
        audience.name = name
        audience.save()
        fields = fields | {"audience": audience}
    rule = builders.rule(**fields)
    rule.refresh_from_db()
    assert rule_words(rule) == sentence
