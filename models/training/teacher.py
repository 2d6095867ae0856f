"""Teacher embeddings of training clips, computed once: what a student's embedding learns to imitate.

Two published encoders, whose cosines together are better than either's alone. Every clip is embedded at each speed
of the recipe: a voice played faster or slower is another voice to the teachers, so it is another lesson for the
student. The encoders are never shipped.

    python -m models.training.teacher --list LIST --root DIR --peers DIR [--speeds 1.0 0.9 1.1]
"""

import argparse
import hashlib
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import onnxruntime
from tqdm import tqdm

from .audio import SAMPLE_RATE_HZ, Audio, load_list
from .lists import Entry, ListError, read_list
from .speed import change_speed
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


def cache_file(cache: Path, entries: list[Entry], speed: float) -> Path:
    """One file per list of paths and speed, whatever the labels."""
    key = hashlib.sha256("\n".join(entry.path for entry in entries).encode()).hexdigest()[:16]
    return cache / f"teacher-{key}-{speed}.npy"


def load_raw(cache: Path, entries: list[Entry], speeds: list[float]) -> np.ndarray:
    """float32 [speeds, clips, 512] as `python -m models.training.teacher` left them."""
    files = [cache_file(cache, entries, speed) for speed in speeds]
    missing = [str(speed) for speed, file in zip(speeds, files) if not file.exists()]
    if missing:
        raise ListError(
            f"no teacher embeddings of this list at speed {', '.join(missing)}: run python -m models.training.teacher first"
        )
    return np.stack([np.load(file) for file in files])


_opened: dict[str, Audio] = {}  # in each worker process: mapped once, not sent with every job


def _open(file: Path, entries: list[Entry], root: Path, cache: Path) -> None:
    _opened["audio"] = load_list(file, entries, root, cache)


def _embed_range(peers_dir: Path, speed: float, start: int) -> np.ndarray:
    audio, rows = _opened["audio"], []
    for i in range(start, min(start + CHUNK, len(audio))):
        samples = audio.clip(i)[: MAX_SECONDS * SAMPLE_RATE_HZ].astype(np.float32) / 32768
        rows.append(embed_clip(peers_dir, change_speed(samples, speed)))
    return np.array(rows, dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--list", "--root", "--peers"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--speeds", type=float, nargs="+", default=[1.0, 0.9, 1.1])
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    try:
        entries = read_list(args.list)
        load_list(args.list, entries, args.root, args.cache, args.processes)
    except ListError as error:
        raise SystemExit(str(error)) from None
    starts = range(0, len(entries), CHUNK)
    for speed in args.speeds:
        file = cache_file(args.cache, entries, speed)
        if not file.exists():
            given = (args.list, entries, args.root, args.cache)
            with ProcessPoolExecutor(args.processes, initializer=_open, initargs=given) as pool:
                rows = pool.map(partial(_embed_range, args.peers, speed), starts)
                np.save(file, np.concatenate(list(tqdm(rows, f"teachers at speed {speed}", len(starts)))))
        print(file, flush=True)


if __name__ == "__main__":
    main()
