"""Computes the teacher's embeddings of the clips that a recipe trains and measures on, once.

    python -m models.training.teacher --config RECIPE --speech DIR --peers DIR [--processes 2]

Each `[[teacher.encoders]]` table of the recipe names a published encoder: an ONNX file in the peers
folder and the front end that computes its input. Clips are embedded clean and whole, at every speed
of the recipe, because a clip at another speed is another voice. Encoders are never shipped, and no
network starts from their weights.
"""

import argparse
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from tqdm import tqdm

from . import config
from .audio import SAMPLE_RATE_HZ, Audio, load_list
from .batches import Crops
from .config import RecipeError, load_recipe
from .speed import change_speed
from .training_list import Entry, ListError, read_list

MAX_SECONDS = 30  # bounds memory; no clip of the project's corpora is longer
CHUNK = 32  # clips per job of a worker process


@dataclass(frozen=True)
class Encoder:
    """One `[[teacher.encoders]]` table.

    `key` changes with every setting that changes an embedding.
    """

    file: str
    front_end: Callable[[np.ndarray], np.ndarray]
    key: str


def encoders_of(recipe: dict) -> list[Encoder]:
    """RecipeError if there are none, or if one lacks a file or a front end."""
    where = f"{recipe['file']}: [[teacher.encoders]]"
    tables = config.table(recipe, "teacher").get("encoders", [])
    if not tables:
        raise RecipeError(f"{where} needs at least one encoder")
    encoders = []
    for table in tables:
        settings = {name: value for name, value in table.items() if name != "credit"}
        key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
        if "file" not in settings:
            raise RecipeError(f"{where} needs file")
        file = settings.pop("file")
        encoders.append(
            Encoder(file, config.bind(recipe, "teacher.encoders", "samples", settings=settings), key)
        )
    return encoders


def embed(session: onnxruntime.InferenceSession, encoder: Encoder, samples: np.ndarray) -> np.ndarray:
    """float [samples] in [-1, 1] -> float32 [E]: the first output, averaged over the rows of the
    batch.
    """
    features = encoder.front_end(samples)
    return session.run(None, {session.get_inputs()[0].name: features})[0].mean(axis=0)


@lru_cache
def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


def cache_file(cache: Path, entries: list[Entry], speed: float, encoder: Encoder) -> Path:
    """One file per encoder, list of paths and speed. Labels don't matter."""
    paths = hashlib.sha256("\n".join(entry.path for entry in entries).encode()).hexdigest()[:16]
    return cache / f"teacher-{encoder.key}-{paths}-{speed}.npy"


def load_raw(
    cache: Path, entries: list[Entry], speeds: list[float], encoders: list[Encoder]
) -> tuple[np.ndarray, list[int]]:
    """-> float32 [speeds, clips, E], the encoders' embeddings side by side, and the size of each.

    ListError if `python -m models.training.teacher` has not run for this list.
    """
    files = [[cache_file(cache, entries, speed, encoder) for encoder in encoders] for speed in speeds]
    missing = [str(speed) for speed, own in zip(speeds, files) if not all(file.exists() for file in own)]
    if missing:
        raise ListError(
            f"No teacher embeddings of this list at speed {', '.join(missing)}. "
            "Run python -m models.training.teacher with this recipe first."
        )
    parts = [[np.load(file) for file in own] for own in files]
    return np.stack([np.concatenate(own, axis=1) for own in parts]), [part.shape[1] for part in parts[0]]


_opened: dict[str, Audio | Encoder | Path] = {}  # per worker process, so that jobs don't carry the audio


def _open(
    file: Path, entries: list[Entry], root: Path, cache: Path, recipe: dict, index: int, peers: Path
) -> None:
    encoder = encoders_of(recipe)[index]
    _opened.update(audio=load_list(file, entries, root, cache), encoder=encoder, path=peers / encoder.file)


def _embed_range(job: tuple[float, int]) -> np.ndarray:
    speed, start = job
    audio, rows = _opened["audio"], []
    for i in range(start, min(start + CHUNK, len(audio))):
        samples = audio.clip(i)[: MAX_SECONDS * SAMPLE_RATE_HZ].astype(np.float32) / 32768
        rows.append(embed(open_session(_opened["path"]), _opened["encoder"], change_speed(samples, speed)))
    return np.array(rows, dtype=np.float32)


def embed_list(recipe: dict, file: Path, root: Path, speeds: list[float], args: argparse.Namespace) -> None:
    """Writes the cache files of a list that don't exist yet."""
    entries = read_list(file)
    load_list(file, entries, root, args.cache, args.processes)
    starts = range(0, len(entries), CHUNK)
    for index, encoder in enumerate(encoders_of(recipe)):
        if not (args.peers / encoder.file).is_file():
            raise RecipeError(
                f"{recipe['file']}: [[teacher.encoders]] no file {encoder.file} in {args.peers}"
            )
        given = (file, entries, root, args.cache, recipe, index, args.peers)
        for speed in speeds:
            target = cache_file(args.cache, entries, speed, encoder)
            if not target.exists():
                with ProcessPoolExecutor(args.processes, initializer=_open, initargs=given) as pool:
                    rows = pool.map(_embed_range, [(speed, start) for start in starts])
                    found = list(tqdm(rows, f"{encoder.file} at speed {speed}", len(starts), mininterval=5))
                np.save(target, np.concatenate(found))
            print(target, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="the recipe")
    parser.add_argument(
        "--speech", type=Path, required=True, help="what the recipe's folders are relative to"
    )
    parser.add_argument("--peers", type=Path, required=True, help="the folder with the encoders")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    try:
        recipe = load_recipe(args.config)
        data, crops = config.table(recipe, "data"), Crops(**recipe.get("crops", {}))
        root = args.speech / data.get("root", "")
        if "held_out" in recipe:
            held_out = recipe["held_out"]
            embed_list(recipe, Path(held_out["list"]), args.speech / held_out.get("root", ""), [1.0], args)
        embed_list(recipe, Path(data["list"]), root, crops.speeds, args)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
