"""Simulates small rooms, because most measured impulse responses are of large ones.

The first 50 ms of a shoebox room use the image method (Allen and Berkley 1979,
doi:10.1121/1.382599). Later reflections are too dense to distinguish, so decaying noise replaces
them at the same level (Polack's model). A response takes less than a millisecond to compute instead
of a second.
"""

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from scipy.signal import lfilter

from .effects import SAMPLE_RATE_HZ, convolve

SOUND = 343.0  # m/s
EARLY_S = 0.05
JOIN = 160  # samples, 10 ms
SEED = 1979
RESPONSES = 256


def small_room(rng: Generator, x: np.ndarray) -> np.ndarray:
    """Puts x, float32 [samples] at 16 kHz, in one of 256 rooms.

    The direct sound keeps its level and time.
    """
    rooms = bank()
    return convolve(x, rooms[rng.integers(len(rooms))])


@lru_cache(maxsize=1)
def bank() -> list[np.ndarray]:
    """Returns the same rooms in every process. The first call computes them."""
    rng = np.random.default_rng(SEED)
    return [random_room(rng) for _ in range(RESPONSES)]


def random_room(rng: Generator) -> np.ndarray:
    """Draws a room 2 to 8 m wide and long and 2.2 to 3.5 m high, with a decay of 0.1 to 0.5 s.

    Talker and microphone are at least 0.3 m from every wall.
    """
    size = np.append(rng.uniform(2, 8, 2), rng.uniform(2.2, 3.5))
    talker, microphone = rng.uniform(0.3, size - 0.3), rng.uniform(0.3, size - 0.3)
    return shoebox(rng, size, talker, microphone, decay_s=rng.uniform(0.1, 0.5))


def shoebox(
    rng: Generator, size: np.ndarray, talker: np.ndarray, microphone: np.ndarray, decay_s: float
) -> np.ndarray:
    """Positions in meters [3] -> float32 [samples], starting with the direct sound at amplitude 1.

    `decay_s` is the time to decay by 60 dB.
    """
    volume = np.prod(size)
    surface = 2 * volume * np.sum(1 / size)
    wall = np.exp(-0.0805 * volume / (surface * decay_s))  # amplitude per bounce, by Eyring's formula
    direct = np.linalg.norm(talker - microphone) + 1e-3
    distances, bounces = images(size, talker, microphone, reach=direct + EARLY_S * SOUND)
    samples = np.rint((distances - direct) / SOUND * SAMPLE_RATE_HZ).astype(int).clip(min=0)
    early = np.bincount(samples, weights=direct / distances * wall**bounces)
    # All images have the same sign, which adds up below the first room mode. Filter that out, as a
    # microphone does.
    early = lfilter([1, -1], [1, -0.98], early)

    late = rng.standard_normal(max(0, int(decay_s * SAMPLE_RATE_HZ) - len(early)))
    # Continue at the level of the last 10 ms, which were centered 5 ms ago.
    time = 0.005 + np.arange(len(late)) / SAMPLE_RATE_HZ
    late *= np.sqrt(np.mean(early[-JOIN:] ** 2)) * 10 ** (-3 * time / decay_s)
    response = np.concatenate([early, late])
    return (response / response[0]).astype(np.float32)


def images(
    size: np.ndarray, talker: np.ndarray, microphone: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns distances in meters and numbers of bounces of all mirror images of the talker within
    `reach`.
    """
    squares, bounces = np.zeros((1, 1, 1)), np.zeros((1, 1, 1), dtype=int)
    for axis, (length, source, ear) in enumerate(zip(size, talker, microphone)):
        n = np.arange(-int(reach / (2 * length)) - 1, int(reach / (2 * length)) + 2)
        along = np.concatenate([2 * n * length + source, 2 * n * length - source]) - ear
        hits = np.concatenate([2 * np.abs(n), np.abs(n - 1) + np.abs(n)])
        shape = np.roll((-1, 1, 1), axis)
        squares, bounces = squares + along.reshape(shape) ** 2, bounces + hits.reshape(shape)
    near = squares < reach**2
    return np.sqrt(squares[near]) + 1e-3, bounces[near]
