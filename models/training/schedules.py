"""How learning rate and margin change over a run. `done` is the share of it behind us, in [0, 1].

A run that is resumed goes on exactly where it was, for nothing but `done` is read.
"""

import math


def warm_up_cosine(done: float, peak: float, warm_up: float, floor: float = 0.01) -> float:
    """Linear up to `peak` at `warm_up`, then half a cosine down to `floor` times the peak."""
    if done < warm_up:
        return _rising(done, peak, warm_up)
    falling = (1 + math.cos(math.pi * _since(done, warm_up))) / 2
    return peak * (floor + (1 - floor) * falling)


def warm_up_exponential(done: float, peak: float, warm_up: float, floor: float = 0.01) -> float:
    """Linear up to `peak` at `warm_up`, then by an equal factor per step down to `floor` times the peak."""
    if done < warm_up:
        return _rising(done, peak, warm_up)
    return peak * floor ** _since(done, warm_up)


def constant_rate(done: float, peak: float, warm_up: float = 0.0) -> float:
    """Linear up to `peak` at `warm_up`, then level."""
    return _rising(done, peak, warm_up) if done < warm_up else peak


def constant_margin(done: float, full: float) -> float:
    """The same throughout."""
    return full


def linear_margin(done: float, full: float, start: float, end: float, first: float = 0.0) -> float:
    """`first` until `start`, then a straight line to `full` at `end`; a step where the two agree."""
    return first + (full - first) * _share(done, start, end)


def exponential_margin(done: float, full: float, start: float, end: float, first: float = 0.0) -> float:
    """`first` until `start`, then steep and levelling off until `full` at `end`.

    What is missing to `full` shrinks to a thousandth on the way, and the curve is stretched to arrive.
    """
    rest = 1e-3
    return first + (full - first) * (1 - rest ** _share(done, start, end)) / (1 - rest)


def _rising(done: float, peak: float, warm_up: float) -> float:
    """From a thousandth of the run on, so that the first step already learns."""
    return peak * min(1.0, (done + 1e-3) / warm_up)


def _since(done: float, warm_up: float) -> float:
    """[warm_up, 1] -> [0, 1]"""
    return (done - warm_up) / (1 - warm_up) if warm_up < 1 else 0.0


def _share(done: float, start: float, end: float) -> float:
    """0 until `start`, 1 from `end` on."""
    if done >= end:
        return 1.0
    return (done - start) / (end - start) if done > start else 0.0
