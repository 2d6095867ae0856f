"""Training batches: which speaker, clip, crop and speed. Batch i depends on the seed and i alone."""

from pathlib import Path

import numpy as np
from torch.utils.data import Dataset

from .augment import augment, measured_room
from .corpus import held_out_speakers, load_folder, load_split, voiceless
from .features import log_mel, mean_normalise
from .teacher import change_speed, class_centres, load_targets


class Batches(Dataset):
    """Item i: features float32 [batch, frames, 80], labels int64 [batch], targets float32 [batch, 512]."""

    def __init__(self, config: dict, speech_dir: Path, cache_dir: Path, length: int):
        self.data, self.share, self.seed, self.length = (
            config["data"],
            config["augment"],
            config["seed"],
            length,
        )
        clips, self.audio = load_split(speech_dir, cache_dir, "train")
        self.noises = load_folder(speech_dir, cache_dir, "augment/noise")
        self.noise_of = voiceless(self.noises.paths)
        responses = load_folder(speech_dir, cache_dir, "augment/rir")
        self.rooms = [measured_room(responses.clip(i)) for i in range(len(responses))]
        held_out = set(held_out_speakers(clips))
        self.clips_of: dict[str, list[int]] = {}
        for i, clip in enumerate(clips):
            if clip.speaker not in held_out:
                self.clips_of.setdefault(clip.speaker, []).append(i)
        self.speakers = sorted(self.clips_of)
        self.trained_clips = [i for speaker in self.speakers for i in self.clips_of[speaker]]
        self.targets = load_targets(cache_dir, self.data["speeds"], list(self.clips_of.values()))
        self.odds = speaker_odds(
            [clips[self.clips_of[s][0]].corpus for s in self.speakers], self.data["corpus_power"]
        )

    @property
    def classes(self) -> int:
        """A speaker at another speed is another class."""
        return len(self.speakers) * len(self.data["speeds"])

    def centres(self) -> np.ndarray:
        """float32 [classes, D]: where each class's crops should end up, by the teachers."""
        return class_centres(self.targets, [self.clips_of[s] for s in self.speakers])

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int):
        rng = np.random.default_rng([self.seed, index])
        size = self.data["batch"]
        seconds = rng.uniform(*self.data["crop_seconds"])
        samples = int(seconds * 100) * 160 + 240
        speakers = rng.choice(len(self.speakers), size, p=self.odds)
        speeds = rng.choice(len(self.data["speeds"]), size, p=self.data["speed_odds"])
        clips = [rng.choice(self.clips_of[self.speakers[s]]) for s in speakers]
        waves = [
            self._crop(rng, clip, samples, self.data["speeds"][speed]) for clip, speed in zip(clips, speeds)
        ]
        features = mean_normalise(log_mel(np.stack(waves)))
        mask(rng, features, self.data["mask_frames"], self.data["mask_mels"])
        return features, speakers + len(self.speakers) * speeds, self.targets[speeds, clips]

    def _crop(self, rng: np.random.Generator, clip: int, samples: int, speed: float) -> np.ndarray:
        # A few samples more than needed, as the resampler may round down.
        taken = cut(rng, self.audio.clip(clip), int(samples * speed) + 32)
        return augment(
            rng,
            change_speed(taken, speed)[:samples],
            self.share,
            self._noise(rng),
            self._babble(rng),
            lambda: self.rooms[rng.integers(len(self.rooms))],
        )

    def _noise(self, rng: np.random.Generator):
        return lambda samples: cut(rng, self.noises.clip(rng.choice(self.noise_of)), samples)

    def _babble(self, rng: np.random.Generator):
        def babble(samples: int) -> np.ndarray:
            voices = rng.choice(self.trained_clips, rng.integers(3, 8))
            return sum(cut(rng, self.audio.clip(v), samples) for v in voices)

        return babble


def speaker_odds(corpora: list[str], power: float) -> np.ndarray:
    """[speakers] probabilities: a corpus weighs its speakers' number to `power`, shared evenly among them."""
    _, which, counts = np.unique(corpora, return_inverse=True, return_counts=True)
    odds = counts[which] ** (power - 1.0)
    return odds / odds.sum()


def cut(rng: np.random.Generator, clip: np.ndarray, samples: int) -> np.ndarray:
    """A random stretch of int16 audio as float32; a clip that is too short starts over."""
    if len(clip) < samples:
        clip = np.tile(clip, -(-samples // len(clip)))
    start = rng.integers(len(clip) - samples + 1)
    return clip[start : start + samples].astype(np.float32) / np.float32(32768)


def mask(rng: np.random.Generator, features: np.ndarray, max_frames: int, max_mels: int) -> None:
    """Hides one stretch of frames and one of bins per crop.

    Park et al. 2019, "SpecAugment", doi:10.21437/Interspeech.2019-2680.
    """
    for row in features:
        for axis, most in ((0, max_frames), (1, max_mels)):
            width = rng.integers(most + 1)
            start = rng.integers(row.shape[axis] - width + 1)
            row[(slice(None),) * axis + (slice(start, start + width),)] = 0
