"""Within-class covariance normalization (WCCN).

Hatch et al. 2006, doi:10.21437/Interspeech.2006-183.
"""

import numpy as np

MIN_CLIPS = 4  # per speaker, to estimate variation within speakers


def within_speakers(groups: list[np.ndarray]) -> np.ndarray:
    """Returns [D, D], the mean covariance within speakers.

    Each group is one speaker's [clips, D].
    """
    return np.mean([np.cov(group.T) for group in groups], axis=0)


def whitening(within: np.ndarray, ridge: float) -> np.ndarray:
    """Returns the inverse square root of covariance [D, D].

    `ridge` times the mean variance is added in every direction first.
    """
    dims = len(within)
    variance, directions = np.linalg.eigh(within + ridge * np.trace(within) / dims * np.eye(dims))
    return directions / np.sqrt(variance) @ directions.T


def unit(x: np.ndarray) -> np.ndarray:
    """[..., D] -> the same directions with unit length."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)
