"""Training batches: which speaker, clip, crop and speed. Batch i depends on the seed and i alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from torch.utils.data import Dataset

from .audio import Audio
from .features import log_mel, mean_normalise
from .lists import Entry
from .material import cut
from .speed import change_speed


@dataclass(frozen=True)
class Crops:
    """How crops are drawn; the recipe's table [crops]. Seconds are of audio, shares sum to 1."""

    seconds: tuple[float, float] = (1.5, 3.0)  # each batch has one length, drawn evenly
    speeds: list[float] = field(default_factory=lambda: [1.0, 0.9, 1.1])  # the first is the voice's own
    speed_odds: list[float] = field(default_factory=lambda: [0.6, 0.2, 0.2])
    group_power: float = 0.5  # a first folder (a corpus) weighs its number of speakers to this power
    mask_frames: int = 20
    mask_mels: int = 8

    def __post_init__(self):
        if len(self.speeds) != len(self.speed_odds) or abs(sum(self.speed_odds) - 1) > 1e-6:
            raise ValueError("speed_odds: one per speed, together 1")
        if self.seconds[0] < 0.5 or self.seconds[1] < self.seconds[0]:
            raise ValueError(f"seconds {self.seconds}: from at least 0.5, ascending")


class Batches(Dataset):
    """Item i: features float32 [batch, frames, 80], labels int64 [batch], targets float32 [batch, T] (or empty).

    A speaker at another speed is another class: label = speaker + speed * speakers, speakers in name order.
    targets  float32 [speeds, clips, T], what a teacher makes of each clip; None: no teacher
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
        self.clips_of = clips_by_speaker(entries)
        self.speakers = list(self.clips_of)
        groups = [entries[own[0]].path.split("/")[0] for own in self.clips_of.values()]
        self.odds = speaker_odds(groups, crops.group_power)

    @property
    def classes(self) -> int:
        return len(self.speakers) * len(self.crops.speeds)

    def __len__(self) -> int:
        return 2**40  # drawn, not gone through: a sampler says which

    def __getitem__(self, index: int):
        rng = np.random.default_rng([self.seed, index])
        samples = int(rng.uniform(*self.crops.seconds) * 100) * 160 + 240
        speakers = rng.choice(len(self.speakers), self.batch, p=self.odds)
        speeds = rng.choice(len(self.crops.speeds), self.batch, p=self.crops.speed_odds)
        clips = [int(rng.choice(self.clips_of[self.speakers[s]])) for s in speakers]
        # Clip by clip: a whole batch of frames at once would fall out of the processor's cache.
        features = np.stack(
            [self._features(rng, c, samples, self.crops.speeds[v]) for c, v in zip(clips, speeds)]
        )
        targets = np.zeros((self.batch, 0), np.float32) if self.targets is None else self.targets[speeds, clips]
        return features, speakers + len(self.speakers) * speeds, targets

    def _features(self, rng: np.random.Generator, clip: int, samples: int, speed: float) -> np.ndarray:
        # A few samples more than needed, as the resampler may round down.
        taken = cut(rng, self.audio.clip(clip), int(samples * speed) + 32)
        features = mean_normalise(log_mel(self.augmentation(rng, change_speed(taken, speed)[:samples])))
        mask(rng, features, self.crops.mask_frames, self.crops.mask_mels)
        return features


def clips_by_speaker(entries: list[Entry]) -> dict[str, list[int]]:
    """Label -> indices of its entries, labels in order."""
    own: dict[str, list[int]] = {label: [] for label in sorted({entry.label for entry in entries})}
    for i, entry in enumerate(entries):
        own[entry.label].append(i)
    return own


def speaker_odds(groups: list[str], power: float) -> np.ndarray:
    """[speakers] probabilities: a group weighs its speakers' number to `power`, shared evenly among them."""
    _, which, counts = np.unique(groups, return_inverse=True, return_counts=True)
    odds = counts[which] ** (power - 1.0)
    return odds / odds.sum()


def mask(rng: np.random.Generator, features: np.ndarray, max_frames: int, max_mels: int) -> None:
    """Hides one stretch of frames and one of bins, in place. features [frames, mels], mean-normalised.

    Park et al. 2019, "SpecAugment", doi:10.21437/Interspeech.2019-2680.
    """
    for axis, most in ((0, max_frames), (1, max_mels)):
        width = rng.integers(most + 1)
        start = rng.integers(features.shape[axis] - width + 1)
        features[(slice(None),) * axis + (slice(start, start + width),)] = 0
