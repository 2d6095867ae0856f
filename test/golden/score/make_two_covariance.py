"""Writes two-covariance.json: likelihood ratios of two voices to one, and a fitted two-covariance model.

The ratios are differences of scipy's multivariate normal log-densities over the stacked group means. The
model is fitted with numpy and scipy's generalized eigenvectors; a direction's sign is arbitrary, so the
file has the covariances in the chosen directions and the ratios of the fitted model.

Needs numpy, scipy. Run: python test/golden/score/make_two_covariance.py
"""

from pathlib import Path

import numpy as np
from scipy.linalg import eigh
from scipy.stats import multivariate_normal
from wrapped_json import wrapped

HERE = Path(__file__).parent
SHRINKAGE, LEAST = 0.6, 1e-3


def llr(between, within, a, b, count_a, count_b):
    """One voice: the means share a deviation. Two: they are independent. Full covariances."""
    zero = np.zeros_like(between)
    own = [between + within / count_a, between + within / count_b]
    means = np.concatenate([a, b])
    two = np.block([[own[0], zero], [zero, own[1]]])
    one = np.block([[own[0], between], [between, own[1]]])
    density = lambda covariance: multivariate_normal(np.zeros(len(means)), covariance).logpdf(means)
    return density(two) - density(one)


def covariances(recordings):
    means = np.array([np.mean(windows, axis=0) for _, windows in recordings])
    residuals = np.concatenate([w - m for (_, w), m in zip(recordings, means)])
    within = residuals.T @ residuals / (len(residuals) - len(recordings))
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    kinds = sorted({kind for kind, _ in recordings})
    rows = np.concatenate(
        [own - own.mean(axis=0) for k in kinds for own in [means[[kind == k for kind, _ in recordings]]]]
    )
    share = np.mean([1 / len(windows) for _, windows in recordings])
    return means.mean(axis=0), within, rows.T @ rows / (len(rows) - len(kinds)) - share * within


def main():
    rng = np.random.default_rng(20261130)
    dimension, people = 6, 40
    scales = np.linspace(2, 0.2, dimension)
    recordings = []
    for i in range(people):
        kind = f"kind {i % 3}"
        voice = rng.normal(size=dimension) * scales + i % 3
        recordings.append((kind, (voice + rng.normal(size=(3 + i % 4, dimension))).astype(np.float32)))
    mean, within, between = covariances([(k, w.astype(np.float64)) for k, w in recordings])
    eigenvalues, vectors = eigh(between, within)
    # Directions without a variance between voices get the least one.
    inverse = np.linalg.inv(vectors)
    between = inverse.T @ np.diag(np.maximum(LEAST, eigenvalues)) @ inverse
    pairs = []
    for count_a, count_b in ((1, 1), (3, 2), (6.5, 0.7)):
        a, b = rng.normal(size=(2, dimension)) * 2 + mean
        ratio = llr(between, within, a - mean, b - mean, count_a, count_b)
        pairs.append(dict(a=a.tolist(), b=b.tolist(), countA=count_a, countB=count_b, llr=float(ratio)))
    fitted = dict(mean=mean.tolist(), between=np.sort(np.maximum(LEAST, eigenvalues))[::-1].tolist())
    stored = [dict(kind=k, windows=w.tolist()) for k, w in recordings]
    (HERE / "two-covariance.json").write_text(wrapped(dict(recordings=stored, fitted=fitted, pairs=pairs)))


main()
