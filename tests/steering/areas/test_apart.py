"""A wave that is decided shard by shard tells the same of its areas as one in one piece."""

import pytest

from steering.models import AreaGroup, Plan, PlanArea
from steering.planning import apart

from . import worlds


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch) -> None:
    monkeypatch.setattr(apart, "SHARD", 12)
    monkeypatch.setattr(apart, "SAMPLE", 24)


@pytest.mark.django_db(transaction=True)
def test_areas_of_all_shards_are_told_with_new_customers_pairs_and_weeks(settings):
    worlds.areas(20)
    worlds.area_model()
    campaign = worlds.campaign(holdout_share="0.2", goal_days=30)
    campaign.options.filter(channel="direct_post").update(settings={"vendor": "press", "weeks": 2})
    whole = worlds.plan(campaign)
    settings.PLANNING_APART_FROM = 1
    parts = worlds.plan(campaign)
    names = ("area_id", "customers", "quantity", "cost", "chosen", "group", "pair")
    rows = [list(PlanArea.objects.filter(plan=plan).order_by("area_id").values_list(*names)) for plan in (whole, parts)]
    assert len(rows[0]) == 20
    assert rows[0] == rows[1]
    assert PlanArea.objects.filter(plan=parts, group=AreaGroup.HOLDOUT).exists()
    assert set(PlanArea.objects.filter(plan=parts, chosen=True).values_list("week", flat=True)) == {1, 2}
    assert Plan.objects.get(pk=parts.pk).value_cents == pytest.approx(whole.value_cents, rel=1e-6)
