"""Models learned side by side are those that would be learned one after the other, and no process outlives who asked for it."""

import os
import signal
import subprocess
import sys
import textwrap
from functools import partial

import numpy as np
import psutil
import pytest

from steering.targeting import UpliftModel, apart
from steering.targeting.apart import Task, learn_all

N = apart.WORTH_A_PROCESS


def task(seed: int, n: int = N, *, model: UpliftModel | None = None, asked: int | None = 7) -> Task:
    rng = np.random.default_rng(seed)
    features, treatment = rng.normal(size=(n, 2)), rng.integers(0, 3, n)
    outcome = 100.0 * (rng.random(n) < 0.1 + 0.1 * ((treatment == 1) & (features[:, 0] > 0)))
    given = features, treatment, outcome, np.full(n, 1 / 3), np.ones((n, 2), dtype=bool)
    return Task(model or UpliftModel(priors=[5, 5]), *given, None if asked is None else features[:asked])


class Fatal(UpliftModel):
    """Ends its process by this signal, or this exit code."""

    def fit(self, *_, **__):
        if self.random_state < 0:
            os.kill(os.getpid(), -self.random_state)
        os._exit(self.random_state)


def test_models_learned_in_processes_are_those_learned_here():
    tasks = [partial(task, 1), partial(task, 2, asked=None), partial(task, 3)]
    here, there = (learn_all(tasks, processes=n, decisions=N) for n in (1, 2))
    for mine, theirs in zip(here, there, strict=True):
        for name in ("scores", "group_scores", "expected"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name))
    assert there[1].scores is None
    assert there[0].scores.shape == (7, 2)
    assert there[0].expected.shape == (7, 3)


def test_few_decisions_are_learned_from_in_this_process():
    tasks = [partial(task, 1, 100, model=FitsHere()), partial(task, 2, 100, model=FitsHere())]
    assert [result.model.process_ for result in learn_all(tasks, processes=2, decisions=100)] == [os.getpid()] * 2


class FitsHere(UpliftModel):
    def fit(self, *args, **kwargs):
        self.process_ = os.getpid()
        return super().fit(*args, **kwargs)


@pytest.mark.parametrize(("ends", "error"), [(-signal.SIGKILL, MemoryError), (9, ChildProcessError)])
def test_a_process_that_ends_early_is_an_error_and_stops_the_others(ends, error):
    with pytest.raises(error, match="9"):
        learn_all([partial(task, 1, model=Fatal(random_state=ends)), partial(task, 2)], processes=2, decisions=N)
    assert not learning_processes(os.getpid())


def test_a_process_ends_with_who_asked_for_it():
    script = """
        import os, signal, threading, time
        from functools import partial
        import psutil
        from steering.targeting.apart import learn_all
        from tests.steering.targeting.test_apart import N, learning_processes, task

        def die():
            while not (found := learning_processes(os.getpid())):
                time.sleep(0.01)
            print(found[0].pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=die).start()
        learn_all([partial(task, 1), partial(task, 2)], processes=2, decisions=N)
    """
    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, cwd=apart.CHECKOUT
    )
    assert died.returncode == -signal.SIGKILL
    left = [process for process in psutil.process_iter() if process.pid == int(died.stdout)]
    assert not psutil.wait_procs(left, timeout=30)[1]


def learning_processes(parent: int) -> list[psutil.Process]:
    return [process for process in psutil.Process(parent).children() if apart.__name__ in _command(process)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # ended meanwhile, or only nobody has waited for it
        return []
