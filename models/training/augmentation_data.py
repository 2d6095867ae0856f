"""Audio that augmentation mixes in: noise, babble and room impulse responses."""

from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from numpy.random import Generator

from .audio import SAMPLE_RATE_HZ, Audio, load_folder

VOICED_NOISE = Path(__file__).parent / "vad" / "voiced-noise.txt"


def voiceless(paths: list[str]) -> list[int]:
    """Returns the indices of the noise files that contain no voice.

    Much of augment/noise is speech with a little noise. The files found by inspecting spectrograms
    are listed in vad/voiced-noise.txt, as patterns of file names.
    """
    voiced = VOICED_NOISE.read_text().split()
    return [i for i, path in enumerate(paths) if not any(fnmatch(path, pattern) for pattern in voiced)]


class AugmentationData:
    """Draws pieces of recordings. Every draw depends on the generator alone.

    speech   training clips, used for babble
    noise    a folder of noise, or None for white noise
    rooms    a folder of impulse responses, or None for simulated rooms only
    """

    def __init__(self, speech: Audio, noise: Path | None, rooms: Path | None, cache: Path):
        self.speech = speech
        self.noises = load_folder(noise, cache) if noise else None
        self.noise_of = voiceless(self.noises.paths) if self.noises else []
        responses = load_folder(rooms, cache) if rooms else []
        self.rooms = [room_response(responses.clip(i)) for i in range(len(responses))]

    def noise(self, rng: Generator, samples: int) -> np.ndarray:
        if self.noises is None:
            return rng.standard_normal(samples, dtype=np.float32)
        return random_crop(rng, self.noises.clip(rng.choice(self.noise_of)), samples)

    def babble(self, rng: Generator, samples: int) -> np.ndarray:
        """Mixes three to seven training voices."""
        voices = rng.integers(len(self.speech), size=rng.integers(3, 8))
        return sum(random_crop(rng, self.speech.clip(v), samples) for v in voices)

    def room(self, rng: Generator) -> np.ndarray | None:
        return self.rooms[rng.integers(len(self.rooms))] if self.rooms else None


def room_response(response: np.ndarray, max_seconds: float = 0.8) -> np.ndarray:
    """int16 [samples] -> float32 [samples], starting at the direct sound, with unit energy."""
    peak = int(np.argmax(np.abs(response)))
    kept = response[max(0, peak - 16) : peak + int(max_seconds * SAMPLE_RATE_HZ)].astype(np.float32)
    return kept / np.sqrt(np.sum(kept**2))


def random_crop(rng: Generator, clip: np.ndarray, samples: int) -> np.ndarray:
    """Returns a random crop of int16 audio as float32. A clip that is too short repeats."""
    if len(clip) < samples:
        clip = np.tile(clip, -(-samples // len(clip)))
    start = rng.integers(len(clip) - samples + 1)
    return clip[start : start + samples].astype(np.float32) / np.float32(32768)
