"""Within-class covariance normalisation. Hatch et al. 2006, doi:10.21437/Interspeech.2006-183."""

import numpy as np

MIN_CLIPS = 4  # of a speaker that tells about variation within speakers


def within_speakers(groups: list[np.ndarray]) -> np.ndarray:
    """[clips, D] of each speaker -> [D, D], the mean covariance within them."""
    return np.mean([np.cov(group.T) for group in groups], axis=0)


def whitening(within: np.ndarray, ridge: float) -> np.ndarray:
    """The inverse root of a covariance [D, D] to which `ridge` of its mean variance is added in each direction."""
    dims = len(within)
    variance, directions = np.linalg.eigh(within + ridge * np.trace(within) / dims * np.eye(dims))
    return directions / np.sqrt(variance) @ directions.T


def unit(x: np.ndarray) -> np.ndarray:
    """[..., D] -> the same directions at length 1."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)
