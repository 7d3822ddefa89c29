"""The channel that docs/channels.md walks through works as it stands there, and keeps the contract."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from campaigns.models import Objection, Suppression
from channels import delivery, feedback, registry
from tests import builders

from .contract import ChannelContract

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[2] / "docs" / "channels.md"


@pytest.fixture(autouse=True)
def _added(monkeypatch):
    """Do what the page says: a module, and a line in the registry."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
    module = ModuleType("sixth_channel")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, "sixth_channel", module)
    monkeypatch.setitem(registry.CHANNELS, "call_centre", "sixth_channel.CallCentreChannel")
    registry.get.cache_clear()
    yield
    registry.get.cache_clear()


def reachable():
    person = builders.customer(consents=("call_centre",))
    builders.identifier(person, "phone", f"+4930{1_000_000 + person.pk}")
    return person


@pytest.mark.parametrize("name", ["call_centre"])
class TestContract(ChannelContract):
    def person(self, name: str):
        return reachable()


@pytest.fixture
def called():
    made = builders.dispatch(
        builders.wave(builders.campaign(channels=("call_centre",))), reachable(), channel="call_centre"
    )
    delivery.send_due("call_centre")
    return made


def test_writes_a_list_of_calls(called, settings):
    (file,) = (settings.MEDIA_ROOT / "calls").iterdir()
    header, row = file.read_text().split("\n", 1)
    assert header.strip() == "dispatch,phone,script"
    assert row.startswith(f"{called.pk},+4930")


@pytest.mark.parametrize(
    ("result", "state"), [("reached", "delivered"), ("wrong number", "bounced"), ("do not call again", "sent")]
)
def test_takes_what_the_call_centre_says_once(called, result, state):
    answer = {"dispatch": called.pk, "result": result, "at": "2026-05-04T12:00:00+02:00"}
    assert feedback.receive("call_centre", answer) == 1
    assert feedback.receive("call_centre", answer) == 0
    called.refresh_from_db()
    assert called.state == state
    assert Suppression.objects.count() == (result != "reached")
    assert Objection.objects.count() == (result == "do not call again")
