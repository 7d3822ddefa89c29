"""Why something was not taken: every kind of limit that plans know has its sentence, on a wave that was really planned."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Campaign, CampaignRule, ContactLimit, Event
from steering import planning, waves
from steering.admin import why_words
from steering.models import Assignment, ModelVersion, Plan
from steering.planning.explaining import Cause, Explanation, explain_choice
from steering.targeting import UpliftModel, dumps
from tests import builders

pytestmark = pytest.mark.django_db
ALL = ("email", "banner", "print_mailing")


def people(homes: int = 8) -> None:
    """Households of two in one delivery area; no two of the same age."""
    residents = []
    for number in range(homes):
        fields = {"consents": ("email", "banner"), "born_on": date(1950 + 2 * number, 1, 1)}
        first = builders.customer(household=True, **fields)
        fields["born_on"] = date(1951 + 2 * number, 1, 1)
        residents += [first, builders.customer(household_id=first.household_id, **fields)]
    builders.area(*residents, households=20)


def of_ages() -> ModelVersion:
    """A model by which every channel moves older customers more."""
    rng = np.random.default_rng(1)
    age = rng.uniform(20, 80, 3_000)
    treatment = rng.integers(0, 1 + len(ALL), age.size)
    bought = rng.random(age.size) < 0.1 + 0.005 * (age - 20) * (treatment > 0)
    model = UpliftModel(priors=[60.0] * 3, groups=[0, 1, 2], group_priors=[60.0] * 3)
    model.fit(age[:, None], treatment, 1000.0 * bought, np.full(age.size, 0.25))
    return ModelVersion.objects.create(
        number=1, trained_on_rows=age.size, known_until_at=timezone.now(), fingerprint="ages", treatments=list(ALL),
        features=["age"], model=dumps(model), is_champion=True,
    )  # fmt: skip


def campaign(channels: Sequence[str] = ALL, **fields) -> Campaign:
    return builders.campaign(channels=tuple(channels), **({"exploration_share": 0, "holdout_share": 0} | fields))


def planned(of: Campaign, version: ModelVersion | None = None) -> Plan:
    return planning.make(builders.wave(of, state="draft"), version=version, as_of_at=timezone.now())


def every(plan: Plan) -> list[Explanation]:
    rows = Assignment.objects.filter(wave_id=plan.wave_id).order_by("customer_id")
    return [explain_choice(plan.wave_id, row.customer_id) for row in rows]


def reasons(why: Explanation) -> dict[str, str]:
    """By option, whatever table it stands in."""
    titles = ("What was not chosen, and why", "What was closed, and why")
    rows = [row for table in why_words.of(why)["tables"] if table["title"] in titles for row in table["rows"]]
    return {row[0]: row[1] for row in rows}


def said(plan: Plan, label: str) -> set[str]:
    """Every reason that anybody is told for this option."""
    return {reasons(why)[label] for why in every(plan) if label in reasons(why)}


def limited(of: Campaign, **fields) -> CampaignRule:
    return builders.rule(of, **({"name": "Few", "bound": 3} | fields))


def test_a_rule_for_each_customer_that_closes_an_option_is_told_in_its_words() -> None:
    people()
    of = campaign()
    limited(of, scope="person", bound=0, channels=["print_mailing"])
    assert said(planned(of), "Print mailing") == {"The rule “Few”: Nobody gets anything by Print mailing."}


def test_a_rule_of_so_much_money_for_each_customer_closes_what_is_dearer() -> None:
    people()
    of = campaign()
    limited(of, scope="person", measure="cost", bound="0.25")
    assert said(planned(of), "Print mailing") == {"The rule “Few”: At most 0.25 EUR is spent on anyone."}


def test_a_rule_for_some_is_not_told_to_others() -> None:
    people()
    of = campaign(["email"])
    someone = builders.customer(first_name="Zoe")
    audience = builders.audience({"attribute": "first_name", "is": "Zoe"})
    limited(of, scope="person", bound=0, audience=audience)
    told = {why.customer_id: reasons(why) for why in every(planned(of))}
    assert {key for key, reason in told.items() if any("Few" in text for text in reason.values())} == {someone.pk}


def test_a_rule_that_was_made_later_is_not_blamed_and_breaks_no_page() -> None:
    people()
    of = campaign()
    plan = planned(of)
    limited(of, scope="person", bound=0)
    assert not any("Few" in text for why in every(plan) for text in reasons(why).values())


def test_a_rule_that_was_taken_out_of_force_leaves_it_unknown() -> None:
    people()
    of = campaign()
    rule = limited(of, scope="person", bound=0, channels=["print_mailing"])
    plan = planned(of)
    CampaignRule.objects.filter(pk=rule.pk).update(is_active=False)
    [text] = said(plan, "Print mailing")
    assert text.startswith("Not known any more")


def test_a_rule_whose_price_makes_an_option_dear_is_named() -> None:
    people()
    of = campaign(["email", "banner"])
    limited(of, channels=["email"])
    texts = said(planned(of, of_ages()), "E-mail")
    assert any("dearest is the rule “Few” (At most 3 pieces by E-mail)" in text for text in texts)


def test_a_share_that_makes_an_option_dear_is_named() -> None:
    people()
    of = campaign(["email", "banner"])
    limited(of, scope="share", bound=25, channels=["email"])
    assert any("dearest is the rule “Few” (At most 25 % of" in text for text in said(planned(of, of_ages()), "E-mail"))


def test_a_least_that_pulls_customers_to_something_else_is_named() -> None:
    people()
    of = campaign(["email", "banner"])
    limited(of, sense="at least", bound=5, channels=["banner"])
    texts = said(planned(of, of_ages()), "E-mail")
    assert any("Banner leaves more, because it helps to keep the rule “Few”" in text for text in texts)


def test_a_capacity_that_is_used_up_is_named() -> None:
    people()
    of = campaign(["email"])
    of.options.update(capacity=3)
    assert any("dearest is the pieces of E-mail" in text for text in said(planned(of, of_ages()), "E-mail")) or any(
        "Prices settle almost everybody" in text for text in said(planned(of, of_ages()), "E-mail")
    )


def test_a_budget_that_is_used_up_is_named() -> None:
    people()
    of = campaign(["print_mailing"], budget_cents=60)
    of.options.update(unit_cost_cents=15)
    plan = planned(of, of_ages())
    assert any("dearest is the budget" in text for text in said(plan, "Print mailing"))


def test_a_capacity_of_nothing_is_told() -> None:
    people()
    of = campaign(["email", "banner"])
    of.options.filter(channel="email").update(capacity=0)
    plan = planned(of)
    assert said(plan, "E-mail") == {"Its capacity is zero: nobody gets it."}
    assert {why.cause for why in every(plan)} == {Cause.BEST}


def test_a_rule_that_not_one_piece_fits_into_is_told() -> None:
    people()
    of = campaign(["email", "banner"])
    limited(of, bound=0, channels=["email"])
    [text] = said(planned(of), "E-mail")
    assert text == "The rule “Few”: At most 0 pieces by E-mail. Not even one piece fits into that."


def test_a_minimum_run_that_is_not_made_is_told_and_does_not_count_as_the_best() -> None:
    people()
    of = campaign()
    of.options.filter(channel="print_mailing").update(minimum_run=1_000)
    plan = planned(of)
    [text] = said(plan, "Print mailing")
    assert text.startswith("Its minimum run is not made")
    assert {why.cause for why in every(plan)} == {Cause.BEST}


def test_the_household_says_who_got_its_piece() -> None:
    people(homes=1)
    texts = said(planned(campaign(["print_mailing"])), "Print mailing")
    got = Assignment.objects.get(channel="print_mailing").customer_id
    assert texts == {f"A household gets one such piece, and it goes to customer {got}."}


def test_a_letter_that_chance_gave_to_one_of_the_household_is_locked_for_the_other() -> None:
    people(homes=30)
    plan = planned(campaign(["print_mailing"], exploration_share=0.5))
    drawn = Assignment.objects.filter(is_exploration=True, channel="print_mailing").values("customer__household")
    others = Assignment.objects.filter(customer__household__in=drawn, is_exploration=False)
    assert others
    for row in others:
        [text] = reasons(explain_choice(plan.wave_id, row.customer_id)).values()
        assert text.startswith("A household gets one such piece")


def test_who_is_held_out_or_drawn_is_told_so_for_every_option() -> None:
    people()
    for why in every(planned(campaign(["email", "banner"], holdout_share=0.5, exploration_share=1))):
        start = "The customer is held out" if why.assignment.is_holdout else "The customer was among those whom chance"
        assert all(text.startswith(start) for text in reasons(why).values())


def test_an_area_that_does_not_pay_says_so() -> None:
    people()
    plan = planned(campaign(["email", "direct_post"]))
    assert not plan.areas
    [text] = said(plan, "Direct post")
    assert text.startswith("The delivery area is not opened: ")


def test_in_an_opened_area_messages_of_their_own_are_closed() -> None:
    people()
    of = campaign(["banner", "direct_post"])
    of.options.filter(channel="direct_post").update(unit_cost_cents=1)
    plan = planned(of)
    assert plan.areas
    assert said(plan, "Banner") == {"The delivery area is opened: who gets the leaflet gets nothing else."}


def test_where_leaflets_come_on_top_messages_are_judged_by_what_they_leave() -> None:
    people()
    of = campaign(["banner", "direct_post"], leaflet_on_top=True)
    of.options.filter(channel="direct_post").update(unit_cost_cents=1)
    of.options.filter(channel="banner").update(unit_cost_cents=5_000)
    plan = planned(of)
    assert said(plan, "Banner") == {"It costs more than it is expected to add."}
    sentences = [why_words.of(why)["sentences"][0] for why in every(plan)]
    assert not any("nothing else" in sentence for sentence in sentences)


def test_an_area_that_takes_more_leaflets_than_there_are_says_so() -> None:
    people()
    of = campaign(["email", "direct_post"])
    of.options.filter(channel="direct_post").update(unit_cost_cents=1, capacity=5)
    assert said(planned(of), "Direct post") == {"Its capacity is less than what the delivery area takes."}


def test_a_contact_limit_is_told() -> None:
    tired = builders.customer(consents=("email", "banner"))
    Event.objects.create(
        customer=tired, kind="contacted", medium="email", is_online=True, occurred_at=timezone.now(), source="test"
    )
    ContactLimit.objects.create(channel="email", most=1, days=7)
    plan = planned(campaign(["email", "banner"]))
    assert reasons(explain_choice(plan.wave_id, tired.pk)) == {"E-mail": "Contact limit"}


def together(*of: Campaign, most: int = 1) -> list[Plan]:
    of_ages()
    ids = [builders.wave(one, state="draft").pk for one in of]
    user = builders.user("campaigns.add_wave", "campaigns.change_wave", name="planner")
    waves.simulate_together(ids, most=most, by=user)
    return list(Plan.objects.filter(wave_id__in=ids).order_by("wave__campaign_id"))


def test_the_campaign_that_has_the_contact_is_named() -> None:
    people(homes=3)
    first, second = campaign(["email"], name="First"), campaign(["email"], name="Second")
    second.options.update(unit_cost_cents=20)
    _, plan = together(first, second)
    [why, *_] = every(plan)
    assert why.cause == Cause.CAMPAIGN
    assert reasons(why)["E-mail"].startswith("The campaign “First” gives this customer E-mail")


def test_the_piece_that_a_household_gets_from_another_campaign_is_told() -> None:
    people(homes=1)
    first, second = campaign(["print_mailing"], name="First"), campaign(["print_mailing"], name="Second")
    first.options.update(unit_cost_cents=10)
    second.options.update(unit_cost_cents=11)
    _, plan = together(first, second, most=2)
    got = Assignment.objects.get(channel="print_mailing")
    texts = {why.customer_id: reasons(why)["Print mailing"] for why in every(plan)}
    assert all("it goes to" in text and "from the campaign “First”" in text for text in texts.values())
    assert "it goes to this customer" in texts[got.customer_id]


def test_a_rule_for_each_customer_over_all_campaigns_is_told_to_the_one_that_had_to_give_way() -> None:
    people(homes=3)
    first, second = campaign(["email"], name="First"), campaign(["banner"], name="Second")
    limited(first, name="Not both", scope="person", bound=1, over_all_campaigns=True)
    _, plan = together(first, second, most=2)
    texts = said(plan, "Banner")
    assert len(texts) == 1
    assert next(iter(texts)).startswith("The rule “Not both”: ")


def test_a_rule_of_another_campaign_over_all_is_charged_and_named() -> None:
    people()
    first, second = campaign(["email"], name="First"), campaign(["email", "banner"], name="Second")
    limited(first, name="All mails", bound=3, channels=["email"], over_all_campaigns=True)
    _, plan = together(first, second)
    assert any("dearest is the rule “All mails”" in text for text in said(plan, "E-mail"))


def test_every_option_that_was_not_taken_has_a_reason() -> None:
    people()
    of = campaign([*ALL, "direct_post"], budget_cents=500, holdout_share=0.2, exploration_share=0.3)
    limited(of, bound=2, channels=["banner"])
    found = every(planned(of))
    assert all(one.is_chosen or one.obstacle for why in found for one in why.weighed)


def test_a_letter_whose_run_is_not_made_is_nothing_that_an_area_would_give_up() -> None:
    people()
    of = campaign(["print_mailing", "direct_post"])
    of.options.filter(channel="print_mailing").update(minimum_run=1_000, unit_cost_cents=1)
    assert {why.area.otherwise for why in every(planned(of))} == {0.0}
