"""Speed perturbation, which turns a voice into another voice."""

import numpy as np
import soxr

from .audio import SAMPLE_RATE_HZ


def change_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Multiplies pitch, formants and tempo by `speed`: [samples] -> [samples / speed]."""
    if speed == 1:
        return samples
    return soxr.resample(samples, SAMPLE_RATE_HZ * speed, SAMPLE_RATE_HZ, quality="LQ")
