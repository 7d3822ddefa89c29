"""The demo makes room for itself, and harms nothing that is not its own."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from campaigns.models import Campaign, Customer, ImportMapping
from channels.models import Dispatch
from steering.demo import own_data
from steering.demo.errors import DemoError
from tests import builders

pytestmark = pytest.mark.django_db


def make_room(*, empty: bool = False) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as committed rows are; the test's transaction is still open
    return own_data.make_room(own=("Demo",), empty=empty)


def made_up_campaign(name: str) -> Dispatch:
    wave = builders.wave(builders.campaign(name=name))
    for thing in (wave.campaign.audience, wave.campaign.content):
        type(thing).objects.update(name=f"Demo {thing.pk}")
    return builders.dispatch(wave, builders.customer(contact_is_made_up=True))


def test_what_a_former_demo_left_is_emptied() -> None:
    made_up_campaign("Demo")
    assert make_room() == "1 made-up customers, campaigns: 1"
    assert not Customer.objects.exists()
    assert not Campaign.objects.exists()


def test_customers_who_are_not_made_up_are_left_alone() -> None:
    builders.customer()
    with pytest.raises(DemoError, match="holds 1 customers whose contact data is not made up"):
        make_room(empty=True)
    assert Customer.objects.exists()


def test_others_campaigns_are_deleted_only_when_told() -> None:
    made_up_campaign("Herbst")
    with pytest.raises(DemoError, match=r"what the demo did not make \(campaign Herbst\): --empty"):
        make_room()
    assert Campaign.objects.exists()
    make_room(empty=True)
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("build", [builders.content, builders.audience, builders.vendor])
def test_what_staff_prepared_without_a_campaign_is_kept_as_well(build) -> None:
    thing = build()
    with pytest.raises(DemoError, match=f"what the demo did not make .*{thing.name}"):
        make_room()
    assert type(thing).objects.exists()


def test_people_who_log_in_and_saved_mappings_stay() -> None:
    builders.user(name="erika")
    mappings = ImportMapping.objects.count()
    make_room()
    assert User.objects.filter(username="erika").exists()
    assert ImportMapping.objects.count() == mappings


def test_a_link_of_an_older_demo_never_opens_a_newer_message() -> None:
    older = made_up_campaign("Demo").pk
    make_room()
    assert made_up_campaign("Demo").pk > older


def test_files_of_the_emptied_tables_go_and_files_elsewhere_stay(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    settings.PRINT_ROOT, settings.SOCIAL_ROOT = tmp_path / "var" / "print", tmp_path / "elsewhere"
    for folder in (settings.PRINT_ROOT, settings.SOCIAL_ROOT, settings.VAR / "demo"):
        folder.mkdir(parents=True)
    make_room()
    assert [folder.exists() for folder in (settings.PRINT_ROOT, settings.VAR / "demo")] == [False, False]
    assert settings.SOCIAL_ROOT.exists()


@pytest.mark.parametrize("name", own_data.ELSEWHERE)
def test_a_database_that_the_environment_names_is_never_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in own_data.ELSEWHERE:
        monkeypatch.delenv(other, raising=False)
    own_data.refuse_foreign_services()
    monkeypatch.setenv(name, "postgresql://company/customers")
    with pytest.raises(DemoError, match=f"unset {name}"):
        own_data.refuse_foreign_services()
