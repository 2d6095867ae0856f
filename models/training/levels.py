"""Level effects of recording devices: clipping, limiting and automatic gain.

Every function takes (rng, x), with x float32 [samples] at 16 kHz, and returns the same shape
without delay. The peak never exceeds the input's peak.
"""

import numpy as np
from numpy.random import Generator

BLOCK = 80  # samples, 5 ms


def clip_peaks(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Clips at 10 to 70 % of the peak, either hard or softly like an overdriven amplifier."""
    limit = np.abs(x).max() * np.float32(rng.uniform(0.1, 0.7)) + np.float32(1e-9)
    if rng.random() < 0.5:
        return np.clip(x, -limit, limit)
    return limit * np.tanh(x / limit)


def limit_peaks(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Raises the level by 6 to 20 dB and limits loud blocks to the old peak. Looks 5 ms ahead."""
    peak = np.abs(x).max() + 1e-9
    loud = 10 ** (rng.uniform(6, 20) / 20)
    release = np.exp(-BLOCK / 16_000 / rng.uniform(0.05, 0.4))  # seconds
    blocks = np.abs(_blocks(x)).max(axis=1) * loud
    # Each gain also limits the neighboring blocks, so the line between two gains limits both.
    ahead = np.max([blocks, np.append(blocks[1:], 0), np.insert(blocks[:-1], 0, 0)], axis=0)
    gains, held = np.empty_like(ahead), 0.0
    for i, level in enumerate(ahead):
        held = max(level, held * release)
        gains[i] = loud * min(1.0, peak / max(held, 1e-9))
    return x * _line(gains, len(x))


def control_gain(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Automatic gain: follows the level within 50 to 500 ms and removes at least half of its
    changes, in dB.

    The gain stays within 20 dB, and pauses keep the gain of the speech before them.
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
    """[samples] -> [blocks, 80], with the last block zero-padded."""
    return np.pad(x, (0, -len(x) % BLOCK)).reshape(-1, BLOCK)


def _line(gains: np.ndarray, samples: int) -> np.ndarray:
    """One gain per block -> float32 [samples], interpolated linearly between block centers."""
    middles = BLOCK * (np.arange(len(gains)) + 0.5)
    return np.interp(np.arange(samples), middles, gains).astype(np.float32)
