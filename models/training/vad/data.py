"""Training data of the voice activity network.

Synthetic clips are generated once. The seed of a clip is its number, and test clips use other seeds
than training clips. Every fourth file of augment/noise without voices and every fourth measured
room is for testing.
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.random import Generator

from ..audio import Audio, load_folder, load_paths
from ..augment import Channel
from ..augmentation_data import AugmentationData, random_crop, voiceless
from ..corpus import Clip, clips_of, held_out
from ..effects import mix
from ..features import FRAME, HOP, log_mel
from .labels import UNSURE, label_clips
from .music import music
from .sounds import sound
from .whisper import whisper

PIECE_SECONDS = 10
TEST_SEED = 1_000_000
MAKERS = {"music": music, "sound": sound}
EFFECTS = {"room": 0.4, "noise": 0.0, "babble": 0.0, "telephone": 0.25, "equalizer": 0.5, "level": 0.08}
SECOND = 100  # frames
SHARE = 6


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


def is_for_testing(order: int) -> bool:
    """Whether the noise file or room with this number, in name order, is never trained on."""
    return order % 4 == 3


def noise_files(audio: Audio, test: bool) -> list[np.ndarray]:
    """Returns noise without voices, for testing or for training."""
    return [
        audio.clip(i) for order, i in enumerate(voiceless(audio.paths)) if is_for_testing(order) == test
    ]


def load_share(train_dir: Path, cache_dir: Path) -> tuple[list[Clip], Audio]:
    """Returns every sixth clip of the training speech, without the held-out speakers."""
    listed = clips_of(train_dir)
    kept_back = held_out(listed)
    lines = [i for i in range(0, len(listed), SHARE) if listed[i].speaker not in kept_back]
    clips = [listed[i] for i in lines]
    place = lambda i: f"{train_dir / 'clips.tsv'}:{lines[i] + 2}"  # noqa: E731
    return clips, load_paths([clip.path for clip in clips], train_dir, cache_dir, 2, place)


class TrainingData:
    """silero: Silero's ONNX file, whose opinion the labels need."""

    def __init__(self, speech_dir: Path, cache_dir: Path, silero: Path):
        clips, self.audio = load_share(speech_dir / "train", cache_dir)
        self.labels = label_clips(self.audio, silero, cache_dir, "train")
        by_corpus: dict[str, list[int]] = {}
        for i, clip in enumerate(clips):
            by_corpus.setdefault(clip.corpus, []).append(i)
        self.speech = list(by_corpus.values())
        self.noise = noise_files(load_folder(speech_dir / "augment/noise", cache_dir), test=False)
        self.around = AugmentationData(self.audio, None, speech_dir / "augment/rir", cache_dir)
        self.around.rooms = [room for i, room in enumerate(self.around.rooms) if not is_for_testing(i)]
        self.channel = Channel(self.around, **EFFECTS, codec=0.05, loss=0.02)
        self.music = pool(cache_dir, "music", 150, 0)
        self.sounds = pool(cache_dir, "sound", 150, 0)

    def batch(self, rng: Generator, total_seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Returns features float32 [batch, frames, 80] and labels int8 [batch, frames].

        A label is 1, 0 or UNSURE.
        """
        seconds = rng.uniform(3, 9)
        frames = int(seconds * SECOND)
        rows = [self._example(rng, frames) for _ in range(round(total_seconds / seconds))]
        waves, labels = zip(*rows)
        return np.stack([log_mel(wave) for wave in waves]), np.stack(labels)

    def _example(self, rng: Generator, frames: int) -> tuple[np.ndarray, np.ndarray]:
        if rng.random() < 0.62:
            x, labels = self._speech(rng, frames)
        else:
            x, labels = self._other(rng, frames), np.zeros(frames, dtype=np.int8)
            if rng.random() < 0.3:
                x = mix(x, self._other(rng, frames), rng.uniform(-10, 30))
        x = self.channel(rng, x)
        if rng.random() < 0.3:
            x = np.rint(x * 10 ** (rng.uniform(-35, 0) / 20) * 32768).astype(np.float32) / np.float32(32768)
        return x, labels

    def _speech(self, rng: Generator, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns speech with gaps, other sounds in the gaps, and a background."""
        x, labels, gap = self._with_gaps(rng, frames)
        level = float(np.mean(x[~gap] ** 2)) if not gap.all() else 1e-4
        if rng.random() < 0.06:
            x = whisper(rng, x)
        if rng.random() < 0.4:
            x = x + gap * at_level(self._other(rng, frames), level, rng.uniform(-30, 12))
        if rng.random() < 0.7:
            x = x + at_level(self._other(rng, frames), level, -rng.uniform(-3, 35))
        if rng.random() < 0.12:
            x = x + at_level(self.around.babble(rng, len(x)), level, -rng.uniform(6, 25))
            # The other voices may count as speech where the first is silent.
            labels = np.where(labels == 0, UNSURE, labels)
        return x.astype(np.float32), labels

    def _with_gaps(self, rng: Generator, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns speech float32 [samples], labels [frames] and bool [samples], whether in a gap.

        Two of three crops have gaps of up to 4 s. The speech continues after a gap, sometimes at
        another level.
        """
        x = np.zeros(samples_of(frames), dtype=np.float32)
        labels, gap = np.zeros(frames, dtype=np.int8), np.ones(len(x), dtype=bool)
        solid = rng.random() < 0.34
        at = 0 if solid or rng.random() < 0.5 else gap_frames(rng)
        spoken, its_labels = self._clip(rng)
        start = rng.integers(max(1, len(its_labels) - frames))
        gain = 1.0
        while at < frames:
            length = frames if solid else int(rng.uniform(0.3, 4) * SECOND)
            length = min(length, frames - at, len(its_labels) - start)
            here = slice(at * HOP, samples_of(at + length))
            x[here] = gain * spoken[start * HOP : samples_of(start + length)]
            labels[at : at + length] = its_labels[start : start + length]
            gap[here] = False
            at, start = at + length + (0 if solid else gap_frames(rng)), start + length
            if start >= len(its_labels) - 10:
                (spoken, its_labels), start = self._clip(rng), 0
            gain = 10 ** (rng.uniform(-15, 6) / 20) if rng.random() < 0.3 else gain
        return x, labels, gap

    def _clip(self, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
        """Returns a clip at a peak of 0.5, float32 [samples], with its labels [frames]."""
        own = self.speech[rng.integers(len(self.speech))]
        i = own[rng.integers(len(own))]
        x = self.audio.clip(i).astype(np.float32)
        return x * np.float32(0.5 / (np.abs(x).max() + 1)), self.labels[i]

    def _other(self, rng: Generator, frames: int) -> np.ndarray:
        """Returns noise, music or another sound, at a random speed for variety."""
        samples = samples_of(frames)
        pieces = (self.noise, self.music, self.sounds)[rng.choice(3, p=[0.4, 0.35, 0.25])]
        speed = rng.uniform(0.7, 1.4)
        taken = random_crop(rng, pieces[rng.integers(len(pieces))], int(samples * speed) + 2)
        return np.interp(np.arange(samples) * speed, np.arange(len(taken)), taken).astype(np.float32)


def samples_of(frames: int) -> int:
    """Returns the number of samples that give this many frames."""
    return (frames - 1) * HOP + FRAME


def gap_frames(rng: Generator) -> int:
    return int(rng.choice([rng.uniform(0.1, 0.6), rng.uniform(0.5, 4)]) * SECOND)


def at_level(x: np.ndarray, power: float, gain_db: float) -> np.ndarray:
    """Scales x to a mean power of `power` plus gain_db."""
    return x * np.float32(np.sqrt(power / (np.mean(x**2) + 1e-10)) * 10 ** (gain_db / 20))
