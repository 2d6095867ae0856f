"""Schedules of learning rate and margin. `done` is the completed share of the run, in [0, 1].

They depend on `done` alone, so that a resumed run continues exactly where it stopped.
"""

import math


def warm_up_cosine(done: float, peak: float, warm_up: float, floor: float = 0.01) -> float:
    """Rises linearly to `peak` at `warm_up`, then follows half a cosine down to `floor` times the
    peak.
    """
    if done < warm_up:
        return _rising(done, peak, warm_up)
    falling = (1 + math.cos(math.pi * _since(done, warm_up))) / 2
    return peak * (floor + (1 - floor) * falling)


def warm_up_exponential(done: float, peak: float, warm_up: float, floor: float = 0.01) -> float:
    """Rises linearly to `peak` at `warm_up`, then falls exponentially to `floor` times the peak."""
    if done < warm_up:
        return _rising(done, peak, warm_up)
    return peak * floor ** _since(done, warm_up)


def constant_rate(done: float, peak: float, warm_up: float = 0.0) -> float:
    """Rises linearly to `peak` at `warm_up`, then stays constant."""
    return _rising(done, peak, warm_up) if done < warm_up else peak


def constant_margin(done: float, full: float) -> float:
    """Returns `full` throughout."""
    return full


def linear_margin(done: float, full: float, start: float, end: float, first: float = 0.0) -> float:
    """Stays at `first` until `start`, then rises linearly to `full` at `end`. Steps if the two are
    equal.
    """
    return first + (full - first) * _share(done, start, end)


def exponential_margin(done: float, full: float, start: float, end: float, first: float = 0.0) -> float:
    """Stays at `first` until `start`, then approaches `full` exponentially and reaches it at `end`.

    The remaining difference shrinks to a thousandth, and the curve is scaled to end at `full`.
    """
    rest = 1e-3
    return first + (full - first) * (1 - rest ** _share(done, start, end)) / (1 - rest)


def _rising(done: float, peak: float, warm_up: float) -> float:
    """Starts a thousandth of the run ahead, so that the first step has a rate above zero."""
    return peak * min(1.0, (done + 1e-3) / warm_up)


def _since(done: float, warm_up: float) -> float:
    """[warm_up, 1] -> [0, 1]"""
    return (done - warm_up) / (1 - warm_up) if warm_up < 1 else 0.0


def _share(done: float, start: float, end: float) -> float:
    """Returns 0 until `start`, 1 from `end` on, and a linear ramp between."""
    if done >= end:
        return 1.0
    return (done - start) / (end - start) if done > start else 0.0
