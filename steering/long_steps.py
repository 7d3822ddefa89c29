"""Steps of large waves are taken by a worker, so that no page, and no proxy before it, has to wait for minutes.

That a step is under way, and why the last one failed, is only for people to read; it stands in Redis and may be lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction

from campaigns import audiences
from campaigns.models import Wave

from . import waves
from .models import Plan
from .waves import WaveError

LARGE = 50_000  # customers; fewer are planned or queued while the page waits
LONG = ("simulate", "start")
SECONDS_KEPT = 3600


@dataclass(frozen=True)
class Progress:
    """What a worker is doing to a wave, and why the last step came to nothing; empty: nothing."""

    verb: str = ""
    failure: str = ""


def ask(wave: Wave, verb: str, *, by: User, worker: Callable[[int, str, int], object]) -> bool:
    """Take a step, or wake a `worker` for it (wave, verb, user) and return False. Raises WaveError where it may not be."""
    if verb not in LONG or not _is_large(wave, verb):
        waves.act(wave.pk, verb, by=by)
        return True
    waves.refuse(wave, verb, by=by)
    if not cache.add(_under_way(wave.pk), verb, SECONDS_KEPT):
        raise WaveError("a worker is busy with this wave already")
    cache.delete(_failed(wave.pk))
    transaction.on_commit(lambda: worker(wave.pk, verb, by.pk))
    return False


def take(wave_id: int, verb: str, user_id: int) -> None:
    """What the worker does. It asks again who may do what: much may have changed since."""
    try:
        waves.act(wave_id, verb, by=User.objects.get(pk=user_id))
    except WaveError as error:
        cache.set(_failed(wave_id), str(error), SECONDS_KEPT)
    finally:
        cache.delete(_under_way(wave_id))


def ask_together(
    waves_: Sequence[Wave], most: int, *, by: User, worker: Callable[[list[int], int, int], object]
) -> bool:
    """Plan waves of several campaigns together, or wake a `worker` for it (waves, most contacts, user) and return False."""
    for wave in waves_:
        waves.refuse(wave, "simulate", by=by)
    ids = [wave.pk for wave in waves_]
    if not any(_is_large(wave, "simulate") for wave in waves_):
        waves.simulate_together(ids, most=most, by=by)
        return True
    busy = [wave for wave in waves_ if not cache.add(_under_way(wave.pk), "simulate", SECONDS_KEPT)]
    if busy:
        cache.delete_many([_under_way(wave.pk) for wave in waves_ if wave not in busy])
        raise WaveError(f"a worker is busy with {busy[0]} already")
    cache.delete_many([_failed(id_) for id_ in ids])
    transaction.on_commit(lambda: worker(ids, most, by.pk))
    return False


def take_together(wave_ids: Sequence[int], most: int, user_id: int) -> None:
    """What the worker does."""
    try:
        user = User.objects.get(pk=user_id)
        for wave in Wave.objects.filter(pk__in=wave_ids):
            waves.refuse(wave, "simulate", by=user)
        waves.simulate_together(wave_ids, most=most, by=user)
    except WaveError as error:
        cache.set_many({_failed(id_): str(error) for id_ in wave_ids}, SECONDS_KEPT)
    finally:
        cache.delete_many([_under_way(id_) for id_ in wave_ids])


def progress(wave_id: int) -> Progress:
    return Progress(cache.get(_under_way(wave_id), ""), cache.get(_failed(wave_id), ""))


def _is_large(wave: Wave, verb: str) -> bool:
    if verb == "simulate":
        return audiences.estimate(audiences.query(wave.campaign.audience)) > LARGE
    plan = Plan.objects.filter(wave=wave).first()
    return plan is not None and sum(option["planned"] for option in plan.options) > LARGE


def _under_way(wave_id: int) -> str:
    return f"wave-step-{wave_id}"


def _failed(wave_id: int) -> str:
    return f"wave-step-failed-{wave_id}"
