"""Makes diarization.json: what independent implementations return for the same input.

    python3 -m venv venv && venv/bin/pip install numpy scipy pyannote.metrics
    venv/bin/python test/golden/diarize/make.py

scipy 1.17.1 (average linkage), pyannote.metrics 4.2.0 (error rates), and the equations of Landini
et al. 2022 in NumPy, with the whole transition matrix and logarithms throughout.
"""

import sys
from pathlib import Path

import numpy as np
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.special import logsumexp

sys.path.append(str(Path(__file__).parents[1] / "score"))
from wrapped_json import wrapped

random = np.random.default_rng(7)


def rounded(values, digits=9):
    return np.round(np.asarray(values, dtype=float), digits).tolist()


def clustering():
    centers = random.normal(size=(5, 6))
    rows = centers[random.integers(5, size=40)] + 0.5 * random.normal(size=(40, 6))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    tree = linkage(rows.astype(float), method="average", metric="cosine")
    labels = {str(least): fcluster(tree, 1 - least, criterion="distance").tolist() for least in (0.2, 0.5, 0.8)}
    return {"rows": rows.tolist(), "labels": labels}


def hidden_markov():
    dimension, speakers, count = 4, 3, 30
    between = np.array([9.0, 4.0, 2.0, 0.5])
    means = random.normal(size=(2, dimension)) * np.sqrt(between)
    who = np.repeat([0, 1, 0, 1, 0], 6)
    windows = (means[who] + random.normal(size=(count, dimension))).astype(np.float32).astype(float)
    initial = random.dirichlet(np.ones(speakers), size=count)
    settings = {"evidence": 0.4, "regularization": 3.0, "loop": 0.7}
    posteriors, shares = vb_hmm(windows, between, initial, **settings)
    return {
        "windows": windows.tolist(),
        "between": between.tolist(),
        "initial": initial.tolist(),
        "settings": settings,
        "posteriors": rounded(posteriors),
        "shares": rounded(shares),
    }


def vb_hmm(x, phi, gamma, evidence, regularization, loop, iterations=40, rise=1e-4):
    speakers = gamma.shape[1]
    pi = np.full(speakers, 1 / speakers)
    g = -0.5 * (np.sum(x**2, axis=1, keepdims=True) + x.shape[1] * np.log(2 * np.pi))
    rho = x * np.sqrt(phi)
    last = -np.inf
    for _ in range(iterations):
        ratio = evidence / regularization
        inverse = 1 / (1 + ratio * gamma.sum(axis=0, keepdims=True).T * phi)
        alpha = ratio * inverse * (gamma.T @ rho)
        log_p = evidence * (rho @ alpha.T - 0.5 * (inverse + alpha**2) @ phi + g)
        transitions = np.log(np.eye(speakers) * loop + (1 - loop) * pi)
        forward = np.zeros_like(log_p)
        backward = np.zeros_like(log_p)
        forward[0] = log_p[0] + np.log(pi)
        for t in range(1, len(x)):
            forward[t] = log_p[t] + logsumexp(forward[t - 1][:, None] + transitions, axis=0)
        for t in range(len(x) - 2, -1, -1):
            backward[t] = logsumexp(transitions + (log_p[t + 1] + backward[t + 1])[None], axis=1)
        total = logsumexp(forward[-1])
        gamma = np.exp(forward + backward - total)
        bound = total + regularization * 0.5 * np.sum(np.log(inverse) - inverse - alpha**2 + 1)
        drawn = logsumexp(forward[:-1], axis=1)[:, None] + np.log((1 - loop) * pi) + log_p[1:] + backward[1:]
        pi = gamma[0] + np.exp(drawn - total).sum(axis=0)
        pi = pi / pi.sum()
        if bound - last < rise * abs(bound):
            break
        last = bound
    return gamma, pi


def error_rates():
    cases = []
    for number in range(6):
        reference = conversation(2 + number % 3)
        system = disturbed(reference, names=2 + (number + 1) % 3)
        case = {"reference": reference, "system": system, "collars": {}}
        for collar in (0, 0.25):
            case["collars"][str(collar)] = measured(reference, system, collar)
        cases.append(case)
    return cases


def conversation(people):
    turns, at = [], 0
    for _ in range(12):
        length = int(random.integers(80, 600))
        turns.append({"speaker": f"p{random.integers(people)}", "start": at / 100, "end": (at + length) / 100})
        at += length + int(random.integers(-100, 150))
        at = max(at, 0)
    return joined(turns)


def disturbed(turns, names):
    return joined([
        {
            "speaker": f"s{random.integers(names)}" if random.random() < 0.3 else "s" + turn["speaker"][1:],
            "start": max(0, round(turn["start"] + random.integers(-40, 40) / 100, 2)),
            "end": round(turn["end"] + random.integers(-30, 60) / 100, 2),
        }
        for turn in turns
        if random.random() > 0.1
    ])


def joined(turns):
    """One speaker's turns don't overlap: pyannote counts such speech twice."""
    result = []
    for turn in sorted(turns, key=lambda turn: (turn["speaker"], turn["start"])):
        if result and result[-1]["speaker"] == turn["speaker"] and turn["start"] <= result[-1]["end"]:
            result[-1]["end"] = max(result[-1]["end"], turn["end"])
        else:
            result.append(dict(turn))
    return result


def annotation(turns):
    made = Annotation()
    for i, turn in enumerate(turns):
        made[Segment(turn["start"], turn["end"]), i] = turn["speaker"]
    return made


def measured(reference, system, collar):
    everything = Timeline([Segment(0, max(turn["end"] for turn in reference + system) + 1)])
    # pyannote's collar is the whole width around a boundary.
    rates = DiarizationErrorRate(collar=2 * collar)
    found = rates(annotation(reference), annotation(system), uem=everything, detailed=True)
    jer = JaccardErrorRate(collar=2 * collar)(annotation(reference), annotation(system), uem=everything)
    return {
        "total": round(found["total"], 6),
        "missed": round(found["missed detection"], 6),
        "false": round(found["false alarm"], 6),
        "confused": round(found["confusion"], 6),
        "jer": round(jer, 6),
    }


content = {"clustering": clustering(), "hiddenMarkov": hidden_markov(), "errorRates": error_rates()}
Path(__file__).with_name("diarization.json").write_text(wrapped(content))
