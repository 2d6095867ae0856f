"""Synthesizes music without a voice: melodies, chords, bass and drums on random instruments.

Returns float32 [samples] at 16 kHz. Each clip has a random tempo, key, instruments and room. Some
are modulated at the rate of syllables, so that the network doesn't take rhythm alone for speech.
"""

import numpy as np
from numpy.random import Generator

from ..augment import convolve, simulated_room

SAMPLE_RATE_HZ = 16_000
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10))


def music(rng: Generator, seconds: float) -> np.ndarray:
    """Returns a random piece of music. The peak is at most 1."""
    n = int(seconds * SAMPLE_RATE_HZ)
    beat = 60 / rng.uniform(60, 180)
    tonic = rng.uniform(33, 45)  # MIDI
    scale = np.array(SCALES[rng.integers(len(SCALES))])
    parts = [part for part in (melody, chords, bass, drums) if rng.random() < 0.6]
    x = np.zeros(n, dtype=np.float32)
    for part in parts or [melody]:
        x += np.float32(rng.uniform(0.3, 1)) * part(rng, n, beat, tonic, scale)
    if rng.random() < 0.6:
        x = convolve(x, simulated_room(rng))
    if rng.random() < 0.25:
        x *= syllable_envelope(rng, n)
    return (x / (np.abs(x).max() + 1e-6)).astype(np.float32)


def syllable_envelope(rng: Generator, n: int) -> np.ndarray:
    """Returns gains [n] in [0, 1] that rise and fall about four times a second."""
    phase = 2 * np.pi * np.cumsum(np.full(n, rng.uniform(2.5, 6) / SAMPLE_RATE_HZ))
    depth = rng.uniform(0.5, 1)
    return (1 - depth * (0.5 + 0.5 * np.sin(phase)) ** rng.uniform(0.5, 2)).astype(np.float32)


def instrument(rng: Generator) -> dict:
    return {
        "slope": rng.uniform(0.5, 2.5),  # harmonic k has amplitude k ** -slope
        "even": rng.choice([1.0, rng.uniform(0, 0.5)]),  # a clarinet lacks even harmonics
        "attack": rng.choice([0.005, rng.uniform(0.01, 0.15)]),
        "decay": rng.choice([0.0, rng.uniform(1, 8)]),  # per second; plucked and struck sounds fade
        "vibrato_hz": rng.uniform(4, 7),
        "vibrato": rng.choice([0.0, rng.uniform(0.001, 0.02)]),
        "glide": rng.choice([0.0, rng.uniform(-1, 1)]),  # semitones at the start of a note
        "breath": rng.choice([0.0, rng.uniform(0, 0.05)]),
        "body_hz": rng.uniform(200, 3000, 2),  # two resonances
        "body_gain": rng.uniform(0, 4),
    }


def note(rng: Generator, voice: dict, midi: float, seconds: float) -> np.ndarray:
    n = int(seconds * SAMPLE_RATE_HZ)
    time = np.arange(n, dtype=np.float32) / SAMPLE_RATE_HZ
    base = 440 * 2 ** ((midi - 69) / 12)
    bend = voice["vibrato"] * np.sin(2 * np.pi * voice["vibrato_hz"] * time + rng.uniform(0, 6))
    bend += voice["glide"] / 12 * np.exp(-time * 12)
    phase = 2 * np.pi * np.cumsum(base * (1 + bend)) / SAMPLE_RATE_HZ
    x = np.zeros(n, dtype=np.float32)
    for k in range(1, 1 + int(min(24, 7000 // base))):
        body = 1 + voice["body_gain"] * np.exp(-(((k * base - voice["body_hz"]) / 300) ** 2)).sum()
        x += (k ** -voice["slope"] * body * (voice["even"] if k % 2 == 0 else 1)) * np.sin(k * phase)
    x += np.float32(voice["breath"]) * rng.standard_normal(n, dtype=np.float32)
    fade = np.minimum(1, np.minimum(time / voice["attack"], time[::-1] / 0.03))
    return (x * fade * np.exp(-voice["decay"] * time)).astype(np.float32)


def place(x: np.ndarray, start: float, sound: np.ndarray) -> None:
    first = int(start * SAMPLE_RATE_HZ)
    kept = sound[: max(0, len(x) - first)]
    x[first : first + len(kept)] += kept


def melody(rng: Generator, n: int, beat: float, tonic: float, scale: np.ndarray) -> np.ndarray:
    x, at, voice, degree = np.zeros(n, dtype=np.float32), 0.0, instrument(rng), rng.integers(7, 21)
    while at < n / SAMPLE_RATE_HZ:
        length = beat * rng.choice([0.25, 0.5, 0.5, 1, 1, 2])
        degree = int(np.clip(degree + rng.integers(-3, 4), 5, 28))
        if rng.random() < 0.88:
            midi = tonic + 12 * (degree // len(scale)) + scale[degree % len(scale)]
            place(x, at, note(rng, voice, midi, length * rng.uniform(0.6, 1.2)))
        at += length
    return x


def chords(rng: Generator, n: int, beat: float, tonic: float, scale: np.ndarray) -> np.ndarray:
    x, at, voice = np.zeros(n, dtype=np.float32), 0.0, instrument(rng)
    while at < n / SAMPLE_RATE_HZ:
        root, length = rng.integers(7), beat * rng.choice([1, 2, 4])
        for third in (0, 2, 4):
            degree = root + third
            midi = tonic + 12 * (1 + degree // len(scale)) + scale[degree % len(scale)] + rng.normal(0, 0.05)
            place(x, at, note(rng, voice, midi, length) / 2)
        at += length
    return x


def bass(rng: Generator, n: int, beat: float, tonic: float, scale: np.ndarray) -> np.ndarray:
    x, at, voice = np.zeros(n, dtype=np.float32), 0.0, instrument(rng)
    while at < n / SAMPLE_RATE_HZ:
        length = beat * rng.choice([0.5, 1, 2])
        place(x, at, note(rng, voice, tonic + scale[rng.integers(len(scale))], length * 0.9))
        at += length
    return x


def drums(rng: Generator, n: int, beat: float, tonic: float, scale: np.ndarray) -> np.ndarray:
    x = np.zeros(n, dtype=np.float32)
    time = np.arange(int(0.3 * SAMPLE_RATE_HZ), dtype=np.float32) / SAMPLE_RATE_HZ
    hiss = rng.standard_normal(len(time), dtype=np.float32)
    kick = np.sin(2 * np.pi * (rng.uniform(40, 70) * time + 8 * (1 - np.exp(-time * 30)) / 3)) * np.exp(
        -time * 18
    )
    snare = (hiss + np.sin(2 * np.pi * rng.uniform(150, 250) * time)) * np.exp(-time * rng.uniform(15, 40))
    hat = np.diff(hiss, prepend=0) * np.exp(-time * rng.uniform(30, 90))
    for step in range(int(n / SAMPLE_RATE_HZ / beat * 2)):
        for sound, odds in (
            (kick, 0.9 if step % 4 == 0 else 0.15),
            (snare, 0.9 if step % 4 == 2 else 0.1),
            (hat, 0.6),
        ):
            if rng.random() < odds:
                place(x, step * beat / 2, np.float32(rng.uniform(0.5, 1)) * sound.astype(np.float32))
    return x
