"""Turns the teacher's embeddings into the targets that a network learns to hit."""

from dataclasses import dataclass

import numpy as np

from .wccn import MIN_CLIPS, unit, whitening, within_speakers

KINDS = ("none", "centered", "wccn")


@dataclass(frozen=True)
class TeacherSpace:
    """raw [..., E] -> targets [..., T], unit length.

    A checkpoint contains it, so that a run which starts from that checkpoint keeps the same axes.
    """

    sizes: list[int]  # of each encoder's embedding, E in all
    mean: np.ndarray  # [E]
    projection: np.ndarray  # [E, T]

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        return unit(combine(raw - self.mean, self.sizes) @ self.projection).astype(np.float32)


def combine(embeddings: np.ndarray, sizes: list[int]) -> np.ndarray:
    """[..., E] -> [..., E] unit length: each encoder's part is scaled by itself, so that all weigh
    the same.
    """
    parts = np.split(embeddings, np.cumsum(sizes)[:-1], axis=-1)
    return np.concatenate([unit(part) for part in parts], axis=-1) / np.sqrt(len(sizes))


def fit(
    raw: np.ndarray,
    sizes: list[int],
    clips_of: list[list[int]],
    dims: int,
    kind: str = "wccn",
    ridge: float = 1.0,
) -> TeacherSpace:
    """Fits the space on raw [clips, E], training clips at their own speed.

    clips_of  each labeled speaker's clips
    dims      of a target: the directions of largest energy
    kind      "none": the embeddings as they are. "centered": less their mean. "wccn": centered,
              then whitened by
              the covariance within speakers (Hatch et al. 2006, doi:10.21437/Interspeech.2006-183)
    ridge     for "wccn", the share of the mean within-speaker variance that is added in every
              direction. A larger
              ridge whitens less
    """
    mean = raw.mean(axis=0) if kind != "none" else np.zeros_like(raw[0])
    both = combine(raw - mean, sizes)
    several = [own for own in clips_of if len(own) >= MIN_CLIPS]
    white = np.eye(both.shape[1])
    # Without speakers of several clips there is no covariance within speakers to whiten by.
    if kind == "wccn" and several:
        white = whitening(within_speakers([both[own] for own in several]), ridge)
    targets = unit(both @ white)
    energy, directions = np.linalg.eigh(targets.T @ targets)
    return TeacherSpace(sizes, mean, white @ directions[:, np.argsort(energy)[::-1][:dims]])


def blend_with_speaker_mean(targets: np.ndarray, clips_of: list[list[int]], share: float) -> np.ndarray:
    """[voices, clips, T] -> the same shape, unit length: `share` of each target is its speaker's
    mean.
    """
    if share == 0:
        return targets
    blended = targets.copy()
    for own in clips_of:
        mean = unit(targets[:, own].mean(axis=1, keepdims=True))
        blended[:, own] = unit((1 - share) * targets[:, own] + share * mean)
    return blended


def class_centers(targets: np.ndarray, clips_of: list[list[int]]) -> np.ndarray:
    """Returns float32 [voices * speakers, T], unit length: speakers' mean targets by voice."""
    means = [[unit(one[own].mean(axis=0)) for own in clips_of] for one in targets]
    return np.concatenate(means).astype(np.float32)
