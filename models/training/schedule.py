"""How learning rate and margin change over a run. `done` is the share of the run behind us, in [0, 1]."""

import math


def learning_rate(done: float, peak: float, warm_up: float) -> float:
    """Linear up to `peak`, then half a cosine down to a hundredth of it."""
    if done < warm_up:
        return peak * (done + 1e-3) / warm_up
    falling = (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2
    return peak * (0.01 + 0.99 * falling)


def margin(done: float, full: float, start: float, end: float) -> float:
    """Zero until `start`, then a straight line to `full` at `end`."""
    return full * min(1.0, max(0.0, (done - start) / (end - start)))
