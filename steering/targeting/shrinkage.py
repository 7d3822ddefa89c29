"""How far estimates are believed: individual effects against the option's mean, the mean against the prior."""

import numpy as np
import scipy


def stack(predictions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(candidates,) weights, at least 0, of centred out-of-fold `predictions` (n, candidates) for a noisy `target`.

    Least squares, then shrunk to 0 as a whole by the positive-part James-Stein factor: when the predictions explain no
    more of the target than noise would, every weight is 0 and all customers get the option's mean.
    """
    spread = predictions.std(axis=0)
    usable = spread > 1e-9 * max(1.0, float(np.abs(target).max(initial=0.0)))
    weights = np.zeros(predictions.shape[1])
    if not usable.any() or len(target) < 3:
        return weights
    scaled = (predictions - predictions.mean(axis=0))[:, usable] / spread[usable]
    centred = target - target.mean()
    _, triangle = np.linalg.qr(np.column_stack([scaled, centred]))
    raw, _ = scipy.optimize.nnls(triangle[:, :-1], triangle[:, -1])
    fitted = scaled @ raw
    explained = float(fitted @ fitted)
    if explained <= 0:
        return weights
    # Robust to rows of unlike noise: the variance of the slope on `fitted`, not of the target.
    noise = float((fitted**2 * (centred - fitted) ** 2).sum()) / explained
    factor = max(0.0, 1.0 - max(1, int((raw > 0).sum())) * noise / explained)
    weights[usable] = factor * raw / spread[usable]
    return weights


def believed(count: float, strength: float) -> float:
    """Weight of what `count` customers say against a prior worth `strength` customers."""
    return count / (count + strength) if count > 0 else 0.0


def effective_count(weights: np.ndarray) -> float:
    """How many equally weighted customers these weighted ones are worth (Kish)."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def believed_mean(values: np.ndarray) -> float:
    """Their mean times the positive-part James-Stein factor: 0 where it is no more than its own noise."""
    if len(values) < 2:
        return 0.0
    mean, variance = float(values.mean()), float(values.var(ddof=1)) / len(values)
    return mean * max(0.0, 1.0 - variance / mean**2) if mean else 0.0
