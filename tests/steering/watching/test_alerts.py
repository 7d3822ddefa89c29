"""The example of alerts asks for series that there are, and the manual says what to do for each alert."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from channels import canary
from channels.models import Attempt
from steering import tasks
from steering.models import ScheduleRun
from steering.watching import figures
from tests import builders

DOCS = Path(__file__).parents[3] / "docs"
ALERTS = [
    rule for group in yaml.safe_load((DOCS / "alerts.example.yml").read_text())["groups"] for rule in group["rules"]
]
MANUAL = (DOCS / "operations.md").read_text()


@pytest.fixture
def text(client: Client, settings: Settings, db: None) -> str:
    """A scrape of a platform on which everything has happened once."""
    settings.WATCH_TOKENS = ["of-the-tests-only"]
    wave = builders.wave()
    for state in ("expired", "uncertain", "sent"):
        builders.dispatch(wave, state=state)
    Attempt.objects.create(dispatch=builders.dispatch(wave), number=1, outcome="failed", code="550")
    for name in figures.SLOTS:
        ScheduleRun.objects.create(name=name, slot=timezone.now() - timedelta(minutes=1))
    canary.sing("celery")
    tasks.check_invariants()
    figures.KEPT = figures.Kept()
    return client.get("/metrics", headers={"Authorization": "Bearer of-the-tests-only"}).content.decode()


def test_every_series_that_an_alert_or_the_manual_names_is_there(text: str):
    there = {line.split("{")[0].split()[0] for line in text.splitlines() if not line.startswith("#")}
    named = {name for rule in ALERTS for name in re.findall(r"steering_\w+", rule["expr"])}
    named |= set(re.findall(r"`(steering_\w+)[`{]", MANUAL)) - {"steering_schedulerun"}
    assert len(named) > 10
    assert named - there == set()


def test_every_slot_that_is_claimed_regularly_is_watched():
    source = (DOCS.parent / "steering" / "tasks.py").read_text()
    claimed = set(re.findall(r'schedule\.claim\("([^"]+)"', source))
    assert claimed - {"retraining"} == set(figures.SLOTS)  # it is claimed only when a model is due


def test_every_series_is_told_in_the_manual(text: str):
    there = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert {name for name in there if f"`{name}" not in MANUAL} == set()


def test_every_label_that_an_alert_compares_has_this_value(text: str):
    compared = {pair for rule in ALERTS for pair in re.findall(r'(\w+="[^"]+")', rule["expr"])} - {'job="steering"'}
    assert {pair for pair in compared if pair not in text} == set()


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_the_manual_says_what_to_do_for(rule: dict):
    assert f"| {rule['alert']} |" in MANUAL
    assert rule["labels"]["severity"] in ("page", "ticket")
