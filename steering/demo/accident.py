"""A worker is killed in the middle of sending, on purpose; what it leaves behind is found, judged and sent."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
from django.db.models.functions import Now

from channels import ledger
from channels.models import Dispatch, DispatchState
from steering.children import Children
from steering.processes import Running

from . import mailbox
from .staff import Staff

PATIENCE_SECONDS = 120
POLL_SECONDS = 0.002


@dataclass(frozen=True)
class Killed:
    processes: int
    mails: int  # that had arrived by then
    at: float  # of time.monotonic(); whatever was claimed before belongs to the dead


@dataclass(frozen=True)
class Accident:
    """Dispatches by what became of them."""

    processes: int
    released: int  # held, nothing of them had left
    uncertain: int  # nobody knew whether they had left
    sent: int  # of those, by the mail server's record
    sent_again: int


def kill_workers(wave_id: int, there: Running) -> Killed:
    """Kill -9 every process of the worker while the mail server holds its breath, so that something is half way."""
    _await(lambda: mailbox.count(there.maildir))
    mail = there.children.pid("mail")
    os.kill(mail, signal.SIGSTOP)
    try:
        _await(lambda: _sending(wave_id).exists() or not _is_waiting(wave_id))
        arrived = mailbox.count(there.maildir)
        return Killed(_kill_processes(there.children), arrived, time.monotonic())
    finally:
        os.kill(mail, signal.SIGCONT)


def find(killed: Killed) -> int:
    """As the sweep does when a lease has ended: what was only held goes back, what was under way is uncertain.

    More than once, because PostgreSQL keeps what the dead had locked until it notices that they are gone.
    """
    released = 0

    def nothing_is_held() -> bool:
        nonlocal released
        seconds = time.monotonic() - killed.at
        ledger.doubt_stale(seconds)
        released += ledger.release_stale(seconds)
        return not _held_for(seconds).exists()

    _await(nothing_is_held)
    return released


def judge(wave_id: int, killed: Killed, released: int, *, maildir: Path, staff: Staff) -> Accident:
    """A person compares what is uncertain with the mail server's record: it has left, or it surely has not."""
    uncertain = set(_of(wave_id).filter(state=DispatchState.UNCERTAIN).values_list("id", flat=True))
    arrived = uncertain & mailbox.dispatch_ids(maildir)
    ledger.resolve(sorted(arrived), verdict=DispatchState.SENT, by=staff.manager)
    ledger.resolve(sorted(uncertain - arrived), verdict=DispatchState.QUEUED, by=staff.manager)
    return Accident(killed.processes, released, len(uncertain), len(arrived), len(uncertain - arrived))


def _kill_processes(children: Children) -> int:
    """The worker's parent lives and makes new ones."""
    processes = psutil.Process(children.pid("worker")).children()
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    return len(processes)


def _held_for(seconds: float):
    held = Dispatch.objects.filter(state__in=(DispatchState.CLAIMED, DispatchState.SENDING))
    return held.filter(claimed_at__lt=Now() - timedelta(seconds=seconds))


def _of(wave_id: int):
    return Dispatch.objects.filter(wave_id=wave_id, channel="email")


def _sending(wave_id: int):
    return _of(wave_id).filter(state=DispatchState.SENDING)


def _is_waiting(wave_id: int) -> bool:
    return _of(wave_id).filter(state__in=(DispatchState.QUEUED, DispatchState.CLAIMED)).exists()


def _await(is_so: Callable[[], object]) -> None:
    """Or go on all the same: where hardly a mail is sent there may be no middle."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
