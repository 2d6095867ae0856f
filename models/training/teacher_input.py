"""Front ends of the two teacher encoders. Waveforms are float [samples] in [-1, 1] at 16 kHz."""

from functools import lru_cache

import numpy as np
import soxr

GE2E_FRAMES = 160
GE2E_STEP = 77  # frames: 1.3 windows a second
GE2E_MIN_COVERAGE = 0.75
GE2E_MIN_DBFS = -30
HOP = 160


def ge2e_windows(samples: np.ndarray) -> np.ndarray:
    """-> float32 [windows, 160, 40], mel power. Wan et al. 2018, doi:10.1109/ICASSP.2018.8462665."""
    level = np.sqrt(np.mean(samples**2)) + 1e-9
    samples = samples * max(1, 10 ** (GE2E_MIN_DBFS / 20) / level)
    starts = [0]
    while len(samples) - (starts[-1] + GE2E_STEP) * HOP >= GE2E_MIN_COVERAGE * GE2E_FRAMES * HOP:
        starts.append(starts[-1] + GE2E_STEP)
    end = (starts[-1] + GE2E_FRAMES) * HOP
    padded = np.pad(samples, (200, 200 + max(0, end - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::HOP]
    power = np.abs(np.fft.rfft(frames * _hann(400), axis=1)) ** 2
    mels = (power @ _slaney_filters()).astype(np.float32)
    return np.stack([mels[s : s + GE2E_FRAMES] for s in starts])


def openvoice_spectrogram(samples: np.ndarray) -> np.ndarray:
    """-> float32 [1, frames, 513], magnitude at 22.05 kHz."""
    resampled = soxr.resample(samples, 16_000, 22_050)
    padded = np.pad(resampled, 384, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::256]
    spectrum = np.fft.rfft(frames * _hann(1024), axis=1)
    return np.sqrt(np.abs(spectrum) ** 2 + 1e-6).astype(np.float32)[None]


@lru_cache
def _hann(length: int) -> np.ndarray:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


@lru_cache
def _slaney_filters() -> np.ndarray:
    """[201, 40]: triangles on the Slaney mel scale, each of unit area in hertz."""
    top = 15 + 27 * np.log(8000 / 1000) / np.log(6.4)
    mels = np.linspace(0, top, 42)
    hertz = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins = np.arange(201)[:, None] * 40.0
    low, centre, high = hertz[:-2], hertz[1:-1], hertz[2:]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return (np.maximum(triangles, 0) * 2 / (high - low)).astype(np.float32)
