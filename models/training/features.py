"""The front end of every Voiceroll network: Kaldi log-mel filter banks at int16 scale.

Matches Kaldi's compute-fbank-feats with --dither=0 --energy-floor=0 --num-mel-bins=80 --low-freq=20
--high-freq=7600 --window-type=povey --snip-edges=true on samples scaled by 32768. `lib/audio` computes the
same in TypeScript.
"""

from functools import lru_cache

import numpy as np
from scipy.fft import rfft

SAMPLE_RATE_HZ = 16_000
FRAME = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
FFT = 512
MELS = 80
LOW_HZ = 20
HIGH_HZ = 7600
PRE_EMPHASIS = 0.97
FLOOR = 1.1920929e-07  # float32 epsilon, under the logarithm


def log_mel(samples: np.ndarray) -> np.ndarray:
    """float [..., samples] in [-1, 1] -> float32 [..., 1 + (samples - 400) // 160, 80], log power."""
    scaled = samples.astype(np.float32) * np.float32(32768)
    frames = np.lib.stride_tricks.sliding_window_view(scaled, FRAME, axis=-1)[..., ::HOP, :]
    frames = frames - frames.mean(axis=-1, keepdims=True)
    # Kaldi lets the first sample stand in for the one before it.
    previous = np.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
    spectrum = rfft((frames - np.float32(PRE_EMPHASIS) * previous) * _povey(), n=FFT, axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(np.maximum(power[..., : FFT // 2] @ _mel_filters(), np.float32(FLOOR)))


def mean_normalise(features: np.ndarray) -> np.ndarray:
    """[..., frames, 80] -> the same, less each bin's mean over the frames: what the speaker network reads."""
    return features - features.mean(axis=-2, keepdims=True)


@lru_cache
def _povey() -> np.ndarray:
    """[400]: a symmetric Hann window to the power 0.85."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    return (hann**0.85).astype(np.float32)


@lru_cache
def _mel_filters() -> np.ndarray:
    """float32 [256, 80]: triangles on the mel axis, peak 1, edges spaced evenly in mel from 20 to 7600 Hz."""
    edges = np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), MELS + 2)
    bins = _mel(np.arange(FFT // 2) * SAMPLE_RATE_HZ / FFT)[:, None]
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.maximum(triangles, 0).astype(np.float32)


def _mel(hertz: float | np.ndarray) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hertz, dtype=np.float64) / 700)
