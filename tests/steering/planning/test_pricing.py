"""Print at the price of the run that is made: settled with the plan, and never booked for a run that chance made smaller."""

from datetime import date

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Household
from steering import planning, waves
from steering.admin import plan_words
from steering.allocation import Problem
from steering.models import Assignment
from steering.planning import PlanningError, joining, making, options, what_if
from steering.planning.options import Offer
from steering.planning.price_step_words import price_step_words
from steering.planning.price_steps import PriceStep
from steering.planning.pricing import Question, decide
from steering.planning.scene import Asked
from tests import builders
from tests.channels.postage import making as postal
from tests.channels.printing import person

NORMAL, BULK = 100.0, 40.0


def letters(*steps):
    """(least, cents a piece, set-up)"""
    each = tuple(PriceStep(least, cents, setup, {"": 0.0}) for least, cents, setup in steps)
    return Offer(1, "print_mailing", "print_mailing", "Letter", 0, np.inf, False, True, steps=each)


def question(values, *steps, share=0.0, held=0, budget=np.inf, seed=1):
    """Letters of these values, and mails that bring nothing."""
    n = len(values)
    mail = Offer(2, "email", "email", "E-mail", 1, np.inf, False, False)
    posed = Problem(values=np.column_stack([values, np.full(n, 1.0)]), costs=np.array([0.0, 1.0]), budget=budget)
    asked = Asked(np.ones(2, dtype=bool), np.arange(n) < held, held / n, share, seed)
    return Question(posed, [letters(*steps), mail], np.arange(n), [], [asked], ["print_mailing", "email"])


def letters_of(answer):
    return int((answer.decisions[0].choice == 0).sum())


def true_cost(count, steps):
    if not count:
        return 0.0
    _, cents, setup = [step for step in steps if step[0] <= count][-1]
    return count * cents + setup


STEPS = ((1, NORMAL, 0.0), (10, BULK, 0.0))


def test_a_run_that_reaches_the_bulk_price_pays_it():
    answer = decide(question([150.0] * 12, *STEPS))
    assert letters_of(answer) == 12
    assert answer.decisions[0].cost.sum() == 12 * BULK
    assert answer.offers[0].step.least == 10
    assert answer.decisions[0].gap == pytest.approx(0, abs=1e-9)


def test_who_is_held_out_is_no_piece_of_a_run():
    answer = decide(question([150.0] * 12, *STEPS, held=3))
    assert answer.offers[0].step.least == 1
    assert answer.decisions[0].cost.sum() == 9 * NORMAL


def test_a_run_below_the_minimum_is_closed_where_the_normal_price_earns_nothing():
    answer = decide(question([60.0] * 9, *STEPS))
    assert answer.offers[0].is_closed
    assert letters_of(answer) == 0
    assert answer.eligible[:, 0].all()


def test_set_up_is_shared_by_those_who_get_something_and_adds_up():
    answer = decide(question([150.0] * 4, (1, 50.0, 90.0)))
    assert answer.decisions[0].cost.tolist() == [50 + 22.5] * 4
    assert answer.decisions[0].value == 4 * 100 - 90


def test_set_up_is_part_of_the_budget():
    answer = decide(question([150.0] * 4, (1, 50.0, 90.0), budget=200.0))
    assert letters_of(answer) == 2
    assert answer.decisions[0].cost.sum() <= 200


@pytest.mark.parametrize("seed", range(8))
def test_a_run_that_chance_makes_smaller_is_booked_at_the_price_of_what_it_is(seed):
    steps = ((1, NORMAL, 5.0), (18, BULK, 5.0))
    answer = decide(question([150.0] * 20, *steps, share=0.5, seed=seed))
    decision, count = answer.decisions[0], letters_of(answer)
    mails = int((decision.choice == 1).sum())
    assert count
    assert decision.cost.sum() == pytest.approx(true_cost(count, steps) + mails)
    assert decision.dual_bound >= decision.value - 1e-9


def test_where_a_step_failed_by_what_was_drawn_no_chance_is_claimed_to_be_known():
    answer = decide(question([150.0] * 20, *((1, NORMAL, 0.0), (19, BULK, 0.0)), share=0.9))
    assert answer.offers[0].step.least == 1
    assert np.isnan(answer.decisions[0].propensity).all()


def test_offers_without_steps_are_decided_as_ever():
    plain = question([150.0] * 3)
    mail = Offer(2, "email", "email", "E-mail", 1, np.inf, False, False)
    posed = Question(plain.problem, [mail, mail], plain.customer_ids, [], plain.asked, ["a", "b"])
    assert decide(posed).problem is plain.problem


# With the database: a letter is expected to add 104 cents.


@pytest.fixture
def campaign(db):
    for _ in range(12):
        person()
    made = builders.campaign(channels=("print_mailing",), holdout_share=0, exploration_share=0)
    made.options.update(settings={"vendor": "press", "product": "letter"})
    return made


@pytest.fixture
def letter(db):
    return postal.product(postal.vendor(slug="press"))


def bulk_from(of, least, **fields):
    """120 cents, and 60 in bulk; 300 cents of set-up."""
    postage = (("DE", "", 1, 20, 100), ("DE", "", least, 20, 40))
    return postal.prices(of, **({"production": ((1, 20, 300),), "postage": postage} | fields))


def plan_of(of):
    wave = builders.wave(of, state="draft", started_at=None)
    return planning.make(wave, version=None, as_of_at=timezone.now())


@pytest.mark.django_db
def test_a_plan_says_at_which_step_it_prints_and_what_postage_comes_to(letter, campaign):
    bulk_from(letter, 10)
    plan = plan_of(campaign)
    (row,) = plan.options
    assert (row["pieces"], row["cost_cents"], plan.cost_cents) == (12, 12 * 60 + 300, 1020)
    assert [row["price"][name] for name in ("setup_cents", "production_cents", "postage_cents")] == [300, 240, 480]
    ((_, words),) = price_step_words(plan)
    assert "from 10 pieces on: 12 pieces come to 10.20 EUR" in words
    assert "4.80 EUR postage" in words
    assert plan_words.of(plan, campaign)["tables"][1]["title"] == "What print costs"
    assert sum(Assignment.objects.values_list("cost_cents", flat=True)) == pytest.approx(1020)


@pytest.mark.django_db
def test_below_the_minimum_of_bulk_postage_no_letter_is_booked_at_its_price(letter, campaign):
    bulk_from(letter, 13)
    plan = plan_of(campaign)
    assert plan.options[0]["pieces"] == 0
    assert "no run of it earns what it costs" in price_step_words(plan)[0][1]


@pytest.mark.django_db
def test_a_plan_is_rebuilt_and_its_curve_drawn_at_the_prices_that_it_had(letter, campaign):
    table = bulk_from(letter, 10)
    plan = plan_of(campaign)
    table.postage.update(piece_cents=9)
    (offer,) = options.as_planned(plan)
    assert (offer.step.least, offer.zone_costs, offer.setup_cents) == (10, {"DE:": 60.0}, 300.0)
    rebuilt = planning.problem_of(plan.wave_id)
    assert rebuilt.problem.costs[:, 0].tolist() == [60.0] * 12
    what_if.compute(plan.pk)
    plan.refresh_from_db()
    assert plan.what_if["best"] == pytest.approx(plan.value_cents)
    assert plan.what_if["points"][-1]["margin"] == pytest.approx(plan.value_cents)
    assert plan.what_if["points"][0]["cost"] == 300


@pytest.mark.django_db
def test_what_an_option_says_itself_still_wins(letter, campaign):
    bulk_from(letter, 10)
    campaign.options.update(unit_cost_cents=50)
    assert plan_of(campaign).options[0]["cost_cents"] == 12 * 50
    campaign.options.update(unit_cost_cents=None, zone_costs={"101": 1})
    (row,) = plan_of(campaign).options
    assert (row["cost_cents"], row["price"]["step"]["least"]) == (12 + 300, 10)


@pytest.mark.django_db
def test_who_lives_where_there_is_no_postage_gets_no_letter(letter, campaign):
    bulk_from(letter, 10)
    Household.objects.filter(pk=Household.objects.first().pk).update(country="AT")
    (row,) = plan_of(campaign).options
    assert (row["eligible"], row["pieces"]) == (11, 11)


@pytest.mark.django_db
def test_the_prices_of_the_day_of_hand_over_count(letter, campaign):
    bulk_from(letter, 10)
    later = timezone.now() + timezone.timedelta(days=30)
    bulk_from(letter, 10, production=((1, 1, 0),), valid_from_on=timezone.localdate(later))
    wave = builders.wave(campaign, state="draft", started_at=None, scheduled_at=later)
    assert planning.make(wave, version=None, as_of_at=timezone.now()).cost_cents == 12 * 41


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda letter, of: letter.price_tables.update(currency="CHF"), "in CHF, and the campaign's budget is in EUR"),
        (lambda letter, of: letter.price_tables.update(valid_from_on=date(2999, 1, 1)), "no prices that are valid on"),
        (lambda letter, of: of.options.update(settings={"vendor": "press", "product": "x"}), "no postal product"),
        (lambda letter, of: letter.price_tables.get().production.all().delete(), "no price of production"),
    ],
)
def test_what_has_no_price_is_not_planned_and_the_reason_said(letter, campaign, change, reason):
    bulk_from(letter, 10)
    change(letter, campaign)
    with pytest.raises(PlanningError, match=reason):
        plan_of(campaign)


@pytest.mark.django_db
def test_single_customers_of_a_trigger_get_only_what_has_a_price_for_one(letter, campaign):
    table = bulk_from(letter, 10)
    with pytest.raises(PlanningError, match="a trigger reaches single customers"):
        joining.offers_of(campaign)
    table.production.update(setup_cents=0)
    (offer,) = joining.offers_of(campaign)
    assert offer.zone_costs == {"DE:": 120.0}


@pytest.mark.django_db
def test_campaigns_that_are_planned_together_each_pay_for_their_own_run(letter, campaign):
    bulk_from(letter, 10)
    for _ in range(5):
        builders.customer()
    other = builders.campaign(channels=("email",), holdout_share=0, exploration_share=0)
    both = [builders.wave(of, state="draft", started_at=None) for of in (campaign, other)]
    plans = waves.simulate_together([wave.pk for wave in both], by=None)
    assert plans[0].options[0]["cost_cents"] == 12 * 60 + 300
    assert plans[0].cost_cents == 1020
    assert plans[1].cost_cents == 5


@pytest.mark.django_db
def test_leaflets_are_priced_by_all_pieces_of_the_areas_that_are_opened(db):
    leaflet = postal.product(postal.vendor(slug="press"), slug="leaflet", format="leaflet A5")
    postal.prices(leaflet, production=((1, 2, 0),), postage=(("DE", "", 1, 20, 20), ("DE", "", 1000, 20, 1)))
    for _ in range(3):
        builders.area(*(person() for _ in range(4)), households=400)
    made = builders.campaign(channels=("direct_post",), holdout_share=0, exploration_share=0, margin_share=1)
    made.options.update(settings={"vendor": "press", "product": "leaflet"}, unit_cost_cents=None)
    wave = builders.wave(made, state="draft", started_at=None)
    plan = making.make(wave, version=None, as_of_at=timezone.now())
    (row,) = plan.options
    expected = {0: 0, 1200: 1200 * 3}
    assert row["cost_cents"] == expected[row["pieces"]]
