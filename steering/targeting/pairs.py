"""Areas in pairs that are much alike, so that chance, which takes one of each, leaves two groups that differ in little.

Greedy matching of nearest neighbours (Greevy, Lu, Silber and Rosenbaum, Optimal multivariate matching before randomization,
2004, compare it with the best): of all close neighbours the two that are nearest to each other become a pair, and so on;
who is left over looks among those left over. Memory: a few neighbours each, never all distances.
"""

import numpy as np
import scipy  # which loads its parts when they are asked for

NEIGHBOURS = 12
OUTER = 0.005  # share on each side that is cut back, so that one far value does not decide


def matched(features: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(pairs, 2) of rows, and (pairs,) how far they are from each other in standard deviations, averaged over columns.

    `features` (n, p), NaN where missing; `groups` (n,): pairs are looked for within a group first, and then anywhere. Of an
    odd number one is left over. Same rows, same pairs.
    """
    features, groups = np.asarray(features, dtype=float), np.asarray(groups)
    if features.ndim != 2 or not features.shape[1] or groups.shape != (len(features),):
        raise ValueError(f"features must have shape ({groups.size}, columns), got {features.shape}")
    standard = standardised(features)
    found, left = [], []
    for group in np.unique(groups):
        pairs, rest = _greedy(standard, np.flatnonzero(groups == group))
        found.append(pairs)
        left.append(rest)
    rest = np.concatenate(left) if left else np.empty(0, dtype=np.int64)
    pairs = np.concatenate([*found, _greedy(standard, rest)[0]]).astype(np.int64).reshape(-1, 2)
    pairs = np.sort(pairs, axis=1)
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    apart = standard[pairs[:, 0]] - standard[pairs[:, 1]]
    return pairs, np.sqrt(np.square(apart).mean(axis=1))


def standardised(features: np.ndarray) -> np.ndarray:
    """(n, p) with mean 0 and variance 1, cut back at the edges; missing ones in the middle; columns without spread are 0."""
    if not len(features):
        return features
    features = np.where(np.isnan(features).all(axis=0), 0.0, features)
    low, middle, high = np.nanquantile(features, [OUTER, 0.5, 1 - OUTER], axis=0)
    filled = np.clip(np.where(np.isnan(features), middle, features), low, high)
    spread = filled.std(axis=0)
    return np.where(spread > 1e-12, (filled - filled.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0), 0.0)


def _greedy(standard: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs among these rows, and who is left over: nobody, or one."""
    found = []
    while rows.size > 1:
        pairs = _one_round(standard, rows)
        found.append(pairs)
        rows = np.setdiff1d(rows, pairs.ravel())
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64), rows


def _one_round(standard: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The nearest two are a pair, then the nearest two of the others ..., as far as neighbours are known."""
    count = min(NEIGHBOURS + 1, rows.size)
    far, near = scipy.spatial.KDTree(standard[rows]).query(standard[rows], k=range(1, count + 1))
    one, other, far = np.repeat(np.arange(rows.size), count), near.ravel(), far.ravel()
    kept = one != other
    one, other, far = one[kept], other[kept], far[kept]
    free, pairs = np.ones(rows.size, dtype=bool), []
    for place in np.lexsort((np.maximum(one, other), np.minimum(one, other), far)):
        if free[one[place]] and free[other[place]]:
            free[[one[place], other[place]]] = False
            pairs.append((one[place], other[place]))
    return rows[np.array(pairs)]
