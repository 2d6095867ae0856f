"""Changes a voice into another voice: speed perturbation and formant shifts."""

from dataclasses import dataclass

import numpy as np
import soxr
from scipy.fft import irfft, rfft

from .audio import SAMPLE_RATE_HZ

FRAME = 512  # samples, 32 ms
HOP = 128
LIFTER = 32  # cepstral coefficients of the envelope: below the pitch period of a 500 Hz voice
MAX_GAIN = 3.0  # nats, 26 dB


@dataclass(frozen=True)
class VoiceChange:
    """speed    factor of pitch, formants and tempo, as on a tape
    formants  a further factor of the formants alone
    """

    speed: float = 1.0
    formants: float = 1.0

    def __str__(self) -> str:
        return str(self.speed) if self.formants == 1 else f"{self.speed}-formants-{self.formants}"

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """float [samples] -> [samples / speed]"""
        return change_speed(shift_formants(samples, self.formants), self.speed)


def change_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Multiplies pitch, formants and tempo by `speed`: [samples] -> [samples / speed]."""
    if speed == 1:
        return samples
    return soxr.resample(samples, SAMPLE_RATE_HZ * speed, SAMPLE_RATE_HZ, quality="LQ")


def shift_formants(samples: np.ndarray, factor: float) -> np.ndarray:
    """Multiplies the frequencies of the formants by `factor` and keeps pitch and tempo.

    Stretches the cepstrally smoothed spectral envelope of each frame along the frequency axis. The
    fine structure of the spectrum, which carries the pitch, stays in place.
    """
    if factor == 1:
        return samples
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    padded = np.pad(samples, (FRAME, FRAME + -len(samples) % HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP] * window
    spectrum = rfft(frames, axis=1)
    cepstrum = irfft(np.log(np.abs(spectrum) + 1e-5), axis=1)
    cepstrum[:, LIFTER + 1 : -LIFTER] = 0
    envelope = rfft(cepstrum, axis=1).real
    bins = np.arange(FRAME // 2 + 1)
    source = np.minimum(bins / factor, bins[-1])
    left = np.minimum(source.astype(int), bins[-1] - 1)
    share = (source - left).astype(np.float32)
    moved = (1 - share) * envelope[:, left] + share * envelope[:, left + 1]
    gain = np.exp(np.clip(moved - envelope, -MAX_GAIN, MAX_GAIN))
    changed = irfft(spectrum * gain, axis=1) * window
    result = np.zeros(len(padded), np.float32)
    for i in range(FRAME // HOP):
        # Frames with the same i don't overlap.
        own = changed[i :: FRAME // HOP].reshape(-1)
        result[i * HOP : i * HOP + len(own)] += own
    # Squared Hann windows at a quarter of the frame sum to FRAME / HOP / 2.
    return (result[FRAME : FRAME + len(samples)] * (2 * HOP / FRAME)).astype(samples.dtype)
