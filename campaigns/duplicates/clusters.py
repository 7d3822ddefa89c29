"""Who hangs together: customers joined by pairs, pair by pair."""

import numpy as np
import scipy  # which loads its parts when they are asked for


def of_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """For each pair the least customer id of everybody who is joined to it."""
    if not len(first):
        return np.empty(0, dtype=np.int64)
    ids, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    a, b = place[: len(first)], place[len(first) :]
    joined = scipy.sparse.coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(ids), len(ids)))
    count, label = scipy.sparse.csgraph.connected_components(joined, directed=False)
    least = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(least, label, ids)
    return least[label[a]]
