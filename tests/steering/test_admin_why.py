"""Why a customer got what they got, in the admin: for whom, in which words, and the ways that lead there."""

import pytest
from django.urls import reverse

from steering.admin import why_words
from steering.models import Assignment, Plan
from steering.planning.explaining import explain_choice
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
MANAGER, ANALYST = "Campaign manager", "Analyst"


def why_url(wave_id: int, customer_id: int) -> str:
    return reverse("admin:steering_assignment_why", args=[wave_id, customer_id])


def somebody(plan: Plan, **fields) -> Assignment:
    return Assignment.objects.filter(wave_id=plan.wave_id, **fields).first()


def test_why_is_for_those_who_may_see_assignments() -> None:
    plan = builders.planned()
    url = why_url(plan.wave_id, somebody(plan).customer_id)
    for role, status in ((MANAGER, 200), (ANALYST, 200), ("Privacy officer", 200), ("Content editor", 403)):
        assert admin_clients.in_role(role).get(url).status_code == status


@pytest.mark.parametrize(("wave_id", "customer_id"), [(0, 1), (10**30, 1), (1, 10**30)])
def test_why_of_nothing_is_not_found(wave_id: int, customer_id: int) -> None:
    assert admin_clients.in_role(ANALYST).get(why_url(wave_id, customer_id)).status_code == 404


def test_why_says_what_was_chosen_and_shows_every_option() -> None:
    plan = builders.planned()
    page = admin_clients.in_role(MANAGER).get(why_url(plan.wave_id, somebody(plan, channel="email").customer_id))
    why = page.context["why"]
    assert why["gets"] == "E-mail"
    was_open, nothing_else = why["tables"]
    assert sorted(row[0] for row in was_open["rows"]) == ["Banner", "E-mail (chosen)"]
    assert [row[0] for row in nothing_else["rows"]] == ["Banner"]
    assert b"Muster" not in page.content


def test_the_cells_of_a_row_add_up_to_what_is_left() -> None:
    plan = builders.planned()
    why = why_words.of(explain_choice(plan.wave_id, somebody(plan).customer_id))
    for row in why["tables"][0]["rows"]:
        *terms, left = (float(cell.removesuffix(" EUR").replace("+", "")) for cell in row[1:])
        assert sum(terms) == pytest.approx(left, abs=0.021)


def test_a_leaflet_that_comes_on_top_is_said() -> None:
    plan = builders.planned()
    row = somebody(plan, channel="email")
    Assignment.objects.filter(pk=row.pk).update(has_leaflet_on_top=True)
    said = why_words.of(explain_choice(plan.wave_id, row.customer_id))["sentences"]
    assert said[-1] == "The leaflet comes on top, because the delivery area was opened."
    client = admin_clients.in_role(MANAGER)
    listed = client.get(f"{reverse('admin:steering_assignment_changelist')}?wave={plan.wave_id}").content.decode()
    assert "E-mail and the leaflet" in listed


def test_why_names_the_probability_of_what_was_drawn() -> None:
    plan = builders.planned(exploration_share=1, budget_cents=100_000)
    said = why_words.of(explain_choice(plan.wave_id, somebody(plan, is_exploration=True).customer_id))["sentences"]
    assert "Drawn at random, so that the platform learns" in said[0]
    assert "had a probability of 33 %" in said[0]


def test_why_names_the_share_that_is_held_out() -> None:
    plan = builders.planned(holdout_share=0.5)
    said = why_words.of(explain_choice(plan.wave_id, somebody(plan, is_holdout=True).customer_id))["sentences"]
    assert "about 50 % of the customers get nothing" in said[0]


def test_why_says_the_reason_where_a_channel_was_closed() -> None:
    customer = builders.customer(consents=("banner",))
    plan = builders.planned()
    tables = {table["title"]: table for table in why_words.of(explain_choice(plan.wave_id, customer.pk))["tables"]}
    assert tables["What was closed, and why"]["rows"] == [["E-mail", "No ground", "No ground"]]


def test_somebody_whom_the_wave_did_not_decide_about_is_told_so() -> None:
    plan, stranger = builders.planned(), builders.customer(email=None, consents=())
    page = admin_clients.in_role(MANAGER).get(why_url(plan.wave_id, stranger.pk))
    assert page.context["why"]["gets"] == "Not decided about"


def test_a_decision_that_cannot_be_reckoned_again_is_said() -> None:
    plan = builders.planned()
    plan.wave.campaign.options.update(campaign=builders.campaign(channels=()))
    page = admin_clients.in_role(MANAGER).get(why_url(plan.wave_id, somebody(plan).customer_id))
    assert "cannot be reckoned once more" in page.content.decode()


def test_the_page_of_a_customer_lists_what_was_decided_with_a_way_to_why() -> None:
    plan = builders.planned()
    row = somebody(plan)
    url = reverse("admin:campaigns_customer_change", args=[row.customer_id])
    link = why_url(plan.wave_id, row.customer_id)
    assert link in admin_clients.in_role("Privacy officer").get(url).content.decode()
    bare = admin_clients.with_permissions("campaigns.view_customer").get(url).content.decode()
    assert link not in bare
    assert "What was decided" not in bare


def test_the_page_of_a_dispatch_and_of_an_assignment_lead_to_why() -> None:
    plan = builders.planned(state="running")
    row = somebody(plan, channel="email")
    made = builders.dispatch(row.wave, row.customer)
    link = why_url(plan.wave_id, row.customer_id)
    client = admin_clients.in_role(MANAGER)
    for url in (
        reverse("admin:channels_dispatch_change", args=[made.pk]),
        reverse("admin:steering_assignment_change", args=[row.pk]),
        f"{reverse('admin:steering_assignment_changelist')}?wave={plan.wave_id}",
    ):
        assert link in client.get(url).content.decode()
    only_dispatches = admin_clients.with_permissions("channels.view_dispatch")
    assert link not in only_dispatches.get(reverse("admin:channels_dispatch_change", args=[made.pk])).content.decode()


def test_the_page_of_an_assignment_says_why_in_words() -> None:
    row = somebody(builders.planned(), channel="email", is_exploration=False)
    page = admin_clients.in_role(MANAGER).get(reverse("admin:steering_assignment_change", args=[row.pk]))
    assert ">earns most<" in "".join(page.content.decode().split("\n")).replace("  ", "")
