"""Measures a student every epoch on voices that training never uses: table [held_out] of a recipe.

Each clip is measured clean (its first seconds) and degraded (a short crop through the recipe's
augmentation). The crop depends on the clip's number alone, so that every epoch and every run
measures the same crops.
"""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np

from .audio import SAMPLE_RATE_HZ, load_list
from .augmentation_data import random_crop
from .batches import clips_by_speaker
from .encoders import encoders_of, load_raw
from .features import log_mel, mean_normalize
from .teacher_space import TeacherSpace
from .training_list import read_list
from .trials import equal_error_rate
from .voice_change import VoiceChange
from .wccn import unit

Augmentation = Callable[[np.random.Generator, np.ndarray], np.ndarray]
SEED = 20261129


class HeldOut:
    """Clips with their features in memory. `measure` returns numbers by name.

    clips_per_speaker  the first ones of the list
    seconds            of a clip that is embedded clean
    crop_seconds       of its degraded crop
    """

    def __init__(
        self,
        recipe: dict,
        speech: Path,
        cache: Path,
        augmentation: Augmentation,
        list: str,
        root: str = "",
        clips_per_speaker: int = 8,
        seconds: float = 6,
        crop_seconds: float = 2,
    ):
        file = Path(list)
        entries = read_list(file)
        audio = load_list(file, entries, speech / root, cache)
        own = clips_by_speaker(entries)
        chosen = [i for clips in own.values() for i in clips[:clips_per_speaker]]
        self.labels = [entries[i].label for i in chosen]
        # A corpus is a first folder. Clips without a folder are one corpus.
        self.corpora = [entries[i].path.rpartition("/")[0].split("/")[0] for i in chosen]
        longest, crop = (round(length * SAMPLE_RATE_HZ) for length in (seconds, crop_seconds))
        self.clean, self.degraded = [], []
        for i in chosen:
            rng = np.random.default_rng([SEED, i])
            self.clean.append(_features(audio.clip(i)[:longest].astype(np.float32) / 32768))
            self.degraded.append(_features(augmentation(rng, random_crop(rng, audio.clip(i), crop))))
        self.raw = None
        if "teacher" in recipe:
            self.raw = load_raw(cache, entries, [VoiceChange()], encoders_of(recipe))[0][0][chosen]

    @staticmethod
    def of(recipe: dict, speech: Path, cache: Path, augmentation: Augmentation) -> "HeldOut | None":
        """Builds table [held_out]. Returns None for a recipe without it."""
        settings = recipe.get("held_out")
        return HeldOut(recipe, speech, cache, augmentation, **settings) if settings else None

    def measure(
        self, embed: Callable[[np.ndarray], np.ndarray], space: TeacherSpace | None = None
    ) -> dict[str, float]:
        """Returns measures by name.

        `embed` maps mean-normalized float32 [1, frames, 80] to [1, D].

        eer, degraded_eer        of clean and of degraded clips against clean ones in the same
                                 corpus
        cosine, degraded_cosine  mean cosine to the teacher's target, if the sizes agree
        relation                 correlation between the student's and the teacher's cosines of all
                                 pairs of clips
        """
        clean, degraded = (
            unit(np.concatenate([embed(x[None]) for x in xs])) for xs in (self.clean, self.degraded)
        )
        measured = {"eer": self._eer(clean, clean), "degraded_eer": self._eer(degraded, clean)}
        if space is None or self.raw is None:
            return measured
        targets = space(self.raw)
        if targets.shape[1] == clean.shape[1]:
            measured["cosine"] = float((clean * targets).sum(axis=1).mean())
            measured["degraded_cosine"] = float((degraded * targets).sum(axis=1).mean())
        above = np.triu_indices(len(clean), 1)
        pairs = [(rows @ rows.T)[above] for rows in (clean, targets)]
        return measured | {"relation": float(np.corrcoef(*pairs)[0, 1])}

    def _eer(self, ones: np.ndarray, others: np.ndarray) -> float:
        scores = ones @ others.T
        genuine, impostor = [], []
        for a, b in combinations(range(len(self.labels)), 2):
            if self.corpora[a] == self.corpora[b]:
                (genuine if self.labels[a] == self.labels[b] else impostor).append(scores[a, b])
        return equal_error_rate(np.array(genuine), np.array(impostor))


def _features(samples: np.ndarray) -> np.ndarray:
    return mean_normalize(log_mel(samples))
