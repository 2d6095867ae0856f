"""Writes evaluation.json: the expected output of `voiceroll evaluate` for lists of scored trials.

The numbers come from independent implementations. EER and minDCF are from scikit-learn's ROC points.
minCllr is from its isotonic regression, as in BOSARIS: the posterior's odds over the list's own. Cllr is
of a line fitted by scipy. Each is also computed with a weight per trial, and the bootstrap over speakers
is written out in loops.

Needs numpy, scipy, scikit-learn. Run: python test/golden/score/make_evaluation.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_curve

HERE = Path(__file__).parent
PRIORS = (0.05, 0.01, 0.001)


def roc(scores, labels, weights):
    far, hit, thresholds = roc_curve(labels, scores, sample_weight=weights, drop_intermediate=False)
    return far, 1 - hit, thresholds


def eer(scores, labels, weights):
    far, frr, _ = roc(scores, labels, weights)
    k = int(np.argmax(far >= frr - 1e-12))
    t = np.interp(0, [far[k - 1] - frr[k - 1], far[k] - frr[k]], [0, 1])
    return far[k - 1] + t * (far[k] - far[k - 1])


def min_dcf(scores, labels, weights, prior):
    far, frr, _ = roc(scores, labels, weights)
    return (prior * frr + (1 - prior) * far).min() / min(prior, 1 - prior)


def cllr(llr, labels, weights):
    def mean(x, w):
        return (w * np.logaddexp(0, x)).sum() / w.sum() / np.log(2)

    genuine = labels == 1
    return 0.5 * (mean(-llr[genuine], weights[genuine]) + mean(llr[~genuine], weights[~genuine]))


def min_cllr(scores, labels, weights):
    keep = weights > 0
    scores, labels, weights = scores[keep], labels[keep], weights[keep]
    posterior = IsotonicRegression(y_min=0, y_max=1).fit_transform(scores, labels, sample_weight=weights)
    prior = weights[labels == 1].sum() / weights[labels == 0].sum()
    with np.errstate(divide="ignore"):
        llr = np.log(posterior) - np.log1p(-posterior) - np.log(prior)
    return cllr(llr, labels, weights)


def fitted(scores, labels):
    """Prior-weighted logistic regression with the ridge of lib/score/fit/logistic.ts."""
    mean, std = scores.mean(), scores.std()
    x = (scores - mean) / std
    sign = np.where(labels == 1, 1, -1)
    weight = np.where(labels == 1, 0.5 / (labels == 1).sum(), 0.5 / (labels == 0).sum())

    def loss(p):
        return (weight * np.logaddexp(0, -sign * (p[0] * x + p[1]))).sum() + 0.5e-6 * (p @ p)

    def gradient(p):
        wrong = -sign * weight / (1 + np.exp(sign * (p[0] * x + p[1])))
        return np.array([(wrong * x).sum(), wrong.sum()]) + 1e-6 * p

    best = minimize(loss, [1, 0], jac=gradient, method="BFGS", options={"gtol": 1e-11, "maxiter": 10000}).x
    return best[0] * x + best[1]


def rates(scores, labels, weights):
    return {
        "eer": float(eer(scores, labels, weights)),
        "minDcf": [float(min_dcf(scores, labels, weights, prior)) for prior in PRIORS],
        "minCllr": float(min_cllr(scores, labels, weights)),
    }


def trials(rng, speakers, clips, spread, digits):
    """Every pair of clips. A speaker's offset makes its trials fail together."""
    voice = rng.normal(size=(speakers, 3))
    clip = voice[:, None, :] + spread * rng.normal(size=(speakers, clips, 3))
    rows = []
    names = [(s, c) for s in range(speakers) for c in range(clips)]
    for i, (s, c) in enumerate(names):
        for t, d in names[i + 1 :]:
            score = round(float(3 - np.linalg.norm(clip[s, c] - clip[t, d])), digits)
            rows.append([int(s == t), s, c, t, d, score])
    return rows


def case(rng, speakers, clips, spread, digits):
    rows = trials(rng, speakers, clips, spread, digits)
    labels = np.array([row[0] for row in rows])
    scores = np.array([row[5] for row in rows])
    ones = np.ones(len(rows))
    drawn = []
    for _ in range(4):
        times = np.bincount(rng.integers(0, speakers, speakers), minlength=speakers)
        weights = np.array([times[s] if s == t else times[s] * times[t] for _, s, _, t, _, _ in rows], dtype=float)
        drawn.append({"times": times.tolist(), **rates(scores, labels, weights)})
    llr = fitted(scores, labels)
    return {
        "speakers": speakers,
        "trials": rows,
        **rates(scores, labels, ones),
        "cllrFitted": float(cllr(llr, labels, ones)),
        "drawn": drawn,
    }


if __name__ == "__main__":
    rng = np.random.default_rng(20261)
    cases = [case(rng, 8, 3, 0.5, 6), case(rng, 12, 3, 0.3, 1), case(rng, 6, 4, 1.0, 0)]
    (HERE / "evaluation.json").write_text(json.dumps(cases) + "\n")
