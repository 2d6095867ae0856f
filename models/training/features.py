"""Computes the features of every Voiceroll network: Kaldi log-mel filter banks at int16 scale.

Matches Kaldi's compute-fbank-feats with --dither=0 --energy-floor=0 --num-mel-bins=80 --low-freq=20
--high-freq=7600 --window-type=povey --snip-edges=true on samples scaled by 32768. `lib/audio`
computes the same features in TypeScript.
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
SAMPLE_SCALE = 32768
PRE_EMPHASIS = 0.97
FLOOR = 1.1920929e-07  # float32 epsilon, the minimum power before the logarithm


def log_mel(samples: np.ndarray, high_hz: float = HIGH_HZ, sample_scale: float = SAMPLE_SCALE) -> np.ndarray:
    """float [..., samples] in [-1, 1] -> float32 [..., 1 + (samples - 400) // 160, 80], log power.

    Teacher encoders may need another upper edge or sample scale. After mean normalization, the
    scale matters only in near-silent frames, where the floor applies.
    """
    scaled = samples.astype(np.float32) * np.float32(sample_scale)
    frames = np.lib.stride_tricks.sliding_window_view(scaled, FRAME, axis=-1)[..., ::HOP, :]
    frames = frames - frames.mean(axis=-1, keepdims=True)
    # Kaldi uses the first sample of a frame as its own predecessor.
    previous = np.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
    spectrum = rfft((frames - np.float32(PRE_EMPHASIS) * previous) * _povey(), n=FFT, axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(np.maximum(power[..., : FFT // 2] @ _mel_filters(high_hz), np.float32(FLOOR)))


def mean_normalize(features: np.ndarray) -> np.ndarray:
    """[..., frames, 80] -> the same shape: subtracts each bin's mean over the frames.

    Speaker networks take these features.
    """
    return features - features.mean(axis=-2, keepdims=True)


@lru_cache
def _povey() -> np.ndarray:
    """Returns [400], a symmetric Hann window raised to the power 0.85."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    return (hann**0.85).astype(np.float32)


@lru_cache
def _mel_filters(high_hz: float) -> np.ndarray:
    """Returns float32 [256, 80], triangles with peak 1, evenly spaced in mel from 20 Hz to
    `high_hz`.
    """
    edges = np.linspace(_mel(LOW_HZ), _mel(high_hz), MELS + 2)
    bins = _mel(np.arange(FFT // 2) * SAMPLE_RATE_HZ / FFT)[:, None]
    low, center, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - low) / (center - low), (high - bins) / (high - center))
    return np.maximum(triangles, 0).astype(np.float32)


def _mel(hertz: float | np.ndarray) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hertz, dtype=np.float64) / 700)
