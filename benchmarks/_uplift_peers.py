"""Scores by scikit-uplift's and causalml's learners; runs in an environment that has them, by files of arrays.

    python _uplift_peers.py cases.npz scores.npz SPLITS

Reads X, and per case treatment (0 or 1), outcome, and per split which rows learn; writes a score for every other row by
every peer. Documented defaults, and for meta-learners the same two bases: boosted trees, and a line.
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Task:
    """Learn from some, score `unseen`; `share` of those who learn were treated."""

    features: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    unseen: np.ndarray
    share: float
    seed: int


Peer = Callable[[Task], np.ndarray]


def main(given: str, wanted: str, splits: int) -> None:
    warnings.filterwarnings("ignore")
    cases = np.load(given)
    names = [key.removeprefix("rows:") for key in cases.files if key.startswith("rows:")]
    found: dict[str, np.ndarray] = {}
    spent: dict[str, float] = {}
    for split in range(splits):
        for name in names:
            task = _task(cases, name, split)
            for peer, score in peers(is_yes_or_no=name.startswith("visit")).items():
                begun = time.perf_counter()
                found[f"{name}:{split}:{peer}"] = np.asarray(score(task), dtype=np.float64).reshape(-1)
                spent[peer] = spent.get(peer, 0.0) + time.perf_counter() - begun
        print(f"peers: split {split + 1} of {splits}", file=sys.stderr, flush=True)
        np.savez(wanted, **found)  # what there is, should the rest be ended
    print({peer: round(seconds, 1) for peer, seconds in spent.items()}, file=sys.stderr)


def _task(cases: Any, name: str, split: int) -> Task:
    features, treatment, outcome = (cases[f"{part}:{name}"] for part in ("X", "treatment", "outcome"))
    learns = cases[f"learns:{name}"][split]
    share = float(treatment[learns].mean())
    return Task(features[learns], treatment[learns], outcome[learns], features[~learns], share, split)


def peers(*, is_yes_or_no: bool) -> dict[str, Peer]:
    return _sklift(is_yes_or_no) | _causalml() | (_forests() if is_yes_or_no else {})


def _bases(is_yes_or_no: bool) -> dict[str, Callable[[int], Any]]:
    """By seed."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if is_yes_or_no:
        return {
            "trees": lambda seed: HistGradientBoostingClassifier(random_state=seed),
            "linear": lambda seed: make_pipeline(StandardScaler(), LogisticRegression()),
        }
    return {
        "trees": lambda seed: HistGradientBoostingRegressor(random_state=seed),
        "linear": lambda seed: LinearRegression(),
    }


def _sklift(is_yes_or_no: bool) -> dict[str, Peer]:
    from sklift.models import ClassTransformation, ClassTransformationReg, SoloModel, TwoModels

    def solo(base: Callable, task: Task) -> np.ndarray:
        return _by_frame(SoloModel(base(task.seed), method="treatment_interaction"), task)

    def two(base: Callable, task: Task) -> np.ndarray:
        return _by_frame(TwoModels(base(task.seed), base(task.seed)), task)

    def transformed(base: Callable, task: Task) -> np.ndarray:
        if is_yes_or_no:
            return _by_frame(ClassTransformation(base(task.seed)), task)
        return _by_frame(ClassTransformationReg(base(task.seed), propensity_val=task.share), task)

    kinds = {"solo": solo, "two": two, "class": transformed}
    bases = _bases(is_yes_or_no).items()
    return {f"sklift_{kind}_{name}": partial(score, base) for name, base in bases for kind, score in kinds.items()}


def _by_frame(model: Any, task: Task) -> np.ndarray:
    import pandas as pd

    names = [str(column) for column in range(task.features.shape[1])]
    seen, unseen = (pd.DataFrame(part, columns=names) for part in (task.features, task.unseen))
    return model.fit(seen, pd.Series(task.outcome), pd.Series(task.treatment)).predict(unseen)


def _causalml() -> dict[str, Peer]:
    from causalml.inference import meta

    def fitted(make: Callable, task: Task, **more: int) -> np.ndarray:
        model = make(task.seed)
        given = np.full(len(task.features), task.share)
        model.fit(task.features, task.treatment, task.outcome.astype(float), p=given, **more)
        return model.predict(task.unseen, p=np.full(len(task.unseen), task.share))

    found: dict[str, Peer] = {
        "causalml_t_xgb": partial(fitted, lambda seed: meta.XGBTRegressor(random_state=seed, n_jobs=1))
    }
    kinds = {"s": meta.BaseSRegressor, "t": meta.BaseTRegressor, "x": meta.BaseXRegressor, "dr": meta.BaseDRRegressor}
    for name, base in _bases(False).items():
        for kind, learner in kinds.items():
            if (kind, name) != ("s", "linear"):  # without interactions it scores all alike
                make = partial(_of, learner, base)
                found[f"causalml_{kind}_{name}"] = partial(fitted, make)
        found[f"causalml_r_{name}"] = partial(fitted, partial(_r_learner, meta.BaseRRegressor, base))
    return found


def _of(learner: Callable, base: Callable, seed: int) -> Any:
    return learner(base(seed))


def _r_learner(learner: Callable, base: Callable, seed: int) -> Any:
    return learner(base(seed), random_state=seed)


def _forests() -> dict[str, Peer]:
    from causalml.inference.tree import UpliftRandomForestClassifier, UpliftTreeClassifier

    def tree(task: Task) -> np.ndarray:
        shape = {"max_depth": 5, "min_samples_leaf": 100, "min_samples_treatment": 50}
        return _grown(UpliftTreeClassifier(control_name="control", random_state=task.seed, **shape), task)

    def forest(task: Task) -> np.ndarray:
        return _grown(UpliftRandomForestClassifier(control_name="control", random_state=task.seed), task)

    return {"causalml_uplift_tree": tree, "causalml_uplift_forest": forest}


def _grown(model: Any, task: Task) -> np.ndarray:
    model.fit(
        task.features,
        treatment=np.where(task.treatment == 1, "given", "control"),
        y=task.outcome.astype(int),
    )
    found = model.predict(task.unseen)
    return found[:, -1] - found[:, 0] if found.ndim == 2 and found.shape[1] == 2 else found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
