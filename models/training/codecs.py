"""Codec and packet-loss effects: telephone, internet calls and compressed files.

Every function takes (rng, x), with x float32 [samples] at 16 kHz in [-1, 1], and returns the same
shape without delay. The same generator state gives the same result.
"""

import io

import numpy as np
import soundfile
from numpy.random import Generator
from scipy.fft import irfft, rfft

from .effects import SAMPLE_RATE_HZ, filter_spectrum

A = 87.6  # G.711
NARROW_HZ = 3900  # below 4 kHz, the Nyquist frequency at 8 kHz
FRAME = 256  # 32 ms at 8 kHz, with half overlap
ORDER = 10  # of the linear prediction, as in GSM and AMR at 8 kHz
PACKET = 320  # 20 ms
MIN_LAG, MAX_LAG = 40, 256  # 400 Hz and 62 Hz
FADE_IN = 80  # 5 ms
MP3_DELAY = 1105  # samples; libsndfile keeps them if a frame is too small for the LAME tag


def a_law(_: Generator, x: np.ndarray) -> np.ndarray:
    """Encodes and decodes A-law at 8 kHz (ITU-T G.711). Removes everything above 3.9 kHz."""
    narrow = np.clip(_narrow(x), -1, 1)
    size = np.abs(narrow)
    steep = (1 + np.log(np.maximum(A * size, 1))) / (1 + np.log(A))
    code = np.rint(127 * np.where(size < 1 / A, A * size / (1 + np.log(A)), steep)) / 127
    straight = code * (1 + np.log(A)) / A
    decoded = np.where(code < 1 / (1 + np.log(A)), straight, np.exp(code * (1 + np.log(A)) - 1) / A)
    return _wide(np.sign(narrow) * decoded, len(x))


def low_bit_rate(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Approximates GSM or a low AMR mode: a coarse envelope and a coarser residual below 3.9 kHz.

    Splits frames into a linear-prediction envelope with rounded log-area ratios, a gain in steps of
    2 dB, and a whitened spectrum rounded to few levels. As in those codecs, the error follows the
    envelope. Long-term prediction is not modeled, and no bit stream is written.
    """
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    hop = FRAME // 2
    narrow = _narrow(x)
    padded = np.pad(narrow, (hop, hop + -len(narrow) % hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::hop] * window
    spectrum = rfft(frames, axis=1)
    envelope = coarse_envelope(spectrum, step=rng.uniform(0.1, 0.5))
    white = spectrum / envelope
    gain = np.sqrt(np.mean(np.abs(white) ** 2, axis=1, keepdims=True)) + 1e-9
    gain = 10 ** (np.rint(10 * np.log10(gain)) / 10)
    step = rng.uniform(0.5, 1.3)
    parts = np.stack([white.real, white.imag]) / (gain * step)
    # Fill empty bins with weak noise, because they would chirp otherwise.
    noise = 0.25 * rng.standard_normal(parts.shape, np.float32)
    filled = np.where(np.abs(parts) < 0.5, noise, np.rint(parts))
    coded = irfft((filled[0] + 1j * filled[1]) * gain * step * envelope, axis=1) * window
    # Neighboring frames overlap by half. The squared windows sum to one.
    joined = (coded[:-1, hop:] + coded[1:, :hop]).reshape(-1)
    return _wide(joined[: len(narrow)], len(x))


def coarse_envelope(spectrum: np.ndarray, step: float) -> np.ndarray:
    """[frames, bins] -> [frames, bins] > 0: all-pole envelope with log-area ratios rounded to
    `step`.
    """
    correlation = irfft(np.abs(spectrum) ** 2, axis=1)[:, : ORDER + 1] + 1e-9 * (np.arange(ORDER + 1) == 0)
    correlation[:, 0] *= 1.0001
    error, exact, coarse = correlation[:, 0].copy(), np.zeros_like(correlation), np.zeros_like(correlation)
    exact[:, 0] = coarse[:, 0] = 1
    for i in range(ORDER):  # Levinson-Durbin
        reflection = -np.sum(exact[:, : i + 1] * correlation[:, i + 1 : 0 : -1], axis=1) / error
        ratio = np.arctanh(np.clip(reflection, -0.999, 0.999))
        for taps, k in ((exact, reflection), (coarse, np.tanh(step * np.rint(ratio / step)))):
            taps[:, 1 : i + 2] += k[:, None] * taps[:, i::-1][:, : i + 1]
        error *= np.maximum(1 - reflection**2, 1e-6)
    return 1 / (np.abs(rfft(coarse, n=FRAME, axis=1)) + 1e-6)


def opus_round_trip(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Encodes and decodes Opus at 10 to 32 kbit/s with libsndfile.

    Takes 25 to 45 ms for 2 s, more than all other effects together.
    """
    # libsndfile maps compression level 0 to 256 kbit/s and level 1 to 6 kbit/s.
    return file_round_trip(x, "OGG", "OPUS", compression_level=1 - rng.uniform(4, 26) / 250)


def mp3_round_trip(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Encodes and decodes MP3 at a constant 16 to 64 kbit/s with libsndfile.

    About 10 ms for 2 s.
    """
    level = 1 - rng.uniform(8, 56) / 152  # level 0 is 160 kbit/s, level 1 is 8 kbit/s
    return file_round_trip(x, "MP3", "MPEG_LAYER_III", compression_level=level, bitrate_mode="CONSTANT")


def packet_loss(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Drops 2 to 15 % of 20 ms packets, in bursts, and conceals the gaps.

    Bursts follow Gilbert 1960, doi:10.1002/j.1538-7305.1960.tb03959.x. One time in four the gaps
    stay silent. Otherwise concealment repeats and fades the last pitch period, as in ITU-T G.711
    Appendix I.
    """
    share, burst = rng.uniform(0.02, 0.15), rng.uniform(1, 3)  # packets
    start = share / (1 - share) / burst  # probability that a burst begins after a received packet
    silent, lost, y = rng.random() < 0.25, False, x.copy()
    gone = 0  # samples since the last received packet
    for at in range(2 * MAX_LAG, len(x), PACKET):
        lost = rng.random() < (1 - 1 / burst if lost else start)
        here = slice(at, at + PACKET)
        if not lost and not gone:
            continue
        if silent:
            y[here] *= not lost
        elif lost:
            y[here] = _conceal(y[:at], len(y[here]), fade_from=gone)
        else:
            entry = slice(at, at + FADE_IN)
            rise = np.linspace(0, 1, len(y[entry]), dtype=np.float32)
            y[entry] = rise * y[entry] + (1 - rise) * _conceal(y[:at], len(rise), fade_from=gone)
        gone = gone + PACKET if lost else 0
    return y


def _conceal(past: np.ndarray, samples: int, fade_from: int) -> np.ndarray:
    """Repeats the last pitch period of `past`. Fades to silence within 60 ms of the gap's start."""
    tail = past[-MAX_LAG:]
    lags = np.lib.stride_tricks.sliding_window_view(past[-2 * MAX_LAG : -MIN_LAG], MAX_LAG)
    likeness = lags @ tail / np.sqrt(np.sum(lags**2, axis=1) + 1e-6)
    lag = MAX_LAG - int(np.argmax(likeness))
    fade = np.clip(1 - (fade_from + np.arange(samples)) / (3 * PACKET), 0, 1)
    return np.resize(past[-lag:], samples) * fade.astype(np.float32)


def file_round_trip(x: np.ndarray, file_format: str, subtype: str, **settings) -> np.ndarray:
    file = io.BytesIO()
    soundfile.write(file, np.clip(x, -1, 1), SAMPLE_RATE_HZ, format=file_format, subtype=subtype, **settings)
    file.seek(0)
    y, _ = soundfile.read(file, dtype="float32")
    if len(y) > len(x):
        y = y[MP3_DELAY:]
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


def _narrow(x: np.ndarray) -> np.ndarray:
    """16 kHz -> 8 kHz"""
    return filter_spectrum(x, lambda hertz: hertz < NARROW_HZ)[::2]


def _wide(narrow: np.ndarray, samples: int) -> np.ndarray:
    """8 kHz -> 16 kHz"""
    wide = np.zeros(samples, dtype=np.float32)
    wide[::2] = 2 * narrow
    return filter_spectrum(wide, lambda hertz: hertz < NARROW_HZ)
