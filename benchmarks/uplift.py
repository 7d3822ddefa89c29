"""How well the platform learns whom a contact moves: against other libraries on Hillstrom's e-mails, and against known truth.

    python -m benchmarks uplift      HILLSTROM=path of hillstrom.csv, SPLITS=20, PEERS=python with causalml and
                                     scikit-uplift (else made under var/), CUSTOMERS=20000 of the synthetic population, 0: none

On Hillstrom's data (2008): Qini coefficient on the half that was not learned from, by one implementation for all. Splits share
rows, so the standard error over splits tells how much the split matters, not how other customers would answer.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks import _uplift_cases, _uplift_population, _uplift_worlds
from benchmarks._peer_python import python_with
from benchmarks._report import Result
from benchmarks._uplift_cases import Case
from steering.targeting import TLearner, UpliftModel, XLearner
from steering.targeting.evaluation import qini_coefficient

HERE = Path(__file__).resolve().parent
HILLSTROM = HERE.parent.parent / "shared" / "data" / "hillstrom.csv"
SPLITS = 20
WORLD_ROWS = 20_000
OURS = "ours"


def main() -> Result:
    figures = _hillstrom() | _worlds()
    if customers := int(os.environ.get("CUSTOMERS", 20_000)):
        figures |= _uplift_population.measured(customers)
    return Result("uplift", figures)


def _hillstrom() -> dict[str, float]:
    path, splits = Path(os.environ.get("HILLSTROM", HILLSTROM)), int(os.environ.get("SPLITS", SPLITS))
    if not path.exists():
        print(f"{path} is not there: nothing is compared on Hillstrom's data; HILLSTROM says where it is")
        return {}
    cases = _uplift_cases.read(path, splits)
    with _peers(cases, splits) as peers:
        scores = _ours(cases, splits)
        scores |= peers()
    figures: dict[str, float] = {}
    for name, case in cases.items():
        figures |= _told(name, _qini(name, case, scores, splits))
    return figures


def _ours(cases: dict[str, Case], splits: int) -> dict[str, np.ndarray]:
    found, begun = {}, time.monotonic()
    for split in range(splits):
        for name, case in cases.items():
            learns = case.learns[split]
            share = case.treatment[learns].mean()
            propensity = np.where(case.treatment == 1, share, 1 - share)
            model = UpliftModel(random_state=split).fit(
                case.X[learns], case.treatment[learns], case.outcome[learns], propensity[learns]
            )
            found[f"{name}:{split}:{OURS}"] = model.predict(case.X[~learns])[:, 0]
    print(f"ours: {(time.monotonic() - begun) / splits / len(cases):.1f} seconds a case and split")
    return found


@contextmanager
def _peers(cases: dict[str, Case], splits: int) -> Iterator[Callable[[], dict[str, np.ndarray]]]:
    """They learn beside ours, on another core; what is given waits for them and has scores by `case:split:peer`: none where
    the other libraries cannot be had, which is said.
    """
    try:
        python = os.environ.get("PEERS") or python_with("uplift")
    except subprocess.CalledProcessError:
        print("causalml and scikit-uplift cannot be installed here: nothing to compare with")
        yield dict
        return
    with tempfile.TemporaryDirectory() as folder:
        given, wanted = Path(folder) / "cases.npz", Path(folder) / "scores.npz"
        arrays = {}
        for name, case in cases.items():
            parts = {"X": case.X, "treatment": case.treatment, "outcome": case.outcome, "learns": case.learns}
            arrays |= {f"{part}:{name}": array for part, array in parts.items()} | {f"rows:{name}": np.array(0)}
        np.savez(given, **arrays)
        one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}
        # -P: beside the script stands benchmarks/email.py, which must not be taken for Python's own email.
        command = [python, "-P", HERE / "_uplift_peers.py", given, wanted, str(splits)]
        with subprocess.Popen(command, env=os.environ | one) as process:
            yield lambda: _waited(process, wanted)


def _waited(process: subprocess.Popen, wanted: Path) -> dict[str, np.ndarray]:
    if process.wait():
        raise RuntimeError(f"the other libraries' learners must end well, got {process.returncode}")
    with np.load(wanted) as scores:
        return {key: scores[key] for key in scores.files}


def _qini(name: str, case: Case, scores: dict[str, np.ndarray], splits: int) -> dict[str, np.ndarray]:
    """(splits,) by who."""
    found: dict[str, list[float]] = {}
    for split in range(splits):
        unseen = ~case.learns[split]
        treated, outcome = case.treatment[unseen] == 1, case.outcome[unseen]
        prefix = f"{name}:{split}:"
        for key in [key for key in scores if key.startswith(prefix)]:
            found.setdefault(key.removeprefix(prefix), []).append(qini_coefficient(scores[key], treated, outcome))
    return {who: np.array(values) for who, values in found.items()}


def _told(name: str, qini: dict[str, np.ndarray]) -> dict[str, float]:
    """A table, best first; the lead of ours over each is of the same splits."""
    print(f"\n{name}: Qini per 1,000 customers over {len(qini[OURS])} splits")
    print(f"{'':28}{'mean':>9}{'s.e.':>9}{'ours leads by':>16}{'s.e.':>9}")
    for who in sorted(qini, key=lambda who: -qini[who].mean()):
        lead = qini[OURS] - qini[who]
        numbers = 1000 * np.array([qini[who].mean(), _error(qini[who]), lead.mean(), _error(lead)])
        print(f"{who:28}{numbers[0]:9.3f}{numbers[1]:9.3f}{numbers[2]:16.3f}{numbers[3]:9.3f}")
    figures = {f"qini_{name}_{who}": values.mean() for who, values in qini.items()}
    figures[f"qini_{name}_{OURS}_error"] = _error(qini[OURS])
    if peers := {who: values for who, values in qini.items() if who != OURS}:
        best = max(peers, key=lambda who: peers[who].mean())
        lead = qini[OURS] - peers[best]
        figures[f"qini_{name}_best_peer"] = peers[best].mean()
        figures[f"qini_{name}_lead"], figures[f"qini_{name}_lead_error"] = lead.mean(), _error(lead)
    return figures


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")


def _worlds() -> dict[str, float]:
    """Correlation with the truth, and error against it in units of that of a constant; single learners beside ours."""
    who = {
        OURS: UpliftModel(),
        "t_linear": TLearner(base="linear"),
        "t_trees": TLearner(),
        "x_trees": XLearner(),
        "x_additive": XLearner(base="additive"),
    }
    print(f"\nerror of estimated uplift relative to a constant (0 perfect, 1 as the constant), {WORLD_ROWS:,} rows")
    print(f"{'':14}" + "".join(f"{name:>12}" for name in who) + f"{'r, ours':>12}")
    figures = {}
    for name, kind in _uplift_worlds.KINDS.items():
        seen, unseen = (_uplift_worlds.draw(kind, WORLD_ROWS, seed) for seed in (1, 2))
        errors, correlation = {}, 0.0
        for learner, model in who.items():
            uplift = model.fit(seen.X, seen.treatment, seen.outcome, seen.propensity).predict(unseen.X)
            errors[learner] = _relative_error(uplift, unseen.uplift)
            if learner == OURS and unseen.uplift.any():
                correlation = float(np.corrcoef(uplift.ravel(), unseen.uplift.ravel())[0, 1])
        print(f"{name:14}" + "".join(f"{error:12.3f}" for error in errors.values()) + f"{correlation:12.3f}")
        figures |= {f"error_{name}_{learner}": error for learner, error in errors.items()}
        figures[f"correlation_{name}"] = correlation
    return figures


def _relative_error(uplift: np.ndarray, truth: np.ndarray) -> float:
    """Root mean square error over that of the best constant; where nobody is moved, over the mean outcome of a buyer."""
    scale = (truth - truth.mean(axis=0)).std()
    return float(np.sqrt(((uplift - truth) ** 2).mean()) / (scale or _uplift_worlds.BASKET))


if __name__ == "__main__":
    main()
