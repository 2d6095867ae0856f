"""Labels clean speech frame by frame. A frame whose two labels disagree has none.

The first label is the frame's level, the second the opinion of Silero VAD.
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from ..audio import Audio
from ..features import FRAME, HOP
from .silero import Silero

UNSURE = -1


def energy_labels(clean: np.ndarray) -> np.ndarray:
    """Labels clean speech by level, float [samples] -> bool [frames].

    A frame is speech if its level exceeds a threshold between quiet and loud frames: two fifths of
    the way up in dB, and 12 to 32 dB below the loud frames. Pauses under 0.1 s count as speech.
    """
    frames = np.lib.stride_tricks.sliding_window_view(clean, FRAME)[::HOP]
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    quiet, loud = np.percentile(level, [5, 95])
    bar = np.clip(quiet + 0.4 * (loud - quiet), loud - 32, loud - 12)
    return np.convolve(level > bar, np.ones(11), mode="same") > 0


def agreed_labels(clean: np.ndarray, silero: Silero) -> np.ndarray:
    """float [samples] -> int8 [frames]: 1 speech, 0 none, UNSURE where the two labels disagree."""
    by_level, by_network = energy_labels(clean), silero(clean) >= 0.5
    return np.where(by_level == by_network, by_level, UNSURE).astype(np.int8)


def label_clips(audio: Audio, model: Path, cache: Path, name: str) -> list[np.ndarray]:
    """Returns agreed_labels of every clip, from the cache if present."""
    path = cache / f"vad-labels-{name}-{len(audio)}.npz"
    if not path.exists():
        with ProcessPoolExecutor(2, initializer=_open, initargs=(model,)) as workers:
            clips = (np.array(audio.clip(i)) for i in range(len(audio)))
            labels = list(workers.map(_labels, clips, chunksize=32))
        offsets = np.cumsum([0] + [len(one) for one in labels])
        np.savez(path, labels=np.concatenate(labels), offsets=offsets)
    stored = np.load(path)
    flat, offsets = stored["labels"], stored["offsets"]
    return [flat[a:b] for a, b in zip(offsets[:-1], offsets[1:])]


def _open(model: Path) -> None:
    global _silero
    _silero = Silero(model)


def _labels(clip: np.ndarray) -> np.ndarray:
    return agreed_labels(clip.astype(np.float32) / 32768, _silero)
