"""The demo from the first service to the last figure."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from steering import learning
from steering.areas import training as area_training
from steering.population import trial_write
from steering.processes import Running, running

from . import campaign, figures, own_data, real_data, report, staff, summary, synthetic, wave
from .errors import DemoError
from .press import BreakingClient, Press
from .stages import Stages
from .wave import Cast
from .web import Web
from .world import World

EXPLORATION, STEERED = 1.0, 0.02  # shares of customers whose option is drawn at random
SEED = 1
JUDGED_BY = 20_000  # decisions, for nobody wants to wait until a model that decides anyway is judged well
FEWEST_CUSTOMERS = 300  # below, too few answer to learn from
MOST_CUSTOMERS = 1_000_000
OWN = (staff.MARK, real_data.EXPERIMENT.name, trial_write.NAME)


@dataclass(frozen=True)
class Options:
    customers: int
    data: Path | None = None  # a file of real people instead of a synthetic population
    empty: bool = False  # also what the demo did not make

    def check(self) -> None:
        if not FEWEST_CUSTOMERS <= self.customers <= MOST_CUSTOMERS:
            raise DemoError(
                f"--customers must be between {FEWEST_CUSTOMERS} and {MOST_CUSTOMERS:,}, got {self.customers:,}"
            )
        if self.data is not None:
            real_data.check(self.data)


def tell(options: Options, say: Callable[[str], None]) -> None:
    """Run it all. Raises DemoError, naming what does not work or does not hold."""
    options.check()
    stages = Stages(say)
    with ExitStack() as stack:
        stack.enter_context(_alone())
        _make_room(options, stages)
        there = _start_processes(stack, stages)
        try:
            _play(options, stages, there)
        except KeyboardInterrupt:
            there.children.hurry()  # what is being sent goes to nobody
            raise


@contextmanager
def _alone() -> Iterator[None]:
    """Two demos on one database would empty each other's tables."""
    with (settings.VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError("another demo runs on this database: wait for it") from error
        yield


def _make_room(options: Options, stages: Stages) -> None:
    with stages.stage("database: migrate, empty of a former demo"):
        call_command("migrate", verbosity=0)
        own_data.refuse_company()
        stages.tell(f"removed {own_data.make_room(own=OWN, empty=options.empty)}")


def _start_processes(stack: ExitStack, stages: Stages) -> Running:
    cores = str(max(os.cpu_count() or 1, 2))
    # Links in messages lead to where `make run` will serve them, so that they can be followed later.
    env = {"SITE_URL": settings.SITE_URL, "WEB_WORKERS": cores, "LOG_LEVEL": "WARNING"}
    env |= {"WORKERS_KEEP_TIME": "off"}  # the demo's clock is moved, and it sweeps by itself
    with stages.stage("processes: web, worker, mail server"):
        there = stack.enter_context(running(folder=_folder(), concurrency=int(cores), env=env))
        stages.tell(f"at {there.url}, logs in {_folder() / 'logs'}")
    return there


def _folder() -> Path:
    return settings.VAR / "demo"


def _play(options: Options, stages: Stages, there: Running) -> None:
    world = _people(options, stages)
    cast = _cast(world, stages, there)
    explored = wave.run(cast, stages, exploration_share=EXPLORATION)
    with stages.stage("learn from all waves so far, promote the model"):
        stages.tell(_learn(cast))
    steered = wave.run(cast, stages, exploration_share=STEERED, with_accident=True)
    with stages.stage("results, invariants, comparison with the truth"):
        made = report.gather(stages.done, explored, steered, world, seed=SEED)
    _publish(made, stages)
    figures.judge(made.verdicts, made.margins)


def _people(options: Options, stages: Stages) -> World:
    if options.data is not None:
        return real_data.populate(options.data, stages)
    return synthetic.populate(customers=options.customers, seed=SEED, stages=stages)


def _cast(world: World, stages: Stages, there: Running) -> Cast:
    with stages.stage("staff, vendors, audience, content, campaign"):
        people = staff.hire(_folder())
        made = campaign.prepare(
            customers=len(world), currency=world.currency, by=people.manager, approver=people.approver
        )
        stages.tell(
            f"{made.name}: {made.options.count()} channels, {made.budget_cents / 100:,.0f} {made.currency} a wave"
        )
    return Cast(
        world=world,
        staff=people,
        campaign=made,
        there=there,
        web=Web(there.url, site=settings.SITE_URL),
        presses={
            slug: Press(BreakingClient(there.url, key), people.vendor_identities[slug])
            for slug, key in people.vendor_keys.items()
        },
        folder=_folder(),
        seed=SEED,
    )


def _learn(cast: Cast) -> str:
    try:
        version = learning.train(by=cast.staff.manager, promote=True, judged_by=JUDGED_BY)
    except learning.LearningError as error:
        raise DemoError(f"nothing was learned: {error}") from error
    of_areas = area_training.train()
    learned = of_areas.reason or f"{of_areas.metrics['effect_per_thousand']:.2f} new customers per 1,000 leaflets"
    return f"{version}: {version.trained_on_rows:,} decisions, {len(version.features)} features; {of_areas}: {learned}"


def _publish(made: report.Report, stages: Stages) -> None:
    """Also where it does not hold: then it says so."""
    file = _folder() / "report.json"
    report.write(made, file)
    for line in summary.lines(made, file=file):
        stages.say(line)
