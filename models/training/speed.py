"""Speed perturbation: a voice played faster or slower is another voice."""

import numpy as np
import soxr

from .audio import SAMPLE_RATE_HZ


def change_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Pitch, formants and tempo times `speed`, as a tape would: [samples] -> [samples / speed]."""
    if speed == 1:
        return samples
    return soxr.resample(samples, SAMPLE_RATE_HZ * speed, SAMPLE_RATE_HZ, quality="LQ")
