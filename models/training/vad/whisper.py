"""Turns speech into something like a whisper: the same resonances, noise instead of a voice."""

import numpy as np
from numpy.random import Generator
from scipy.fft import irfft, rfft

SAMPLE_RATE_HZ = 16_000
FRAME = 512  # 32 ms, with half overlap
LIFTER = 28  # cepstral coefficients that are kept, 1.75 ms: less than a pitch period
BREATH_HZ = 700  # a whisper is weak below the first resonance


def whisper(rng: Generator, x: np.ndarray) -> np.ndarray:
    """float32 [samples] at 16 kHz -> the same shape and about the same level.

    Every frame's spectral envelope, smoothed by cepstral liftering (Oppenheim and Schafer), shapes
    white noise. Real whispers also have other resonances and less of a difference in level between
    vowels and consonants, which this doesn't imitate.
    """
    hop = FRAME // 2
    window = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME).astype(np.float32)
    padded = np.pad(x, (hop, hop + -len(x) % hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::hop] * window
    cepstrum = irfft(np.log(np.abs(rfft(frames, axis=1)) + 1e-6), axis=1)
    cepstrum[:, LIFTER:-LIFTER] = 0
    envelope = np.exp(rfft(cepstrum, axis=1).real)
    hertz = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE_HZ)
    envelope *= np.clip(hertz / BREATH_HZ, 0.1, 1)
    noise = rng.standard_normal(len(padded), dtype=np.float32)
    excited = rfft(np.lib.stride_tricks.sliding_window_view(noise, FRAME)[::hop] * window, axis=1)
    shaped = irfft(excited * envelope, axis=1) * window
    y = (shaped[:-1, hop:] + shaped[1:, :hop]).reshape(-1)[: len(x)]
    return (y * np.sqrt((np.mean(x**2) + 1e-12) / (np.mean(y**2) + 1e-12))).astype(np.float32)
