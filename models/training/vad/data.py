"""Training and test data of the voice activity network.

Synthetic clips are generated once. The seed of a clip is its number, and test clips use other seeds
than training clips. Every fourth file of augment/noise without voices is for testing.
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.random import Generator

from ..audio import Audio, load_folder
from ..augment import Channel
from ..augmentation_data import AugmentationData, random_crop, voiceless
from ..corpus import held_out, load_split
from ..effects import mix
from ..features import FRAME, HOP, log_mel
from .music import music
from .sounds import sound

PIECE_SECONDS = 10
TEST_SEED = 1_000_000
MAKERS = {"music": music, "sound": sound}
EFFECTS = {"room": 0.4, "noise": 0.0, "babble": 0.0, "telephone": 0.25, "equalizer": 0.5, "level": 0.05}


def _piece(kind: str, seed: int) -> np.ndarray:
    x = MAKERS[kind](np.random.default_rng(seed), PIECE_SECONDS)
    return np.rint(x * 32000).astype(np.int16)


def pool(cache_dir: Path, kind: str, count: int, first_seed: int) -> np.ndarray:
    """Returns int16 [count, samples], from the cache if present."""
    path = cache_dir / f"vad-{kind}-{first_seed}-{count}.npy"
    if not path.exists():
        with ProcessPoolExecutor(1) as workers:
            seeds = range(first_seed, first_seed + count)
            np.save(path, np.stack(list(workers.map(_piece, [kind] * count, seeds, chunksize=8))))
    return np.load(path, mmap_mode="r")


def noise_files(audio: Audio, test: bool) -> list[np.ndarray]:
    """Returns noise without voices.

    Every fourth such file is for testing, the others for training.
    """
    return [audio.clip(i) for order, i in enumerate(voiceless(audio.paths)) if (order % 4 == 3) == test]


def speech_labels(clean: np.ndarray) -> np.ndarray:
    """Labels clean speech, float [samples] -> bool [frames].

    A frame is speech if its level exceeds a threshold between quiet and loud frames: two fifths of
    the way up in dB, and 12 to 32 dB below the loud frames. Pauses under 0.1 s count as speech.
    """
    frames = np.lib.stride_tricks.sliding_window_view(clean, FRAME)[::HOP]
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    quiet, loud = np.percentile(level, [5, 95])
    bar = np.clip(quiet + 0.4 * (loud - quiet), loud - 32, loud - 12)
    return np.convolve(level > bar, np.ones(11), mode="same") > 0


class TrainingData:
    def __init__(self, speech_dir: Path, cache_dir: Path):
        clips, self.audio = load_split(speech_dir, cache_dir, "train")
        kept_back = held_out(clips)
        by_corpus: dict[str, list[int]] = {}
        for i, clip in enumerate(clips):
            if clip.speaker not in kept_back:
                by_corpus.setdefault(clip.corpus, []).append(i)
        self.speech = list(by_corpus.values())
        self.noise = noise_files(load_folder(speech_dir / "augment/noise", cache_dir), test=False)
        rooms = AugmentationData(self.audio, None, speech_dir / "augment/rir", cache_dir)
        self.channel = Channel(rooms, **EFFECTS, codec=0, loss=0)
        self.music = pool(cache_dir, "music", 500, 0)
        self.sounds = pool(cache_dir, "sound", 500, 0)

    def batch(self, rng: Generator, total_seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Returns features float32 [batch, frames, 80] and labels float32 [batch, frames]."""
        seconds = rng.uniform(1.5, 8)
        samples = int(seconds * 100) * HOP + FRAME - HOP
        rows = [self._example(rng, samples) for _ in range(round(total_seconds / seconds))]
        waves, labels = zip(*rows)
        return log_mel(np.stack(waves)), np.stack(labels).astype(np.float32)

    def _example(self, rng: Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
        if rng.random() < 0.5:
            x, labels = self._speech(rng, samples)
            if rng.random() < 0.8:
                x = mix(x, self._other(rng, samples), rng.uniform(0, 30))
        else:
            x, labels = self._other(rng, samples), np.zeros(1 + (samples - FRAME) // HOP, dtype=bool)
            if rng.random() < 0.3:
                x = mix(x, self._other(rng, samples), rng.uniform(-10, 30))
        x = self.channel(rng, x)
        if rng.random() < 0.3:
            x = np.rint(x * 10 ** (rng.uniform(-30, 0) / 20) * 32768).astype(np.float32) / np.float32(32768)
        return x, labels

    def _speech(self, rng: Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns a speech crop and its labels. Half of the crops have a silent part."""
        clips = self.speech[rng.integers(len(self.speech))]
        x = random_crop(rng, self.audio.clip(clips[rng.integers(len(clips))]), samples)
        labels = speech_labels(x)
        if rng.random() < 0.5:
            first, last = np.sort(rng.integers(0, samples, 2))
            x[first:last] *= rng.choice([0.0, 0.001])
            labels[max(0, (first - FRAME) // HOP) : last // HOP] = False
        return x, labels

    def _other(self, rng: Generator, samples: int) -> np.ndarray:
        """Returns noise, music or another sound, at a random speed for variety."""
        pieces = (self.noise, self.music, self.sounds)[rng.choice(3, p=[0.4, 0.35, 0.25])]
        speed = rng.uniform(0.7, 1.4)
        taken = random_crop(rng, pieces[rng.integers(len(pieces))], int(samples * speed) + 2)
        return np.interp(np.arange(samples) * speed, np.arange(len(taken)), taken).astype(np.float32)
