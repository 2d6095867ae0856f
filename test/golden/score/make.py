"""Writes norm.json, norm-cohorts.json, metrics.json, logistic.json, intervals.json and measures.json:
reference numbers for lib/score by independent implementations.

Needs numpy, scipy, scikit-learn. Run: python test/golden/score/make.py
"""

from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from wrapped_json import wrapped

HERE = Path(__file__).parent


def unit(rows):
    rows = rows.astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def write(name, value):
    (HERE / f"{name}.json").write_text(wrapped(value))


def norm(rng):
    """Z-, S- and AS-Norm by Matejka et al. 2017, in float64 over float32 vectors."""
    dimension, size, top = 24, 60, 11
    cohort = unit(rng.normal(size=(size, dimension)))
    center = rng.normal(size=dimension)
    cases = []
    for spread in (0.5, 1.0, 3.0):
        enrolled, probe = unit(center + spread * rng.normal(size=(2, dimension)))
        raw = float(enrolled.astype(np.float64) @ probe.astype(np.float64))
        stats = []
        for voice in (enrolled, probe):
            scores = cohort.astype(np.float64) @ voice.astype(np.float64)
            nearest = np.sort(scores)[::-1][:top]
            stats.append([scores.mean(), scores.std(), nearest.mean(), nearest.std()])
        (em, es, etm, ets), (pm, ps, ptm, pts) = stats
        cases.append(
            {
                "enrolled": enrolled.tolist(),
                "probe": probe.tolist(),
                "enrolledStats": stats[0],
                "probeStats": stats[1],
                "cosine": raw,
                "z-norm": (raw - em) / es,
                "s-norm": 0.5 * ((raw - em) / es + (raw - pm) / ps),
                "as-norm": 0.5 * ((raw - etm) / ets + (raw - ptm) / pts),
            }
        )
    write("norm", {"dimension": dimension, "topN": top, "cohort": cohort.tolist(), "cases": cases})


def norm_cohorts(rng):
    """Every normalization against unusual cohorts, without the speaker's own row.

    `stats` is None for a cohort that can't normalize.
    """
    dimension = 16
    enrolled, probe = unit(rng.normal(size=dimension) + 0.8 * rng.normal(size=(2, dimension)))
    others = unit(rng.normal(size=(12, dimension)))
    no_owners = [None] * 12
    mine = [*no_owners[:5], "spk_me", *no_owners[5:]]
    with_me = np.concatenate([others[:5], enrolled[None], others[5:]])
    cohorts = {
        "empty": (others[:0], [], 3),
        "one": (others[:1], no_owners[:1], 1),
        "two": (others[:2], no_owners[:2], 1),
        "smaller than topN": (others[:5], no_owners[:5], 6),
        "as many as topN": (others[:5], no_owners[:5], 5),
        "all equal": (np.repeat(others[:1], 8, axis=0), no_owners[:8], 4),
        "nearly equal": (unit(others[:1] + 1e-5 * rng.normal(size=(8, dimension))), no_owners[:8], 4),
        "contains the target's voice, unowned": (with_me, [None] * 13, 4),
        "contains the target": (with_me, mine, 4),
        "contains the target, as many as topN without it": (with_me, mine, 12),
        "contains the target, as many as topN with it": (with_me, mine, 13),
        "contains the probe": (np.concatenate([others, probe[None]]), [*no_owners, "spk_probe"], 4),
    }
    raw = float(enrolled.astype(np.float64) @ probe.astype(np.float64))
    cases = []
    for name, (rows, owners, top) in cohorts.items():
        case = {"name": name, "rows": rows.tolist(), "owners": owners, "topN": top, "stats": None}
        cases.append(case)
        kept = rows[[owner != "spk_me" for owner in owners]] if len(rows) else rows
        usable = len(rows) - (1 if any(owners) else 0)
        if usable < max(2, top):
            continue
        stats = []
        for voice in (enrolled, probe):
            scores = np.array([float(np.dot(row.astype(np.float64), voice.astype(np.float64))) for row in kept])
            nearest = np.partition(scores, len(scores) - top)[len(scores) - top :]
            stats.append([s for part in (scores, nearest) for s in (np.mean(part), max(np.std(part, ddof=0), 1e-3))])
        (em, es, etm, ets), (pm, ps, ptm, pts) = stats
        case["stats"] = [[float(x) for x in side] for side in stats]
        case["scores"] = {
            "cosine": raw,
            "z-norm": float((raw - em) / es),
            "t-norm": float((raw - pm) / ps),
            "s-norm": float(((raw - em) / es + (raw - pm) / ps) / 2),
            "as-norm": float(((raw - etm) / ets + (raw - ptm) / pts) / 2),
        }
    write(
        "norm-cohorts",
        {"enrolled": enrolled.tolist(), "probe": probe.tolist(), "self": "spk_me", "cases": cases},
    )


def metrics(rng):
    """Error rates from sklearn's ROC points. The last two lists have ties."""
    lists = [
        (rng.normal(2, 1, 300), rng.normal(0, 1, 2000)),
        (rng.normal(5, 1, 50), rng.normal(0, 1, 400)),
        (np.round(rng.normal(1, 1, 200), 1), np.round(rng.normal(0, 1, 700), 1)),
        (np.round(rng.normal(0.5, 1, 40)), np.round(rng.normal(0, 1, 90))),
    ]
    out = []
    for genuine, impostor in lists:
        scores = np.concatenate([genuine, impostor])
        labels = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
        far, hit, thresholds = roc_curve(labels, scores, drop_intermediate=False)
        frr = 1 - hit
        case = {"genuine": genuine.tolist(), "impostor": impostor.tolist()}
        k = int(np.argmax(far >= frr))
        t = np.interp(0, [far[k - 1] - frr[k - 1], far[k] - frr[k]], [0, 1])
        case["eer"] = float(far[k - 1] + t * (far[k] - far[k - 1]))
        case["eerThreshold"] = float(thresholds[k - 1 + np.argmin(np.round(np.abs(far - frr), 12)[k - 1 : k + 1])])
        for prior in (0.05, 0.01):
            cost = (prior * frr + (1 - prior) * far) / min(prior, 1 - prior)
            case[f"minDcf{prior}"] = float(cost.min())
            case[f"minDcfThreshold{prior}"] = None if cost.argmin() == 0 else float(thresholds[cost.argmin()])
        case["minDcfCosts"] = float(((10 * 0.1 * frr + 2 * 0.9 * far) / min(1.0, 1.8)).min())
        for rate in (0.2, 0.1, 0.03):
            case[f"far{rate}"] = float(thresholds[far <= rate + 1e-12].min())
            case[f"frr{rate}"] = float(thresholds[frr <= rate + 1e-12].max())
        case["cllr"] = float(0.5 * (np.log2(1 + np.exp(-genuine)).mean() + np.log2(1 + np.exp(impostor)).mean()))
        out.append(case)
    write("metrics", out)


def logistic(rng):
    """The objective of lib/score/fit/logistic.ts, minimized by scipy's BFGS."""
    out = []
    for genuine, impostor in [
        (rng.normal(6, 2, 120), rng.normal(0, 1.2, 900)),
        (rng.normal(0.6, 0.1, 80), rng.normal(0.1, 0.12, 80)),
        (np.array([3.0, 4.0, 5.0]), np.array([0.0, 1.0, 2.0, 2.5])),
    ]:
        scores = np.concatenate([genuine, impostor])
        mean, std = scores.mean(), scores.std()
        g, m = (genuine - mean) / std, (impostor - mean) / std

        def loss(p):
            fit = np.logaddexp(0, -(p[0] * g + p[1])).mean() + np.logaddexp(0, p[0] * m + p[1]).mean()
            return 0.5 * fit + 0.5e-6 * (p @ p)

        def gradient(p):
            wrong_g = 1 / (1 + np.exp(p[0] * g + p[1]))
            wrong_m = 1 / (1 + np.exp(-(p[0] * m + p[1])))
            slope = (wrong_m * m).mean() - (wrong_g * g).mean()
            return 0.5 * np.array([slope, wrong_m.mean() - wrong_g.mean()]) + 1e-6 * p

        best = minimize(loss, [1, 0], jac=gradient, method="BFGS", options={"gtol": 1e-12, "maxiter": 10000}).x
        slope = best[0] / std
        offset = best[1] - best[0] * mean / std
        out.append({"genuine": genuine.tolist(), "impostor": impostor.tolist(), "slope": slope, "offset": offset})
    write("logistic", out)


def intervals(rng):
    """Clopper-Pearson by scipy; the pigeonhole bootstrap over speakers by numpy, from the full matrix of pairs."""
    counts = [(0, 1), (1, 1), (0, 30), (3, 300), (1, 3000), (30, 3000), (299, 300), (5, 100000), (50, 50), (400, 8000)]
    exact = []
    for errors, trials in counts:
        bounds = binomtest(errors, trials).proportion_ci(0.95, "exact")
        exact.append({"errors": errors, "trials": trials, "low": bounds.low, "high": bounds.high})
    speakers, clips, replicates = 24, 3, 20000
    goat = rng.normal(0, 0.6, speakers)
    enrolled, probe, scores = [], [], []
    for a in range(speakers):
        for b in range(speakers):
            for _ in range(clips if a != b else 0):
                enrolled.append(a)
                probe.append(b)
                scores.append(float(np.round(goat[a] + goat[b] + rng.normal(0, 1), 4)))
    enrolled, probe, scores = np.array(enrolled), np.array(probe), np.array(scores)
    cases = []
    for threshold in (0.8, 2.0, 2.8):
        wrong, total = np.zeros((speakers, speakers)), np.zeros((speakers, speakers))
        np.add.at(wrong, (enrolled, probe), scores >= threshold)
        np.add.at(total, (enrolled, probe), 1)
        times = rng.multinomial(speakers, np.full(speakers, 1 / speakers), size=replicates).astype(float)
        rates = np.einsum("ri,ij,rj->r", times, wrong, times) / np.einsum("ri,ij,rj->r", times, total, times)
        low, high = np.percentile(rates, [2.5, 97.5])
        cases.append({"threshold": threshold, "rate": float((scores >= threshold).mean()), "low": low, "high": high})
    trials = {"enrolled": enrolled.tolist(), "probe": probe.tolist(), "scores": scores.tolist()}
    write("intervals", {"exact": exact, "speakers": speakers, "trials": trials, "bootstrap": cases})


def measures(rng):
    """Logistic regression on a score and three quality measures, by sklearn's Newton solver.

    Each class has half of the weight.
    """
    genuine, impostor = 120, 400
    n = genuine + impostor
    label = np.r_[np.ones(genuine), np.zeros(impostor)]
    shorter = np.round(np.exp(rng.uniform(0, 2.5, n)), 3)
    longer = np.round(shorter * np.exp(rng.uniform(0, 1.5, n)), 3)
    snr = np.round(rng.uniform(0, 40, n), 1)
    score = np.round(3.0 * label + (0.4 * np.log(shorter) + 0.02 * snr) * label + rng.normal(0, 1.3, n), 3)
    features = np.c_[score, np.log(shorter), np.log(longer), snr]
    mean, std = features.mean(0), features.std(0)
    model = LogisticRegression(C=1e6, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit((features - mean) / std, label, sample_weight=np.where(label == 1, 0.5 / genuine, 0.5 / impostor))
    weights = model.coef_[0] / std
    rows = np.c_[label, score, shorter, longer, snr].tolist()
    offset = float(model.intercept_[0] - weights @ mean)
    write("measures", {"trials": rows, "weights": weights.tolist(), "offset": offset})


if __name__ == "__main__":
    rng = np.random.default_rng(20260)
    norm(rng)
    metrics(rng)
    logistic(rng)
    intervals(np.random.default_rng(20261))
    measures(np.random.default_rng(20262))
    norm_cohorts(np.random.default_rng(20261125))
