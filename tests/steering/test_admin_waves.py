"""Waves in the admin: planned, approved by a second person, started, and what plan and results say in words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Wave
from steering import long_steps, tasks, waves
from steering.admin import plan_words
from steering.models import Plan, PlanArea
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
MANAGER, APPROVER = "Campaign manager", "Approver"


def draft() -> Wave:
    for _ in range(20):
        builders.customer(consents=("email",))
    return waves.create(builders.campaign(channels=("email",)))


def page_of(wave: Wave) -> str:
    return reverse("admin:campaigns_wave_change", args=[wave.pk])


def do(client, wave: Wave, verb: str) -> list[str]:
    return admin_clients.said(client.post(reverse("admin:campaigns_wave_do", args=[wave.pk, verb])))


def verbs(client, wave: Wave) -> list[str]:
    return [verb["name"] for verb in client.get(page_of(wave)).context["verbs"]]


def test_a_wave_goes_through_its_life_with_two_people() -> None:
    wave, manager, approver = draft(), admin_clients.in_role(MANAGER), admin_clients.in_role(APPROVER)
    assert do(manager, wave, "simulate") == [f"{wave} is simulated now."]
    assert do(approver, wave, "approve") == [f"{wave} is approved now."]
    for verb, state in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        do(manager, wave, verb)
        assert Wave.objects.get(pk=wave.pk).state == state


def test_each_person_is_offered_only_what_they_may_do_now() -> None:
    wave, manager, approver = draft(), admin_clients.in_role(MANAGER), admin_clients.in_role(APPROVER)
    assert verbs(manager, wave) == ["simulate", "cancel"]
    assert verbs(approver, wave) == []
    do(manager, wave, "simulate")
    assert verbs(manager, wave) == ["simulate", "cancel"]
    assert verbs(approver, wave) == ["approve"]
    do(approver, wave, "approve")
    assert verbs(manager, wave) == ["start", "cancel"]


def test_while_a_worker_plans_the_page_says_so_and_offers_no_step(monkeypatch) -> None:
    monkeypatch.setattr(long_steps, "LARGE", 0)
    monkeypatch.setattr(tasks.take_step, "delay", lambda *_: None)
    wave, manager = draft(), admin_clients.in_role(MANAGER)
    do(manager, wave, "simulate")
    page = manager.get(page_of(wave))
    assert "A worker is planning this wave." in page.content.decode()
    assert page.context["verbs"] == []


def test_why_a_workers_step_came_to_nothing_is_shown(monkeypatch, django_capture_on_commit_callbacks) -> None:
    monkeypatch.setattr(long_steps, "LARGE", 0)
    wave, manager = draft(), admin_clients.in_role(MANAGER)
    wave.campaign.options.all().delete()
    monkeypatch.setattr(tasks.take_step, "delay", long_steps.take)
    with django_capture_on_commit_callbacks(execute=True):
        do(manager, wave, "simulate")
    assert "The last step came to nothing" in manager.get(page_of(wave)).content.decode()


def test_nobody_approves_their_own_plan() -> None:
    wave, root = draft(), admin_clients.superuser()
    do(root, wave, "simulate")
    assert do(root, wave, "approve")[-1] == "A plan is approved by another person than the one who simulated it."
    assert b"Somebody else has to approve this plan." in root.get(page_of(wave)).content
    assert Wave.objects.get(pk=wave.pk).state == "simulated"


@pytest.mark.parametrize("verb", ["approve", "complete", "delete"])
def test_a_step_that_is_not_allowed_is_refused_in_words(verb: str) -> None:
    wave = draft()
    assert do(admin_clients.in_role(MANAGER), wave, verb)
    assert Wave.objects.get(pk=wave.pk).state == "draft"


def test_the_page_shows_the_plan() -> None:
    wave, manager = draft(), admin_clients.in_role(MANAGER)
    do(manager, wave, "simulate")
    plan = manager.get(page_of(wave)).context["plan"]
    assert [card["title"] for card in plan["cards"]] == [
        "Customers contacted", "Cost", "Expected incremental margin", "At most missing",
    ]  # fmt: skip
    assert [table["title"] for table in plan["tables"]] == [
        "Who gets what",
        "What more would earn",
        "Left out, and why",
    ]


def test_a_running_wave_shows_its_dispatches_by_state() -> None:
    wave = builders.wave()
    builders.dispatch(wave, state="sent")
    builders.dispatch(wave)
    counts = admin_clients.in_role(MANAGER).get(page_of(wave)).context["counts"]
    assert counts["headers"] == ["Channel", "Queued", "Sent", "All"]
    assert counts["rows"] == [["E-mail", "1", "1", "2"]]


def plan(**fields) -> Plan:
    wave = builders.wave(builders.campaign(budget_cents=10_000), state="simulated", started_at=None)
    option = wave.campaign.options.get()
    numbers = {
        "as_of_at": timezone.now(), "seed": 1, "customers": 100, "eligible": 90, "holdout": 9, "value_cents": 5000.0,
        "dual_bound_cents": 5050.0, "gap": 0.0099, "cost_cents": 10_000, "prices": {"budget": 1.5, str(option.pk): 12.0},
        "options": [{"option": option.pk, "channel": "email", "label": "E-mail", "eligible": 90, "planned": 40, "pieces": 40,
                     "cost_cents": 10_000, "value_cents": 5000.0}],
        "excluded": {"email": {"no ground": 7, "objection": 3}, "banner": {"objection": 9}},
    }  # fmt: skip
    return Plan.objects.create(wave=wave, **(numbers | fields))


def tables(made: Plan) -> dict:
    return {table["title"]: table for table in plan_words.of(made, made.wave.campaign)["tables"]}


def test_prices_are_said_as_what_more_would_earn() -> None:
    assert tables(plan())["What more would earn"]["rows"] == [
        ["Budget", "One more euro of budget would earn 1.50 EUR."],
        ["E-mail", "Its capacity is used up: one more piece would earn 0.12 EUR."],
    ]


def test_a_budget_that_is_left_would_earn_nothing_more() -> None:
    rows = tables(plan(prices={"budget": 0.0}))["What more would earn"]["rows"]
    assert rows == [["Budget", "There is budget left: more of it would earn nothing."]]


def test_a_budget_of_which_too_little_is_left_for_another_area_is_not_said_to_be_enough() -> None:
    made = plan(prices={"budget": 0.0}, cost_cents=9_990)
    made.wave.campaign.budget_cents = 10_000
    option = made.wave.campaign.options.get()
    for number, (cost, value, group) in enumerate([(500, 900, ""), (700, 800, ""), (20, 10, ""), (5, 99, "holdout")]):
        PlanArea.objects.create(
            plan=made, area=builders.area(code=f"A{number}"), option=option, customers=1, quantity=1, cost=cost,
            expected_customer_value=value, expected_new_value=0, chosen=False, wanted=False, group=group,
        )  # fmt: skip
    rows = tables(made)["What more would earn"]["rows"]
    said = "0.10 EUR is left, which does not pay for any of 2 more areas that would earn something: areas are bought whole."
    assert rows == [["Budget", said]]


def test_reasons_stand_side_by_side_the_most_frequent_first() -> None:
    table = tables(plan())["Left out, and why"]
    assert table["headers"] == ["Channel", "Objection", "No ground"]
    assert table["rows"] == [["E-mail", "3", "7"], ["Banner", "9", "0"]]


def test_opened_areas_are_listed_the_best_first() -> None:
    areas = [
        {
            "carrier": "Post",
            "code": f"A{n}",
            "quantity": 100,
            "customers": 9,
            "cost_cents": 1200,
            "value_cents": n * 100,
        }
        for n in range(30)
    ]
    builders.area(carrier="Post", code="A28", place="Ulm")
    table = tables(plan(areas=areas))["Delivery areas"]
    assert ([row[0] for row in table["rows"][:2]], len(table["rows"])) == (["Post:A29", "Post:A28 Ulm"], 20)
    assert table["note"] == "30 areas get the leaflet; the best 20 are shown."


def test_customers_unlike_those_of_training_are_a_warning_on_the_page() -> None:
    far = {"customers": 5000, "learned_from": 5000, "features": [{"name": "age", "psi": 0.6}], "scores": []}
    made = plan(stability=far)
    assert (
        "These customers are unlike those whom"
        in admin_clients.in_role(APPROVER).get(page_of(made.wave)).content.decode()
    )


@pytest.mark.parametrize(
    ("gap", "said"),
    [(0.0, "nothing"), (1e-9, "less than 0.001 %"), (0.00003, "0.003 %"), (0.0009, "0.09 %"), (0.25, "25.00 %")],
)
def test_what_can_at_most_be_missing_is_shown_so_that_something_is_seen_of_it(gap: float, said: str) -> None:
    made = plan(gap=gap)
    card = plan_words.of(made, made.wave.campaign)["cards"][-1]
    assert (card["title"], card["value"]) == ("At most missing", said)
    assert card["note"] == "no plan with the same draws can earn more than 50.50 EUR"


@pytest.mark.parametrize(("share", "is_said"), [(0.02, True), (0.0, False)])
def test_what_is_missing_because_areas_are_settled_before_chance_is_said(share: float, is_said: bool) -> None:
    areas = [{"code": "A1", "quantity": 10, "customers": 5, "cost_cents": 80, "value_cents": 90, "carrier": "Post"}]
    made = plan(gap=0.02, areas=areas)
    made.wave.exploration_share = share
    note = plan_words.of(made, made.wave.campaign)["cards"][-1]["note"]
    assert note.endswith("areas are settled before anything is drawn, which is a part of it") == is_said


def schedule(client, wave: Wave, at, **fields):
    form = {"scheduled_at_0": f"{at:%Y-%m-%d}", "scheduled_at_1": f"{at:%H:%M}"} | fields
    return client.post(page_of(wave), form)


@pytest.mark.parametrize("state", ["draft", "simulated", "approved"])
def test_a_start_is_scheduled_until_the_wave_runs(state: str) -> None:
    wave = builders.wave(state=state, started_at=None)
    schedule(admin_clients.in_role(MANAGER), wave, timezone.localtime() + timedelta(days=1))
    assert Wave.objects.get(pk=wave.pk).scheduled_at is not None


def test_a_running_wave_is_not_scheduled_any_more() -> None:
    wave = builders.wave(state="running")
    schedule(admin_clients.in_role(MANAGER), wave, timezone.localtime() + timedelta(days=1))
    assert Wave.objects.get(pk=wave.pk).scheduled_at is None


def test_scheduling_never_takes_a_state_back_that_a_worker_has_just_changed(monkeypatch) -> None:
    wave, client = builders.wave(state="approved", started_at=None), admin_clients.in_role(MANAGER)
    from steering.admin.waves import WaveAdmin

    save = WaveAdmin.save_model

    def start_meanwhile(*args, **kwargs):
        Wave.objects.filter(pk=wave.pk).update(state="running")
        return save(*args, **kwargs)

    monkeypatch.setattr(WaveAdmin, "save_model", start_meanwhile)
    schedule(client, wave, timezone.localtime() + timedelta(days=1))
    now = Wave.objects.get(pk=wave.pk)
    assert (now.state, now.scheduled_at) == ("running", None)


def test_the_exploration_share_is_open_in_a_draft_only() -> None:
    drafted, simulated = (
        builders.wave(state="draft", started_at=None),
        builders.wave(state="simulated", started_at=None),
    )
    client = admin_clients.in_role(MANAGER)
    for wave in (drafted, simulated):
        client.post(page_of(wave), {"exploration_share": "0.5", "scheduled_at_0": "", "scheduled_at_1": ""})
    assert float(Wave.objects.get(pk=drafted.pk).exploration_share) == 0.5
    assert Wave.objects.get(pk=simulated.pk).exploration_share is None


def test_results_are_shown_for_all_waves_and_for_one() -> None:
    wave, manager, approver = draft(), admin_clients.in_role(MANAGER), admin_clients.in_role(APPROVER)
    for client, verb in ((manager, "simulate"), (approver, "approve"), (manager, "start")):
        do(client, wave, verb)
    url = reverse("admin:campaigns_campaign_results", args=[wave.campaign_id])
    page = admin_clients.in_role("Analyst").get(url)
    assert [table["title"] for table in page.context["tables"]] == [
        "From plan to purchase", "What the campaign added", "Research and purchase",
    ]  # fmt: skip
    assert b"not yet the whole picture" in page.content
    assert manager.get(f"{url}?wave={wave.pk}").context["chosen"] == wave
    assert manager.get(f"{url}?wave=nonsense").context["chosen"] is None


def test_results_are_measured_once_for_a_while(monkeypatch) -> None:
    from steering.admin import results

    wave, client = builders.wave(), admin_clients.in_role("Analyst")
    url = reverse("admin:campaigns_campaign_results", args=[wave.campaign_id])
    first = client.get(url).context["measured_at"]
    monkeypatch.setattr(results.measurement, "results", lambda *args, **kwargs: pytest.fail("measured again"))
    assert client.get(url).context["measured_at"] == first
