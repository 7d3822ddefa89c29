"""Models in the admin: who decides and why, and how good each is, in pictures and sentences."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from steering import champion, judging, learning, tasks
from steering.admin import stability_words, version_words
from steering.models import ModelVersion, Plan, Training
from tests import admin_clients, builders
from tests.steering.test_judging import NAMES, world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    return judging.judge(judging.held_out(world(3_000), NAMES, new_model=learning.new_model))


def version(number: int, **fields) -> ModelVersion:
    defaults = {
        "trained_on_rows": 10, "fingerprint": "f", "treatments": [], "known_until_at": timezone.now(), "features": [],
        "model": b"", "metrics": {},
    }  # fmt: skip
    return ModelVersion.objects.create(number=number, **(defaults | fields))


def page_of(one: ModelVersion):
    return admin_clients.in_role("Analyst").get(reverse("admin:steering_modelversion_change", args=[one.pk]))


def section(page, title: str) -> dict[str, Any]:
    return next(one for one in page.context["sections"] if one["title"] == title)


def test_an_analyst_promotes_a_model_and_rolls_it_back() -> None:
    first, second, client = version(1), version(2), admin_clients.in_role("Analyst")
    for one in (first, second):
        client.post(reverse("admin:steering_modelversion_promote", args=[one.pk]))
        assert champion.present() == one
    client.post(reverse("admin:steering_modelversion_roll_back"))
    assert champion.present() == first


def test_with_nothing_to_roll_back_to_it_is_said() -> None:
    answer = admin_clients.in_role("Analyst").post(reverse("admin:steering_modelversion_roll_back"))
    assert admin_clients.said(answer) == ["No version decides now, so there is nothing to roll back."]


def test_training_is_left_to_a_worker_who_is_told_who_asked(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(tasks.train_model, "delay", asked.append)
    answer = admin_clients.in_role("Analyst").post(reverse("admin:steering_modelversion_train"))
    assert asked == [int(answer.client.session["_auth_user_id"])]


def test_a_second_training_does_not_begin_beside_the_first(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(tasks.train_model, "delay", asked.append)
    Training.objects.create()
    answer = admin_clients.in_role("Analyst").post(reverse("admin:steering_modelversion_train"))
    assert asked == []
    assert "A training is under way since" in admin_clients.said(answer)[0]


def test_the_list_says_who_is_champion_and_who_challenges(metrics) -> None:
    version(1, is_champion=True, promoted_at=timezone.now(), metrics=metrics)
    version(2, is_challenger=True)
    page = admin_clients.in_role("Analyst").get(reverse("admin:steering_modelversion_changelist"))
    text = page.content.decode()
    assert "champion" in text
    assert "challenger" in text
    assert "Earns per customer, against no contact" in text


def test_a_models_page_says_why_it_decides(metrics) -> None:
    page = page_of(
        version(1, is_champion=True, promoted_at=timezone.now(), reason="Better than it was.", metrics=metrics)
    )
    text = page.content.decode()
    assert "The champion: every plan is made by it." in text
    assert "promoted by the platform itself" in text
    assert "Better than it was." in text


def test_a_models_page_shows_what_its_decisions_would_have_earned(metrics) -> None:
    found = section(page_of(version(1, metrics=metrics)), "What its decisions would have earned")
    assert "more (95 %:" in found["said"][0]
    assert found["plots"][0].count("<circle") == 9  # three policies by three estimators
    assert "By this model, doubly robust" in found["plots"][0]


def test_a_models_page_shows_each_channel_in_three_plots_and_says_what_they_mean(metrics) -> None:
    found = section(page_of(version(1, metrics=metrics)), "E-mail")
    assert len(found["plots"]) == 3
    assert "It finds those whom this channel moves" in found["said"][0]
    assert "slope" in found["said"][1]
    assert all("EUR per customer" in plot for plot in found["plots"])


def test_a_channel_that_moves_nobody_is_said_to_be_no_better_than_chance(metrics) -> None:
    figures = metrics["options"]["banner"] | {"qini_cents": -1.0}
    page = page_of(version(1, metrics=metrics | {"options": {"banner": figures}}))
    assert "no better than chance" in section(page, "Banner")["said"][0]


def test_a_models_page_shows_the_contest(metrics) -> None:
    estimate = {"value_cents": 50.0, "low_cents": -10.0, "high_cents": 110.0}
    contest = {
        "champion": 3, "decisions": 900, "same_decision": 0.8, "difference": estimate, "challenger": estimate, "held_by": estimate,
    }  # fmt: skip
    found = section(
        page_of(version(4, metrics=metrics | {"contest": contest})),
        "Against model 3, which decided when it was trained",
    )
    assert "On 900 decisions that neither had seen; on 80% of them both decide the same." in found["said"][0]


def test_a_models_page_shows_of_which_ways_to_learn_it_is_made(metrics) -> None:
    one = {"weight": 0.25, "value": 12.0, "value_error": 2.0}
    learners = {
        "email": {"t_trees": one, "average": one | {"weight": 0.5}},
        "banner": {"s_linear": one, "t_trees": one},
    }
    found = section(page_of(version(1, metrics=metrics | {"learners": learners})), "How it was learned")
    assert found["table"]["headers"][1:3] == ["S, linear", "T, trees"]
    assert found["table"]["rows"] == [["E-mail", "", "25%", "0.12 ± 0.04"], ["Banner", "25%", "25%", ""]]


def test_a_model_that_treats_everybody_alike_has_no_importances_to_show(metrics) -> None:
    nothing = [one | {"moved": 0.0} for one in metrics["importances"]]
    found = section(page_of(version(1, metrics=metrics | {"importances": nothing})), "What it looks at")
    assert found["plots"] == []
    assert "treats everybody alike" in found["said"][0]


def test_an_older_version_without_figures_has_a_page_all_the_same() -> None:
    assert page_of(version(1)).context["sections"] == []


def test_a_label_from_the_data_cannot_become_markup(metrics) -> None:
    evil = [metrics["importances"][0] | {"name": "attribute:<script>"}]
    text = page_of(version(1, metrics=metrics | {"importances": evil})).content.decode()
    assert "&lt;script&gt;" in text
    assert "attribute: <script>" not in text


# Stability


def planned(one: ModelVersion, **stability) -> Plan:
    told = {"customers": 3000, "learned_from": 9000, "features": [], "scores": []} | stability
    return Plan.objects.create(
        wave=builders.wave(started_at=timezone.now() - timedelta(days=1)), model_version=one, as_of_at=timezone.now(), seed=1,
        customers=1, eligible=1, holdout=0, value_cents=0, dual_bound_cents=0, gap=0, cost_cents=0, prices={}, options=[],
        excluded={}, stability=told,
    )  # fmt: skip


def test_a_plan_for_other_customers_than_those_of_training_warns_on_the_models_page() -> None:
    one = version(7)
    plan = planned(
        one,
        features=[{"name": "contacts_30:email", "psi": 0.4}, {"name": "age", "psi": 0.3}, {"name": "x", "psi": 0.2}],
        scores=[{"name": "email/3", "psi": 0.5}, {"name": "email", "psi": 0.4}],
    )
    said = stability_words.stability_warning(plan)
    assert "unlike those whom model 7 learned from, most of all in contacts in 30 days: email and age." in said
    assert "What it expects of E-mail is spread quite differently" in said
    page = page_of(one)
    assert said in page.content.decode()
    rows = section(page, "Is it still asked about the same customers?")["table"]["rows"]
    assert rows[0] == ["Feature: contacts in 30 days: email", "0.400", "much changed"]
    assert rows[-1] == ["Score: E-mail, any content", "0.400", "much changed"]


def test_no_warning_where_all_is_well_little_is_known_or_nothing() -> None:
    changed = [{"name": "age", "psi": 0.9}]
    assert stability_words.stability_warning(planned(version(1), features=[{"name": "age", "psi": 0.2}])) is None
    assert stability_words.stability_warning(planned(version(2), features=changed, customers=100)) is None
    plan = planned(version(3))
    plan.stability = {}
    assert stability_words.stability_warning(plan) is None


def test_many_changed_features_are_counted_rather_than_listed() -> None:
    changed = [{"name": name, "psi": 0.5} for name in "abcde"]
    assert "a, b, c and 2 more." in stability_words.stability_warning(planned(version(1), features=changed))


# Plots


def test_what_is_not_known_is_left_out_of_a_plot() -> None:
    deciles = [
        {"number": 1, "predicted": 100.0, "observed": None, "standard_error": None},
        {"number": 2, "predicted": 50.0, "observed": 40.0, "standard_error": None},
        {"number": 3, "predicted": 0.0, "observed": 10.0, "standard_error": 5.0},
    ]
    plot = version_words._decile_plot("email", deciles)
    assert "nan" not in plot.lower()
    assert plot.count('r="4"') == 2 + 1  # the points and the legend's


def test_a_plot_of_equal_values_has_axes_still() -> None:
    curve = {"share": [0.0, 0.5, 1.0], "gain_cents": [0.0, 0.0, 0.0]}
    assert "<polyline" in version_words._uplift_plot("email", {"qini_curve": curve})
    assert np.isfinite(
        [
            float(x)
            for x in version_words._uplift_plot("email", {"qini_curve": curve})
            .split('points="')[1]
            .split('"')[0]
            .replace(",", " ")
            .split()
        ]
    ).all()
