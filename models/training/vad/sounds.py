"""Synthesizes sounds that are neither speech nor music, as float32 [samples] at 16 kHz."""

import numpy as np
from numpy.random import Generator
from scipy.fft import irfft, rfft

from .music import syllable_envelope

SAMPLE_RATE_HZ = 16_000
KEYPAD_HZ = ((697, 770, 852, 941), (1209, 1336, 1477, 1633))
LINE_TONES_HZ = ((350, 440), (480, 620), (440, 480), (425,), (400, 450))  # dial, busy and ringing tones


def sound(rng: Generator, seconds: float) -> np.ndarray:
    """Returns one of KINDS, or two mixed. The peak is at most 1."""
    n = int(seconds * SAMPLE_RATE_HZ)
    x = KINDS[rng.integers(len(KINDS))](rng, n)
    if rng.random() < 0.25:
        x = x + rng.uniform(0.02, 0.5) * KINDS[rng.integers(len(KINDS))](rng, n)
    return (x / (np.abs(x).max() + 1e-6)).astype(np.float32)


def colored(rng: Generator, n: int) -> np.ndarray:
    """Returns noise with a random spectral slope (white, pink, brown), sometimes band-limited."""
    spectrum = rfft(rng.standard_normal(n, dtype=np.float32))
    hertz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE_HZ) + 10
    shape = hertz ** -rng.choice([0.0, 0.5, 1.0, rng.uniform(-0.5, 1.5)])
    if rng.random() < 0.4:
        center, width = np.exp(rng.uniform(np.log(100), np.log(6000))), rng.uniform(0.1, 1)
        shape = shape * np.exp(-((np.log(hertz / center) / width) ** 2))
    x = irfft(spectrum * shape.astype(np.float32), n)
    return x / np.abs(x).max()


def modulated(rng: Generator, n: int) -> np.ndarray:
    return colored(rng, n) * syllable_envelope(rng, n)


def bursts(rng: Generator, n: int) -> np.ndarray:
    """Returns noise with a random envelope, like wind, handling noise or traffic."""
    knots = rng.uniform(0, 1, 2 + int(n / SAMPLE_RATE_HZ * rng.uniform(0.5, 8))) ** rng.uniform(1, 4)
    return colored(rng, n) * np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)


def tones(rng: Generator, n: int) -> np.ndarray:
    """Returns one to four steady sine, square or sawtooth tones."""
    time = np.arange(n) / SAMPLE_RATE_HZ
    x = np.zeros(n)
    shape = rng.integers(3)
    for _ in range(rng.integers(1, 5)):
        phase = np.exp(rng.uniform(np.log(80), np.log(4000))) * time + rng.uniform()
        x += (np.sin(2 * np.pi * phase), np.sign(np.sin(2 * np.pi * phase)), 2 * (phase % 1) - 1)[shape]
    return x * syllable_envelope(rng, n) if rng.random() < 0.3 else x


def sweep(rng: Generator, n: int) -> np.ndarray:
    """Returns a siren or chirp: a tone, with or without harmonics, with a moving pitch."""
    low, high = np.sort(np.exp(rng.uniform(np.log(100), np.log(5000), 2)))
    turns = np.arange(n) / SAMPLE_RATE_HZ * rng.uniform(0.05, 3)
    position = np.abs((turns % 1) * 2 - 1) if rng.random() < 0.5 else turns % 1
    phase = 2 * np.pi * np.cumsum(low * (high / low) ** position) / SAMPLE_RATE_HZ
    return sum(np.sin(k * phase) / k for k in range(1, 1 + rng.choice([1, 4]))) * (
        1.0 if high < 1800 else 0.7
    )


def keypad(rng: Generator, n: int) -> np.ndarray:
    x = np.zeros(n)
    length = int(rng.uniform(0.06, 0.4) * SAMPLE_RATE_HZ)
    time = np.arange(length) / SAMPLE_RATE_HZ
    for start in range(0, n - length, int(length * rng.uniform(1.2, 3))):
        x[start : start + length] = sum(np.sin(2 * np.pi * rng.choice(hertz) * time) for hertz in KEYPAD_HZ)
    return x


def line_tone(rng: Generator, n: int) -> np.ndarray:
    time = np.arange(n) / SAMPLE_RATE_HZ
    x = sum(np.sin(2 * np.pi * hertz * time) for hertz in LINE_TONES_HZ[rng.integers(len(LINE_TONES_HZ))])
    period = rng.choice([0.0, 0.5, 1.0, 4.0])
    return x * (time % period < period / 2) if period else x


def hum(rng: Generator, n: int) -> np.ndarray:
    time = np.arange(n) / SAMPLE_RATE_HZ
    base = rng.choice([50, 60]) * rng.uniform(0.99, 1.01)
    return sum(rng.uniform(0, 1) / k**0.5 * np.sin(2 * np.pi * k * base * time) for k in range(1, 20))


def clicks(rng: Generator, n: int) -> np.ndarray:
    """Returns short ringing knocks, regular or not, over weak noise."""
    x = 0.001 * rng.standard_normal(n)
    time = np.arange(1600) / SAMPLE_RATE_HZ
    ring, decay = np.exp(rng.uniform(np.log(150), np.log(5000))), rng.uniform(30, 600)
    gap = rng.uniform(0.04, 1)
    at = 0.0
    while (start := int(at * SAMPLE_RATE_HZ)) < n - len(time):
        x[start : start + len(time)] += (
            rng.uniform(0.3, 1) * np.sin(2 * np.pi * ring * time) * np.exp(-decay * time)
        )
        at += gap * rng.uniform(0.7, 1.3)
    return x


def coughs(rng: Generator, n: int) -> np.ndarray:
    """Returns coughs: a burst of noise through a throat's resonances, then a weaker one.

    Some end in a short voiced part whose pitch falls, as real coughs do.
    """
    x = 1e-4 * rng.standard_normal(n)
    at = rng.uniform(0, 0.5)
    throat = rng.uniform((350, 900, 2000), (900, 1800, 3500))
    while (start := int(at * SAMPLE_RATE_HZ)) < n:
        one = cough(rng, throat)[: n - start]
        x[start : start + len(one)] += rng.uniform(0.3, 1) * one
        at += rng.choice([rng.uniform(0.25, 0.6), rng.uniform(0.8, 3)])
    return x


def cough(rng: Generator, throat: np.ndarray) -> np.ndarray:
    length = int(rng.uniform(0.12, 0.45) * SAMPLE_RATE_HZ)
    time = np.arange(length) / SAMPLE_RATE_HZ
    second = rng.uniform(0.08, 0.3)
    burst = np.exp(-time * rng.uniform(10, 40)) + rng.uniform(0, 0.6) * (time > second) * np.exp(
        -np.abs(time - second) * rng.uniform(10, 40)
    )
    x = rng.standard_normal(length) * burst
    if rng.random() < 0.4:
        phase = 2 * np.pi * np.cumsum(rng.uniform(120, 350) * np.exp(-time * rng.uniform(0, 2)))
        buzz = np.sign(np.sin(phase / SAMPLE_RATE_HZ)) * (time > second)
        x += rng.uniform(0.1, 0.8) * buzz * np.exp(-np.abs(time - second) * 12)
    spectrum, hertz = rfft(x), np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    peaks = sum(np.exp(-(((hertz - f) / rng.uniform(80, 350)) ** 2)) for f in throat)
    return irfft(spectrum * (rng.uniform(0.05, 0.4) + peaks), length) * np.minimum(1, time / 0.004)


def bell(rng: Generator, n: int) -> np.ndarray:
    """Returns a telephone that rings: two tones in turn, or together with a beat, with pauses."""
    time = np.arange(n) / SAMPLE_RATE_HZ
    low = np.exp(rng.uniform(np.log(300), np.log(2500)))
    high, turns = low * rng.uniform(1.1, 1.6), rng.uniform(8, 30)
    high_now = (time * turns) % 1 < 0.5
    phase = 2 * np.pi * np.cumsum(np.where(high_now, high, low)) / SAMPLE_RATE_HZ
    x = sum(np.sin(k * phase) / k ** rng.uniform(1, 2) for k in range(1, 1 + rng.choice([1, 3, 6])))
    period = rng.uniform(1, 5)
    return x * (time % period < period * rng.uniform(0.2, 0.8))


def near_silence(rng: Generator, n: int) -> np.ndarray:
    """Returns digital silence with a few samples of one bit."""
    return (rng.random(n) < rng.choice([0.0, 1e-4, 0.01])) * 1.0


KINDS = (
    colored,
    colored,
    modulated,
    bursts,
    tones,
    tones,
    sweep,
    keypad,
    line_tone,
    hum,
    clicks,
    coughs,
    coughs,
    bell,
    near_silence,
)
