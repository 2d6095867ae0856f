"""What a device does to the level: clipping, limiting, automatic gain.

Every function is (rng, x float32 [samples] at 16 kHz) -> the same shape, in time with the input, and never
louder at its peak than the input.
"""

import numpy as np
from numpy.random import Generator

BLOCK = 80  # samples, 5 ms


def clip_peaks(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Cuts at 10 to 70 % of the peak: with a corner, or softly as an overdriven amplifier does."""
    limit = np.abs(x).max() * np.float32(rng.uniform(0.1, 0.7)) + np.float32(1e-9)
    if rng.random() < 0.5:
        return np.clip(x, -limit, limit)
    return limit * np.tanh(x / limit)


def limit_peaks(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Raises all by 6 to 20 dB and turns loud blocks down to the old peak; looks 5 ms ahead."""
    peak = np.abs(x).max() + 1e-9
    loud = 10 ** (rng.uniform(6, 20) / 20)
    release = np.exp(-BLOCK / 16_000 / rng.uniform(0.05, 0.4))  # seconds
    blocks = np.abs(_blocks(x)).max(axis=1) * loud
    # Each gain bounds the neighbouring blocks too, so that the line between two gains bounds both.
    ahead = np.max([blocks, np.append(blocks[1:], 0), np.insert(blocks[:-1], 0, 0)], axis=0)
    gains, held = np.empty_like(ahead), 0.0
    for i, level in enumerate(ahead):
        held = max(level, held * release)
        gains[i] = loud * min(1.0, peak / max(held, 1e-9))
    return x * _line(gains, len(x))


def control_gain(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Automatic gain: follows the level within 50 to 500 ms and takes half or more of its changes out, in dB.

    Quiet stretches rise by 20 dB at most, and pauses keep the gain they had.
    """
    follow = 1 - np.exp(-BLOCK / 16_000 / rng.uniform(0.05, 0.5))  # seconds
    strength = rng.uniform(0.5, 1)
    levels = 10 * np.log10(np.mean(_blocks(x) ** 2, axis=1) + 1e-12)
    target = np.percentile(levels, 90)
    spoken = levels > target - 40
    level, gains = levels[spoken][0] if spoken.any() else target, np.empty_like(levels)
    for i in range(len(levels)):
        if spoken[i]:
            level += follow * (levels[i] - level)
        gains[i] = np.clip(strength * (target - level), -20, 20)
    y = x * _line(10 ** (gains / 20), len(x))
    return y * np.float32(min(1, np.abs(x).max() / (np.abs(y).max() + 1e-9)))


def _blocks(x: np.ndarray) -> np.ndarray:
    """[samples] -> [blocks, 80], the last one filled up with zeros."""
    return np.pad(x, (0, -len(x) % BLOCK)).reshape(-1, BLOCK)


def _line(gains: np.ndarray, samples: int) -> np.ndarray:
    """One gain per block -> float32 [samples], straight lines between the blocks' middles."""
    middles = BLOCK * (np.arange(len(gains)) + 0.5)
    return np.interp(np.arange(samples), middles, gains).astype(np.float32)
