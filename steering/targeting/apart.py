"""Several models learned side by side, each in a process of its own: threads of one process mostly wait for each other.

python -m steering.targeting.apart TASK RESULT      pickled by us, in a folder that only we can read
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from threadpoolctl import threadpool_limits

from .outcomes import fit_outcomes, predict_outcomes
from .uplift import UpliftModel

WORTH_A_PROCESS = 5_000  # decisions, below which starting one takes longer than learning
MANY = 50_000  # decisions, from which several threads learn faster than one
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Task:
    """A model to be learned from n decisions (see UpliftModel.fit), and k customers about whom it is asked then, if any."""

    model: UpliftModel
    features: np.ndarray  # (n, f)
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    eligible: np.ndarray  # (n, m)
    asked: np.ndarray | None = None  # (k, f)
    random_state: int = 0


@dataclass(frozen=True, eq=False)
class Result:
    model: UpliftModel
    scores: np.ndarray | None = None  # (k, m)
    group_scores: np.ndarray | None = None  # (k, g)
    expected: np.ndarray | None = None  # (k, 1 + m) outcome under each treatment


def learn(task: Task, *, threads: int) -> Result:
    """Few decisions are learned from on one thread, whatever `threads` allows."""
    with threadpool_limits(threads if len(task.outcome) >= MANY else 1, user_api="openmp"):
        model = task.model.fit(task.features, task.treatment, task.outcome, task.propensity, eligible=task.eligible)
        if task.asked is None:
            return Result(model)
        m = task.eligible.shape[1]
        outcomes = fit_outcomes(task.features, task.treatment, task.outcome, m, random_state=task.random_state)
        expected = predict_outcomes(outcomes, task.asked, m)
        return Result(model, model.predict(task.asked), model.predict_groups(task.asked), expected)


def learn_all(tasks: Sequence[Callable[[], Task]], *, processes: int, decisions: int) -> list[Result]:
    """The results in the order of `tasks`, of which at most `processes` exist at a time. The same whatever `processes` is.

    `decisions`: of the largest task. Raises MemoryError where a process was killed, and ChildProcessError, which quotes
    nothing, where it failed.
    """
    cores = len(os.sched_getaffinity(0))
    processes = min(processes, len(tasks))
    if processes < 2 or decisions < WORTH_A_PROCESS:
        return [learn(task(), threads=cores) for task in tasks]
    threads, running = max(1, cores // processes), set()
    pool = ThreadPoolExecutor(processes)
    try:
        return list(pool.map(lambda task: _learn_apart(task(), threads, running), tasks))
    finally:  # whatever has interrupted us, e.g. a time limit, no process goes on without us
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            process.kill()
        pool.shutdown()


def _learn_apart(task: Task, threads: int, running: set[subprocess.Popen]) -> Result:
    with TemporaryDirectory(prefix="steering-learning-") as name:
        given, result = Path(name, "task"), Path(name, "result")
        with given.open("wb") as file:
            pickle.dump((task, threads), file, protocol=pickle.HIGHEST_PROTOCOL)
        command = [sys.executable, "-m", __spec__.name, given, result]
        with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=CHECKOUT) as process:
            running.add(process)
            code = process.wait()
            running.discard(process)
        if code == 0:
            return pickle.loads(result.read_bytes())  # noqa: S301 - our own
    if code < 0:
        raise MemoryError(f"a process that learned was killed by signal {-code}")
    raise ChildProcessError(f"a process that learned ended with exit code {code}")


def learn_for_parent(given: Path, result: Path) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with given.open("rb") as file:
        task, threads = pickle.load(file)  # noqa: S301 - our own
    result.write_bytes(pickle.dumps(learn(task, threads=threads), protocol=pickle.HIGHEST_PROTOCOL))


def _end_with_parent() -> None:
    """Its end of our standard input closes when it dies, in whatever way."""
    os.read(sys.stdin.fileno(), 1)  # not by the file object, which the interpreter wants for itself as it ends
    os._exit(1)


if __name__ == "__main__":
    # As the module that others know: what is pickled in __main__ can be read nowhere else.
    import_module(__spec__.name).learn_for_parent(*map(Path, sys.argv[1:]))
