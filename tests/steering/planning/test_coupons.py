"""An expensive coupon wins only where it earns more: what redemptions are expected to cost is taken off an option's value."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import offers
from campaigns.models import CouponUse, Offer, Option
from steering import waves
from steering.admin import why_words
from steering.models import Assignment, Plan
from steering.planning import coupons, options
from steering.planning.explaining import explain_choice
from tests import builders

HEADLINE = {"id": "headline", "type": "headline", "text": "Neues"}
OFFER = {"id": "o", "type": "offer", "title": "20 %", "offer": "herbst"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def offer() -> Offer:
    return builders.offer("herbst", cost_cents=500, expected_rate="0.04")


def campaign(blocks=(HEADLINE, OFFER), **fields):
    return builders.campaign(blocks=list(blocks), **({"holdout_share": 0, "exploration_share": 0} | fields))


def expected(of) -> float:
    return options.of_campaign(of)[0].coupon_cents


def past_wave(of, *, sent: int, redeemed: int, days_ago: int = 30, channel: str = "email", value: int | None = None):
    """A wave of long ago whose content showed the offer, of which some were redeemed."""
    wave = builders.wave(of, state="completed", started_at=timezone.now() - timedelta(days=days_ago))
    option = of.options.get(channel=channel)
    offers.note_offers(wave.pk, [offers.Shown(option.pk, channel, of.content.blocks)])
    offer = Offer.objects.get()
    for number in range(sent):
        made = builders.dispatch(wave, channel=channel, state="sent")
        if number < redeemed:
            CouponUse.objects.create(
                offer=offer, receipt=str(made.pk), is_online=False, dispatch_id=made.pk, redeemed_at=timezone.now(),
                value_cents=value,
            )  # fmt: skip


def test_without_an_offer_nothing_is_taken_off():
    assert expected(campaign([HEADLINE])) == 0


def test_until_anything_was_seen_what_staff_expect_counts(offer):
    assert expected(campaign()) == pytest.approx(0.04 * 500)


def test_a_share_of_the_basket_costs_that_share(offer):
    Offer.objects.update(cost_share="0.2", expected_basket_cents=8000)
    assert expected(campaign()) == pytest.approx(0.04 * (500 + 0.2 * 8000))


def test_the_rate_is_learned_from_past_waves(offer):
    of = campaign()
    past_wave(of, sent=10, redeemed=5)
    of_offer = (5 + 200 * 0.04) / (10 + 200)
    assert options.of_campaign(of)[0].coupons[0].rate == pytest.approx((5 + 200 * of_offer) / 210, abs=1e-6)


def test_waves_whose_goal_days_are_not_over_do_not_count(offer):
    of = campaign()
    past_wave(of, sent=4, redeemed=0, days_ago=3)
    assert expected(of) == pytest.approx(0.04 * 500)


def test_a_channel_learns_less_from_the_others_than_from_itself(offer):
    of = campaign(channels=("email", "banner"))
    past_wave(of, sent=10, redeemed=8)
    email, banner = (one.coupon_cents for one in sorted(options.of_campaign(of), key=lambda one: -one.coupon_cents))
    assert email > banner > 0.04 * 500


def test_baskets_are_learned_from_tills(offer):
    Offer.objects.update(cost_share="0.5", cost_cents=0, expected_basket_cents=2000)
    of = campaign()
    past_wave(of, sent=5, redeemed=5, value=10_000)
    cost = options.of_campaign(of)[0].coupons[0].cost_cents
    assert cost == pytest.approx(0.5 * (5 * 10_000 + 20 * 2000) / 25)


def test_a_content_in_another_language_or_channel_only_costs_where_it_is_shown(offer):
    hidden = OFFER | {"overrides": {"banner": {"hidden": True}}}
    by_channel = {
        one.channel: one.coupon_cents
        for one in options.of_campaign(campaign([HEADLINE, hidden], channels=("email", "banner")))
    }
    assert by_channel == {"email": pytest.approx(20), "banner": 0}


class TestDecisions:
    @pytest.fixture
    def both(self, offer):
        """The same mail with and without the coupon."""
        offers.generate(offer, 5)
        builders.customer()
        of = campaign([HEADLINE])
        Option.objects.create(campaign=of, channel="email", content=builders.content([HEADLINE, OFFER]))
        return of

    def planned(self, of) -> Assignment:
        wave = waves.create(of)
        waves.simulate(wave.pk, by=builders.user("campaigns.change_wave"))
        return Assignment.objects.get(wave=wave)

    def test_of_two_that_add_as_much_the_one_without_a_coupon_wins(self, both):
        assert self.planned(both).option.content is None

    def test_an_option_that_does_not_pay_for_its_coupons_is_nobodys(self, offer):
        Offer.objects.update(cost_cents=100_000)
        offers.generate(offer, 5)
        builders.customer()
        assert self.planned(campaign()).option is None

    def test_the_plan_keeps_what_it_expected_and_why_tells_it(self, both, offer):
        assignment = self.planned(both)
        Offer.objects.update(cost_cents=90_000)  # what is learned later is not what was known then
        why = explain_choice(assignment.wave_id, assignment.customer_id)
        assert why.is_as_written
        told = why_words.of(why)["tables"][0]
        assert told["headers"][2] == "Expected cost of coupons"
        assert [row[2] for row in told["rows"]] == ["0.00 EUR", "-0.20 EUR"]
        assert "“Herbst” is expected to be redeemed by 4 % of those who get it, and costs 5.00 EUR" in told["note"]
        plan = Plan.objects.get(wave=assignment.wave_id)
        assert [len(row["coupons"]) for row in plan.options] == [0, 1]


def test_what_is_learned_takes_few_queries(offer, django_assert_max_num_queries):
    of = campaign(channels=("email", "banner", "print_mailing"))
    with django_assert_max_num_queries(8):
        coupons.of_campaign(of)
