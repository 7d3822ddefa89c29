"""`manage.py demo` as a user runs it: real services, real processes, from an empty folder to the report."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.steering.test_embedded import CHECKOUT, Checkout, until

# One worker runs them, for the demo of the first test serves the others. Half a minute, but for machines that do much else.
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(600)]
CUSTOMERS = 400
CHANNELS = {"email", "banner", "social", "print_mailing", "direct_post"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("demo") / "var")
    made.environment["DJANGO_SETTINGS_MODULE"] = "steering.settings"  # those of the tests name a Redis
    yield made
    made.remove()


def start(checkout: Checkout, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", *map(str, arguments)],
        cwd=CHECKOUT, env=checkout.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def told(checkout: Checkout) -> tuple[int, str]:
    """Exit code and output of a whole demo."""
    demo = start(checkout, "--customers", CUSTOMERS)
    said, _ = demo.communicate()
    return demo.returncode, said


@pytest.fixture(scope="module")
def report(checkout: Checkout, told: tuple[int, str]) -> dict:
    return json.loads((Path(checkout.var) / "demo" / "report.json").read_text())


def test_the_demo_ends_well(told: tuple[int, str], report: dict, checkout: Checkout) -> None:
    code, said = told
    assert code == 0, said
    assert f"steered earned {report['margin']['share_of_oracle']:.1%} of what the oracle could" in said
    assert max(len(line) for line in said.splitlines() if str(checkout.var) not in line) <= 100


def test_a_worker_was_killed_in_the_middle_of_wave_2_and_it_is_told(told: tuple[int, str]) -> None:
    _, said = told
    assert "wave 2: send, and kill the worker in the middle" in said
    assert re.search(r"killed all \d+ worker processes \(kill -9\) when \d+ of its mails had arrived", said)
    assert "nobody knew whether they had left" in said


def test_every_channel_went_out_and_was_answered(report: dict) -> None:
    assert report["exploration"].keys() == report["channels"].keys() == CHANNELS
    for of in (report["exploration"], report["channels"]):
        for name, channel in of.items():
            left = 1 if name == "print_mailing" else 0  # somebody objected before production
            assert channel["eligible"] >= channel["planned"] == channel["sent"] + channel["bounced"] + left, name
    assert report["exploration"]["email"]["sent"] > 0
    assert sum(channel["seen"] for channel in report["channels"].values()) > 0


def test_the_plan_is_within_its_bound_and_steering_beats_chance(report: dict) -> None:
    allocation, margin = report["allocation"], report["margin"]
    assert allocation["value"] <= allocation["dual_bound"]
    assert 0 <= allocation["gap"] < 0.05
    assert margin["random"] < margin["steered"] <= margin["oracle"]
    assert margin["share_of_oracle"] == pytest.approx(margin["steered"] / margin["oracle"])


def test_every_promise_holds_and_the_rest_is_told(report: dict) -> None:
    assert report["invariants"]
    assert all(report["invariants"].values())
    assert report["lift"].keys() == {"estimate", "low", "high"}
    assert report["data"] == "synthetic"
    assert "12 trial waves" in report["assumptions"][0]
    assert report["learned_from"]["decisions"] > 10 * CUSTOMERS
    assert all(stage["seconds"] >= 0 for stage in report["stages"])


def test_what_the_demo_did_is_there_afterwards(checkout: Checkout, report: dict) -> None:
    user = checkout.use()
    try:
        states = checkout.ask(
            "SELECT string_agg(state, ' ' ORDER BY number) FROM campaigns_wave WHERE simulated_by_id IS NOT NULL"
        )
        sent = checkout.ask(
            "SELECT count(*) FROM channels_dispatch d JOIN campaigns_wave w ON w.id = d.wave_id"
            " WHERE d.state = 'sent' AND w.simulated_by_id IS NOT NULL"
        )
    finally:
        user.communicate("\n")
    assert states == "completed completed"
    assert sent == sum(of["sent"] for wave in ("exploration", "channels") for of in report[wave].values())
    mails = list((Path(checkout.var) / "demo" / "mail" / "cur").iterdir())
    assert len(mails) == report["exploration"]["email"]["sent"] + report["channels"]["email"]["sent"]


def test_a_second_demo_may_be_interrupted_and_leaves_no_process(checkout: Checkout, told: tuple[int, str]) -> None:
    demo = start(checkout, "--customers", CUSTOMERS)
    said = ""
    for line in demo.stdout:
        said += line
        if "wave 1: send" in line:
            demo.send_signal(signal.SIGINT)
            break
    rest, _ = demo.communicate()
    removed = re.search(r"removed ([\d,]+) made-up customers, campaigns: 2", said)
    assert int(removed[1].replace(",", "")) >= CUSTOMERS  # and who came after each wave
    assert demo.returncode == 130, rest
    assert "everything that the demo started has ended" in rest
    until(checkout.is_stopped)
    until(lambda: not any(f"{CHECKOUT}/.venv" in line and checkout.var in line for line in _environments()))


def _environments() -> Iterator[str]:
    """Command line and environment of every process that can be read."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                yield " ".join(
                    (process / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ")
                )
            except OSError:
                continue
