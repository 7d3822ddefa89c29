"""The figures in the form of Prometheus. Labels are channels, states and names of ours: few, and nobody's data."""

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from . import around, dependencies, figures
from .figures import Figures


class Platform(Collector):
    """Counts nothing itself: all is read when asked, so every web process says the same."""

    def describe(self) -> list[Metric]:
        return []  # or registering would measure

    def collect(self) -> Iterator[Metric]:
        try:
            found = figures.KEPT.get()
            yield from of_ledger(found)
            yield from of_time(found)
            yield _gauge("provider_open", "1: a mail provider is left alone", around.open_breakers(), "provider")
            is_there = True
        except (DatabaseError, InterfaceError):
            is_there = False
        up = {"postgresql": is_there, "redis": dependencies.redis_answers()}
        yield _gauge("up", "1: PostgreSQL said the figures in time, Redis answers", up, "dependency")
        if up["redis"]:
            yield _gauge("queue_calls", "Calls that no worker has taken", around.waiting_calls(), "queue")
        yield from of_folders()


def registry() -> CollectorRegistry:
    made = CollectorRegistry(auto_describe=False)
    made.register(Platform())
    return made


def of_ledger(found: Figures) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "steering_dispatches", "Of waves that run, wait or ended within the hour", labels=["channel", "state"]
    )
    for labels, number in sorted(found.states.items()):
        states.add_metric(labels, number)
    yield states
    out = CounterMetricFamily("steering_out", "Dispatches that went out, bounced ones included", labels=["channel"])
    for channel, number in sorted(found.out.items()):
        out.add_metric([channel], number)
    yield out
    yield _gauge("due", "Dispatches of running waves that should have gone out by now", found.due, "channel")
    yield _gauge("oldest_due_seconds", "For how long the first of them has been due", found.oldest_due, "channel")
    yield _gauge("uncertain", "Dispatches that may have left; for a person to decide", found.uncertain, "channel")
    errors = GaugeMetricFamily(
        "steering_recent_errors",
        f"Attempts of the last {figures.RECENT_MINUTES} minutes that did not go out",
        labels=["channel", "kind"],
    )
    for labels, number in sorted(found.errors.items()):
        errors.add_metric(labels, number)
    yield errors
    yield GaugeMetricFamily("steering_sending_stopped", "1: staff stopped everything", value=found.is_stopped)
    words = "Vendors' webhooks that failed for an hour, or are not called any more"
    yield GaugeMetricFamily("steering_webhooks_not_reached", words, value=found.webhooks_not_reached)


def of_time(found: Figures) -> Iterator[Metric]:
    yield _gauge("slot_timestamp_seconds", "The last slot of scheduled work that was begun", found.slots, "schedule")
    yield _gauge("queue_heard_timestamp_seconds", "When a worker last took a call from a queue", found.heard, "queue")
    broken = {name: number for name, (number, _) in found.invariants.items()}
    yield _gauge("invariant_broken", "By how many, when last checked", broken, "invariant")
    if found.invariants:
        oldest = min(at for _, at in found.invariants.values())
        yield GaugeMetricFamily(
            "steering_invariants_checked_timestamp_seconds", "The oldest of the checks", value=oldest
        )
    yield GaugeMetricFamily(
        "steering_measuring_seconds", "How long the database took for all this", value=found.took_seconds
    )


def of_folders() -> Iterator[Metric]:
    disks = {name: disk for name, disk in around.disks().items() if disk}
    yield _gauge("folder_up", "1: a folder answers", {name: name in disks for name in around.FOLDERS}, "folder")
    free = {name: disk.free_share for name, disk in disks.items()}
    yield _gauge("folder_free_share", "Of the disk on which a folder lies", free, "folder")


def _gauge(name: str, words: str, values: dict, label: str) -> Metric:
    family = GaugeMetricFamily(f"steering_{name}", words, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
