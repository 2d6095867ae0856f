"""Teacher embeddings of the training clips, computed once: what the student's extra head learns to imitate.

Two published encoders, each centred on its training mean, scaled to unit length and concatenated; their
cosine is better than either's alone. Every clip is embedded at each speed of the recipe: a voice played
faster or slower is another voice to the teachers, so it is another lesson for the student. The encoders are
never shipped.

    python -m models.training.teacher --config TOML --speech DIR --peers DIR --cache DIR
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import onnxruntime
import soxr

from .config import load_config
from .corpus import SAMPLE_RATE_HZ, load_split
from .teacher_input import ge2e_windows, openvoice_spectrogram

MAX_SECONDS = 10  # of a clip that reaches the teachers
CHUNK = 64


@lru_cache
def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


def embed_clip(peers_dir: Path, samples: np.ndarray) -> np.ndarray:
    """float [samples] in [-1, 1] -> [512]: GE2E then OpenVoice, 256 each, each unit length."""
    ge2e = session(peers_dir / "ge2e.onnx").run(None, {"mels": ge2e_windows(samples)})[0].mean(axis=0)
    spectrogram = openvoice_spectrogram(samples)
    openvoice = session(peers_dir / "openvoice.onnx").run(None, {"spectrogram": spectrogram})[0][0]
    return np.concatenate([ge2e / np.linalg.norm(ge2e), openvoice / np.linalg.norm(openvoice)])


def change_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Pitch, formants and tempo times `speed`, as a tape would: [samples] -> [samples / speed]."""
    if speed == 1:
        return samples
    return soxr.resample(samples, SAMPLE_RATE_HZ * speed, SAMPLE_RATE_HZ, quality="LQ")


def _embed_range(speech_dir: Path, cache_dir: Path, peers_dir: Path, speed: float, start: int) -> np.ndarray:
    _, audio = load_split(speech_dir, cache_dir, "train")
    rows = []
    for i in range(start, min(start + CHUNK, len(audio))):
        samples = audio.clip(i)[: MAX_SECONDS * SAMPLE_RATE_HZ].astype(np.float32) / 32768
        rows.append(embed_clip(peers_dir, change_speed(samples, speed)))
    return np.array(rows, dtype=np.float32)


def combine(embeddings: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """[..., 512] raw -> [..., 512] unit length: each half centred and scaled by itself."""
    halves = np.split(embeddings - mean, 2, axis=-1)
    return np.concatenate([h / np.linalg.norm(h, axis=-1, keepdims=True) for h in halves], axis=-1) / np.sqrt(
        2
    )


WITHIN_RIDGE = 1.0  # of the mean within-speaker variance, added to every direction
SPEAKER_SHARE = 0.5  # of a target that is the speaker's mean instead of the clip's own


def load_targets(
    cache_dir: Path, speeds: list[float], clips_of: list[list[int]], dims: int = 192
) -> np.ndarray:
    """float32 [speeds, clips, dims], unit length: what a crop of the clip should be embedded as.

    clips_of  the clips of each trained speaker
    The teachers' concatenation, whitened by the covariance within speakers (WCCN: Hatch et al. 2006,
    doi:10.21437/Interspeech.2006-183), which took its mean dev EER from 4.0 to 3.6 %, then the `dims` directions
    of largest energy, which keep it there. A clip's target is drawn halfway to its speaker's mean.
    """
    raw = np.stack([np.load(cache_dir / f"teacher-{speed}.npy") for speed in speeds])
    both = combine(raw, raw[0].mean(axis=0))
    targets = unit(both @ whitening(both[0], [own for own in clips_of if len(own) >= 4]))
    energy, directions = np.linalg.eigh(targets[0].T @ targets[0])
    targets = unit(targets @ directions[:, np.argsort(energy)[::-1][:dims]])
    for own in clips_of:
        mean = unit(targets[:, own].mean(axis=1, keepdims=True))
        targets[:, own] = unit((1 - SPEAKER_SHARE) * targets[:, own] + SPEAKER_SHARE * mean)
    return targets.astype(np.float32)


def whitening(embeddings: np.ndarray, clips_of: list[list[int]]) -> np.ndarray:
    """[clips, D], speakers with several clips -> [D, D], the inverse root of the ridged within-speaker covariance."""
    within = np.mean([np.cov(embeddings[own].T) for own in clips_of], axis=0)
    dims = len(within)
    variance, directions = np.linalg.eigh(within + WITHIN_RIDGE * np.trace(within) / dims * np.eye(dims))
    return directions / np.sqrt(variance) @ directions.T


def class_centres(targets: np.ndarray, clips_of: list[list[int]]) -> np.ndarray:
    """float32 [speeds * speakers, dims], unit length, speed by speed: the mean target of each speaker."""
    means = [[unit(one[own].mean(axis=0)) for own in clips_of] for one in targets]
    return np.concatenate(means).astype(np.float32)


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--config", "--speech", "--peers", "--cache"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    clips, _ = load_split(args.speech, args.cache, "train")
    with ProcessPoolExecutor(2) as pool:
        for speed in load_config(args.config)["data"]["speeds"]:
            path = args.cache / f"teacher-{speed}.npy"
            if not path.exists():
                job = partial(_embed_range, args.speech, args.cache, args.peers, speed)
                np.save(path, np.concatenate(list(pool.map(job, range(0, len(clips), CHUNK)))))
            print(path, flush=True)


if __name__ == "__main__":
    main()
