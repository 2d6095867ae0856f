"""From two teachers' embeddings to the targets that a network learns to hit."""

from dataclasses import dataclass

import numpy as np

from .wccn import MIN_CLIPS, unit, whitening, within_speakers

WITHIN_RIDGE = 1.0  # of the mean within-speaker variance, added to every direction


@dataclass(frozen=True)
class TeacherSpace:
    """raw [..., E] -> targets [..., T], unit length: centre, scale each half, project.

    A checkpoint carries it, so that a run which starts from one aims at the same axes.
    """

    mean: np.ndarray  # [E]
    projection: np.ndarray  # [E, T]

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        return unit(combine(raw, self.mean) @ self.projection).astype(np.float32)


def combine(embeddings: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """[..., 512] raw -> [..., 512] unit length: each teacher's half centred and scaled by itself."""
    halves = np.split(embeddings - mean, 2, axis=-1)
    return np.concatenate([unit(half) for half in halves], axis=-1) / np.sqrt(2)


def fit(raw: np.ndarray, clips_of: list[list[int]], dims: int) -> TeacherSpace:
    """raw [clips, E] of the training clips as they are; clips_of: each speaker's.

    Whitened by the covariance within speakers (WCCN: Hatch et al. 2006, doi:10.21437/Interspeech.2006-183),
    which took the teachers' mean dev EER from 4.0 to 3.6 %, then the `dims` directions of largest energy, which
    keep it there. Without speakers of several clips there is nothing to whiten by.
    """
    mean = raw.mean(axis=0)
    both = combine(raw, mean)
    several = [own for own in clips_of if len(own) >= MIN_CLIPS]
    white = np.eye(both.shape[1])
    if several:
        white = whitening(within_speakers([both[own] for own in several]), WITHIN_RIDGE)
    targets = unit(both @ white)
    energy, directions = np.linalg.eigh(targets.T @ targets)
    return TeacherSpace(mean, white @ directions[:, np.argsort(energy)[::-1][:dims]])


def towards_speakers(targets: np.ndarray, clips_of: list[list[int]], share: float) -> np.ndarray:
    """[speeds, clips, T] -> the same, each clip's target drawn to its speaker's mean by `share`, unit length."""
    drawn = targets.copy()
    for own in clips_of:
        mean = unit(targets[:, own].mean(axis=1, keepdims=True))
        drawn[:, own] = unit((1 - share) * targets[:, own] + share * mean)
    return drawn


def class_centres(targets: np.ndarray, clips_of: list[list[int]]) -> np.ndarray:
    """float32 [speeds * speakers, T], unit length, speed by speed: the mean target of each speaker."""
    means = [[unit(one[own].mean(axis=0)) for own in clips_of] for one in targets]
    return np.concatenate(means).astype(np.float32)
