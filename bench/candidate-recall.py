"""How often the best voice by AS-Norm is among the k nearest by cosine, for galleries of up to 10 million voices.

Voices are drawn from a normal distribution with the mean and covariance of the bundled cohort's, which are real. A
probe is of nobody in the gallery: for the enrolled speaker's own probes the best is far ahead by both measures, and
an impostor's is the hard case. The cosine of the 100th nearest tells which enrolled speakers are found: all those
that the probe resembles more. Statistics of AS-Norm are computed, exactly, for the 2,000 nearest of each probe, and
the report says how deep the best of these was: none of the other voices is likely to be better if that is far from
2,000. The voices are drawn in blocks, so the memory stays below a gigabyte.

    python bench/candidate-recall.py --voices 10000 100000 1000000 --probes 100
"""

import argparse
import json
from pathlib import Path

import numpy as np

MODEL = Path(__file__).parent.parent / "models" / "ecapa-c256"
BLOCK = 50_000
DEEPEST = 2_000
HUNDREDTH = 100
KS = (1, 10, 30, 50, 100, 200, 500)


def read_cohort() -> tuple[np.ndarray, int]:
    manifest = json.loads((MODEL / "model.json").read_text())
    rows = np.frombuffer((MODEL / manifest["cohort"]["file"]).read_bytes(), "<f4")
    return rows.reshape(-1, manifest["dimension"]), manifest["cohort"]["topN"]


def draw(random: np.random.Generator, count: int, mean: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Unit rows of normal voices, [count][D]."""
    voices = mean + random.standard_normal((count, mean.size), np.float32) @ factor
    return voices / np.linalg.norm(voices, axis=1, keepdims=True)


def stats(voices: np.ndarray, cohort: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each voice's cosines to its nearest cohort voices."""
    nearest = np.partition(voices @ cohort.T, -top, axis=1)[:, -top:]
    return nearest.mean(axis=1), nearest.std(axis=1)


def ranks(count: int, probes: np.ndarray, cohort: np.ndarray, top: int, mean, factor, seed: int) -> np.ndarray:
    """For each probe: the rank by cosine (from 1) of the best voice by AS-Norm, and the 1st and 100th cosine."""
    random = np.random.default_rng(seed)
    kept = min(DEEPEST, count)
    best = [(np.empty(0, np.float32), np.empty((0, mean.size), np.float32)) for _ in probes]
    for start in range(0, count, BLOCK):
        voices = draw(random, min(BLOCK, count - start), mean, factor)
        cosines = probes @ voices.T
        for i, (scores, rows) in enumerate(best):
            floor = scores.min() if scores.size == kept else -2
            near = np.flatnonzero(cosines[i] > floor)
            scores = np.concatenate([scores, cosines[i, near]])
            rows = np.concatenate([rows, voices[near]])
            order = np.argsort(-scores)[:kept]
            best[i] = scores[order], rows[order]
    probe_mean, probe_std = stats(probes, cohort, top)
    found = []
    for i, (cosines, rows) in enumerate(best):
        own_mean, own_std = stats(rows, cohort, top)
        norm = ((cosines - own_mean) / own_std + (cosines - probe_mean[i]) / probe_std[i]) / 2
        found.append((1 + int(norm.argmax()), cosines[0], cosines[min(HUNDREDTH, kept) - 1]))
    return np.array(found)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--voices", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 10_000_000])
    options.add_argument("--probes", type=int, default=100)
    given = options.parse_args()
    cohort, top = read_cohort()
    mean = cohort.mean(axis=0)
    # voices = mean + z @ factor have the covariance of the cohort's.
    factor = np.linalg.cholesky(np.cov(cohort.T) + 1e-7 * np.eye(mean.size)).T.astype(np.float32)
    probes = draw(np.random.default_rng(1), given.probes, mean, factor)
    columns = ["voices", *(f"k = {k}" for k in KS), "deepest", "cosine of the nearest", "cosine of the 100th"]
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    for count in given.voices:
        rank, first, hundredth = ranks(count, probes, cohort, top, mean, factor, seed=count).T
        recall = [f"{100 * (rank <= k).mean():.0f} %" for k in KS]
        cosines = [f"{np.median(one):.2f} (at most {one.max():.2f})" for one in (first, hundredth)]
        print(f"| {count:,} | {' | '.join([*recall, str(int(rank.max())), *cosines])} |", flush=True)


main()
