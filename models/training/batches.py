"""Draws training batches: speakers, clips, speeds and crops.

Batch i depends on the seed and i alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from torch.utils.data import Dataset

from .audio import Audio
from .augmentation_data import random_crop
from .features import log_mel, mean_normalize
from .training_list import Entry, is_guess
from .voice_change import VoiceChange

NO_CLASS = -1


@dataclass(frozen=True)
class Crops:
    """The recipe's table [crops]: how crops are drawn."""

    seconds: tuple[float, float] = (1.5, 3.0)  # one length per batch, drawn uniformly
    speeds: list[float] = field(default_factory=lambda: [1.0, 0.9, 1.1])  # the first must be 1
    formants: list[float] | None = None  # one factor per speed; None: 1 for all
    speed_odds: list[float] = field(default_factory=lambda: [0.6, 0.2, 0.2])
    group_power: float = 0.5  # weight of a corpus: its number of speakers to this power
    mask_frames: int = 20
    mask_mels: int = 8

    def __post_init__(self):
        if len(self.speeds) != len(self.speed_odds) or abs(sum(self.speed_odds) - 1) > 1e-6:
            raise ValueError("speed_odds needs one value per speed, and they must sum to 1")
        if self.formants is not None and len(self.formants) != len(self.speeds):
            raise ValueError("formants needs one value per speed")
        if self.seconds[0] < 0.5 or self.seconds[1] < self.seconds[0]:
            raise ValueError(f"seconds {self.seconds} must be ascending, from 0.5 or more")

    @property
    def voices(self) -> list[VoiceChange]:
        """Returns every speed with its formant factor. Each makes a voice of its own."""
        return [VoiceChange(*pair) for pair in zip(self.speeds, self.formants or [1.0] * len(self.speeds))]


class Batches(Dataset):
    """Item i: features float32 [batch, frames, 80], labels int64 [batch], targets float32 [batch,
    T].

    A speaker with a changed voice is another class: label = speaker + voice * speakers, with
    speakers in name order. Clips whose speaker is a guess have the label NO_CLASS.

    targets  float32 [voices, clips, T], the teacher's target of each clip. None: no teacher, T = 0
    """

    def __init__(
        self,
        entries: list[Entry],
        audio: Audio,
        augmentation: Callable[[np.random.Generator, np.ndarray], np.ndarray],
        crops: Crops,
        seed: int,
        batch: int,
        targets: np.ndarray | None = None,
    ):
        self.audio, self.augmentation, self.crops = audio, augmentation, crops
        self.seed, self.batch, self.targets = seed, batch, targets
        clips_of = clips_by_speaker(entries)
        self.speakers = [label for label in clips_of if not is_guess(label)]
        self.guesses = [label for label in clips_of if is_guess(label)]
        self.clips_of = [clips_of[label] for label in self.speakers + self.guesses]
        groups = [entries[own[0]].path.split("/")[0] for own in self.clips_of]
        self.odds = speaker_odds(groups, crops.group_power)

    @property
    def classes(self) -> int:
        return len(self.speakers) * len(self.crops.voices)

    def __len__(self) -> int:
        return 2**40  # items are drawn at random; a sampler picks their numbers

    def __getitem__(self, index: int):
        rng = np.random.default_rng([self.seed, index])
        samples = int(rng.uniform(*self.crops.seconds) * 100) * 160 + 240
        speakers = rng.choice(len(self.clips_of), self.batch, p=self.odds)
        voices = rng.choice(len(self.crops.voices), self.batch, p=self.crops.speed_odds)
        clips = [int(rng.choice(self.clips_of[s])) for s in speakers]
        # One clip at a time: the frames of a whole batch would not fit the processor's cache.
        features = np.stack(
            [self._features(rng, c, samples, self.crops.voices[v]) for c, v in zip(clips, voices)]
        )
        targets = (
            np.zeros((self.batch, 0), np.float32) if self.targets is None else self.targets[voices, clips]
        )
        labels = np.where(speakers < len(self.speakers), speakers + len(self.speakers) * voices, NO_CLASS)
        return features, labels, targets

    def _features(self, rng: np.random.Generator, clip: int, samples: int, voice: VoiceChange) -> np.ndarray:
        # Take a few extra samples, because the resampler may round down.
        taken = random_crop(rng, self.audio.clip(clip), int(samples * voice.speed) + 32)
        features = mean_normalize(log_mel(self.augmentation(rng, voice(taken)[:samples])))
        mask(rng, features, self.crops.mask_frames, self.crops.mask_mels)
        return features


def clips_by_speaker(entries: list[Entry]) -> dict[str, list[int]]:
    """Returns the indices of each label's entries, with labels in name order."""
    own: dict[str, list[int]] = {label: [] for label in sorted({entry.label for entry in entries})}
    for i, entry in enumerate(entries):
        own[entry.label].append(i)
    return own


def speaker_odds(groups: list[str], power: float) -> np.ndarray:
    """Returns probabilities [speakers].

    A group's weight is its number of speakers to `power`, divided equally among its speakers.
    """
    _, which, counts = np.unique(groups, return_inverse=True, return_counts=True)
    odds = counts[which] ** (power - 1.0)
    return odds / odds.sum()


def mask(rng: np.random.Generator, features: np.ndarray, max_frames: int, max_mels: int) -> None:
    """Zeroes one range of frames and one of mel bins in mean-normalized features [frames, mels], in
    place.

    Park et al. 2019, "SpecAugment", doi:10.21437/Interspeech.2019-2680.
    """
    for axis, most in ((0, max_frames), (1, max_mels)):
        width = rng.integers(most + 1)
        start = rng.integers(features.shape[axis] - width + 1)
        features[(slice(None),) * axis + (slice(start, start + width),)] = 0
