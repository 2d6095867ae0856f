"""Single augmentation effects. Waveforms are float32 [samples] in [-1, 1] at 16 kHz.

Functions that draw take the random generator first, so that a batch depends only on its number.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from scipy.fft import irfft, next_fast_len, rfft

SAMPLE_RATE_HZ = 16_000
MU = 255  # G.711


def mix(x: np.ndarray, other: np.ndarray, snr_db: float) -> np.ndarray:
    """Adds `other` at the given signal-to-noise ratio."""
    gain = np.sqrt((np.mean(x**2) + 1e-10) / (np.mean(other**2) + 1e-10)) * 10 ** (-snr_db / 20)
    return x + np.float32(gain) * other


def convolve(x: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Convolves linearly and truncates to the length of x."""
    size = next_fast_len(len(x) + len(response), real=True)
    return irfft(rfft(x, size) * rfft(response, size), size)[: len(x)]


def simulated_room(rng: Generator) -> np.ndarray:
    """Returns an impulse response: a direct path, then noise that decays by 60 dB within 0.08 to
    0.6 s.

    Polack's model.
    """
    decay_s = rng.uniform(0.08, 0.6)
    n = int(decay_s * SAMPLE_RATE_HZ)
    tail = rng.standard_normal(n, dtype=np.float32) * np.exp(-6.9 * np.arange(n, dtype=np.float32) / n)
    start = rng.integers(16, 160)  # the first reflection, 1 to 10 ms after the direct sound
    tail[:start] = 0
    direct_to_tail_db = rng.uniform(-3, 15)
    tail *= 10 ** (-direct_to_tail_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return tail


def filter_spectrum(x: np.ndarray, response: Callable) -> np.ndarray:
    """Multiplies the spectrum by `response(hertz)`, which is real and so adds no delay."""
    size = next_fast_len(len(x) + 512, real=True)
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ).astype(np.float32)
    return irfft(rfft(x, size) * response(hertz).astype(np.float32), size)[: len(x)]


def equalizer(rng: Generator, hertz: np.ndarray) -> np.ndarray:
    """Returns the gains of a random microphone at these frequencies.

    Gains of a few dB at seven knots, interpolated linearly in dB over log frequency.
    """
    knots = np.log([50, 150, 400, 1000, 2500, 5000, 8000])
    return 10 ** (np.interp(np.log(hertz + 1), knots, rng.normal(0, rng.uniform(1, 6), 7)) / 20)


def band(rng: Generator, hertz: np.ndarray) -> np.ndarray:
    """Returns the gains of a random telephone band, about 300 to 3400 Hz, with slopes of 200 Hz."""
    low, high = rng.uniform(50, 350), rng.uniform(3200, 3900)
    return np.clip((hertz - low) / 200 + 1, 0, 1) * np.clip((high - hertz) / 200 + 1, 0, 1)


def g711(x: np.ndarray) -> np.ndarray:
    """Encodes and decodes mu-law at 8 kHz. The input must already be band-limited below 4 kHz."""
    narrow = x[::2]
    code = np.rint(127 * np.sign(narrow) * np.log1p(MU * np.minimum(np.abs(narrow), 1)) / np.log1p(MU)) / 127
    wide = np.zeros_like(x)
    wide[::2] = 2 * np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU)) / MU
    return filter_spectrum(wide, lambda hertz: hertz < 3900)
