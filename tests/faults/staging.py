"""The stage on which faults happen: a wave, real workers, services that may be killed, and the checks afterwards.

`FAULT_MOMENTS` makes a long run of a short one: so many random moments a fault, and FAULT_PEOPLE (then 10,000) dispatches.
"""

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event, Lock

import psutil
from django.db import connection

from campaigns import identity
from campaigns.models import Consent, Customer, Identifier, Wave
from channels import calls, ledger, queues, tasks
from channels.invariants import check
from channels.models import Dispatch
from steering import invariants
from steering.processes import Running, running
from tests import builders
from tests.mail_server import MailServer

from .services import Postgres, Redis

MOMENTS = int(os.environ.get("FAULT_MOMENTS", "3"))
FEW = 300
PEOPLE = int(os.environ.get("FAULT_PEOPLE", "10000" if "FAULT_MOMENTS" in os.environ else FEW))
BATCH = 20 if PEOPLE < 1000 else 100
LEASE_SECONDS = 15  # longer than a loaded machine holds up a worker that lives
CONNECTIONS = 4  # of a worker process
PATIENCE_SECONDS = 60 + PEOPLE // (50 if PEOPLE <= FEW else 10)  # a long run meets other load, and many small batches
DISPATCH = re.compile(r"<dispatch-(\d+)\.")
UNDONE = ("queued", "claimed", "sending")
numbers = count(1)


@dataclass
class Stage:
    postgres: Postgres
    redis: Redis
    mail: MailServer
    folder: Path
    killed: int = field(default=0)  # connections that were open when their process was killed, at most

    def wave(self, people: int = PEOPLE) -> Wave:
        """Running, everybody due now by e-mail."""
        made = builders.wave()
        option = made.campaign.options.get()
        times = {"due_at": made.started_at, "deadline_at": made.started_at + timedelta(days=365)}
        Dispatch.objects.bulk_create(
            Dispatch(wave=made, customer=customer, option=option, channel="email", **times)
            for customer in self.people(people)
        )
        return made

    def people(self, number: int) -> list[Customer]:
        """Customers who may be mailed, each at an address of their own."""
        keys = [f"{next(numbers)}" for _ in range(number)]
        made = Customer.objects.bulk_create(Customer(customer_number=f"F{key}", first_name="Erika") for key in keys)
        values = [f"person{key}@example.com" for key in keys]
        Identifier.objects.bulk_create(
            Identifier(customer=customer, kind="email", value=value, digest=identity.digest("email", value))
            for customer, value in zip(made, values, strict=True)
        )
        Consent.objects.bulk_create(
            Consent(customer=customer, channel="email", source="test", given_at="2024-01-01T00:00:00Z")
            for customer in made
        )
        return made

    @contextmanager
    def worker(
        self, name: str = "worker", *, processes: int = 2, beat: bool = False, web: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Running]:  # fmt: skip
        """A real worker on these services. It ends by a kill: a polite end takes its time, and is a test of its own."""
        own = self.environment() | dict(env or {})
        folder = self.folder / name
        with running(
            web=web, mail=False, worker=True, beat=beat, concurrency=processes, folder=folder, env=own
        ) as there:
            try:
                yield there
            finally:
                kill(there.children.pid("worker"))

    def environment(self) -> dict[str, str]:
        return {
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "DELIVERY_BATCH": str(BATCH),
            "DELIVERY_CONNECTIONS": str(CONNECTIONS),
            "DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS),
            "LOG_LEVEL": "INFO",
        }

    def wake(self, times: int = 4) -> None:
        for _ in range(times):
            calls.call(queues.SEND_CHANNEL, "email")

    def await_mails(self, number: int) -> None:
        await_that(lambda: len(self.mail.messages) >= number, "mails did not arrive")

    def await_end(self, wave: Wave, *, between: Callable[[], object] = lambda: None) -> Counter[str]:
        """Until nothing waits, as beat and workers would in longer times; returns how many ended in which state."""
        states: Counter[str] = Counter()

        def is_over() -> bool:
            nonlocal states
            sweep()
            between()
            states = Counter(ledger.counts(wave.pk).get("email", {}))
            return not any(states[state] for state in UNDONE)

        try:
            await_that(is_over, "the wave did not end", every=1)
        except AssertionError as error:
            raise AssertionError(f"{error}: {dict(states)}") from None
        return states

    def kill_workers(self, there: Running, at: int) -> None:
        """Kill -9 the worker's parent and all its processes when the server has taken so many mails, before it says so."""
        self.at_mail(at, lambda: kill(there.children.pid("worker")))
        self.killed += CONNECTIONS * 2

    def kill_child(self, there: Running, at: int) -> None:
        """Kill -9 the process of the worker that waits for this answer; the parent makes another."""

        def kill_one() -> None:
            children = psutil.Process(there.children.pid("worker")).children()
            asking = [child for child in children if self.mail.asked_from in _ports(child)]
            random.choice(asking or children).kill()

        self.at_mail(at, kill_one)
        self.killed += CONNECTIONS

    def at_mail(self, number: int, do: Callable[[], None]) -> None:
        """Do something when the server has taken so many mails, before it answers the last of them."""
        done, one_at_a_time = Event(), Lock()

        def arrived(so_far: int) -> None:
            with one_at_a_time:
                if so_far >= number and not done.is_set():
                    done.set()
                    do()

        self.mail.on_message = arrived
        arrived(len(self.mail.messages))  # workers do not wait for us to listen
        assert done.wait(PATIENCE_SECONDS), f"there were only {len(self.mail.messages)} mails"
        self.mail.on_message = lambda _: None

    def check(self, wave: Wave, *, uncertain: int | None = None) -> None:
        """Nobody is lost, nobody was mailed twice, no more are uncertain than connections were cut, every invariant holds."""
        states = Counter(ledger.counts(wave.pk)["email"])
        assert set(states) <= {"sent", "uncertain"}, states
        assert sum(states.values()) == Dispatch.objects.filter(wave=wave).count()
        assert states["uncertain"] <= (self.killed if uncertain is None else uncertain), states
        self.check_mails(wave)
        self.check_invariants()

    def check_mails(self, wave: Wave) -> None:
        """The server's own record against the ledger."""
        mailed = Counter((mail["Message-ID"], mail["X-Recipient"]) for mail in self.mail.messages)
        assert max(mailed.values(), default=0) <= 1, [key for key, number in mailed.items() if number > 1][:5]
        arrived = {int(DISPATCH.match(message_id)[1]) for message_id, _ in mailed}
        of_wave = Dispatch.objects.filter(wave=wave)
        sent = set(of_wave.filter(state="sent").values_list("id", flat=True))
        may_have = sent | set(of_wave.filter(state="uncertain").values_list("id", flat=True))
        assert sent <= arrived
        assert arrived & set(of_wave.values_list("id", flat=True)) <= may_have

    def check_invariants(self) -> None:
        assert [verdict for verdict in check(invariants.every()) if not verdict.holds] == []


def moments(people: int = PEOPLE, number: int = MOMENTS) -> list[int]:
    """Random numbers of mails, in order, that leave something to send after the last."""
    return sorted(random.sample(range(5, people - 3 * BATCH), number))


def _ports(process: psutil.Process) -> set[int]:
    with suppress(psutil.Error):  # it has ended
        return {link.laddr.port for link in process.net_connections("tcp")}
    return set()


def sweep() -> None:
    """What each minute brings; and nobody waits here for the minutes that suspects wait."""
    tasks.sweep()
    Dispatch.objects.filter(state="queued", lost__gt=0).update(due_at="2024-01-01T00:00:00Z")


def kill(group: int) -> None:
    with suppress(ProcessLookupError):  # it was killed before
        os.killpg(group, signal.SIGKILL)


def await_that(is_so: Callable[[], object], what: str, *, every: float = 0.05) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(every)  # for other processes; nothing tells us


def empty() -> None:
    """All tables of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename ~ '^(campaigns|channels|steering)_'"
        )
        cursor.execute(f"SET audit.may_be_emptied = 'yes'; TRUNCATE {cursor.fetchone()[0]} CASCADE")
