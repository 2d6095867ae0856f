"""Front ends of teacher encoders: float [samples] in [-1, 1] at 16 kHz -> the encoder's input.

A recipe names one for each encoder under `[[teacher.encoders]]`. To use an encoder with other
features, write a function of this shape in a module of your own and name it.
"""

import numpy as np

from .features import log_mel, mean_normalize


def kaldi_filterbank(samples: np.ndarray, high_hz: float = 8000, sample_scale: float = 1) -> np.ndarray:
    """Returns float32 [1, frames, 80], log power minus its mean over the frames.

    The lowest filter starts at 20 Hz.
    """
    return mean_normalize(log_mel(samples, high_hz, sample_scale))[None]
