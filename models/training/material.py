"""What augmentation mixes in: noise, other speakers' voices, measured rooms."""

from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from numpy.random import Generator

from .audio import SAMPLE_RATE_HZ, Audio, load_folder

VOICED_NOISE = Path(__file__).parent / "vad" / "voiced-noise.txt"


def voiceless(paths: list[str]) -> list[int]:
    """Indices of the noise files that hold no voice.

    Much of augment/noise is speech with a little noise, whole sentences in most files. Those found by eye in
    spectrograms are listed, as patterns of file names, in vad/voiced-noise.txt.
    """
    voiced = VOICED_NOISE.read_text().split()
    return [i for i, path in enumerate(paths) if not any(fnmatch(path, pattern) for pattern in voiced)]


class Material:
    """Draws stretches of what was recorded; every draw depends on the generator alone.

    speech   training clips, for babble
    noise    a folder of noise; None: white noise
    rooms    a folder of impulse responses; None: only simulated rooms
    """

    def __init__(self, speech: Audio, noise: Path | None, rooms: Path | None, cache: Path):
        self.speech = speech
        self.noises = load_folder(noise, cache) if noise else None
        self.noise_of = voiceless(self.noises.paths) if self.noises else []
        responses = load_folder(rooms, cache) if rooms else []
        self.rooms = [measured_room(responses.clip(i)) for i in range(len(responses))]

    def noise(self, rng: Generator, samples: int) -> np.ndarray:
        if self.noises is None:
            return rng.standard_normal(samples, dtype=np.float32)
        return cut(rng, self.noises.clip(rng.choice(self.noise_of)), samples)

    def babble(self, rng: Generator, samples: int) -> np.ndarray:
        """Three to seven training voices at once."""
        voices = rng.integers(len(self.speech), size=rng.integers(3, 8))
        return sum(cut(rng, self.speech.clip(v), samples) for v in voices)

    def room(self, rng: Generator) -> np.ndarray | None:
        return self.rooms[rng.integers(len(self.rooms))] if self.rooms else None


def measured_room(response: np.ndarray, max_seconds: float = 0.8) -> np.ndarray:
    """int16 [samples] -> float32, from the direct sound on, unit energy."""
    peak = int(np.argmax(np.abs(response)))
    kept = response[max(0, peak - 16) : peak + int(max_seconds * SAMPLE_RATE_HZ)].astype(np.float32)
    return kept / np.sqrt(np.sum(kept**2))


def cut(rng: Generator, clip: np.ndarray, samples: int) -> np.ndarray:
    """A random stretch of int16 audio as float32; a clip that is too short starts over."""
    if len(clip) < samples:
        clip = np.tile(clip, -(-samples // len(clip)))
    start = rng.integers(len(clip) - samples + 1)
    return clip[start : start + samples].astype(np.float32) / np.float32(32768)
