"""Teacher encoders: the recipe's `[[teacher.encoders]]` tables, and the embeddings in the cache."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime

from . import config
from .config import RecipeError
from .training_list import Entry, ListError
from .voice_change import VoiceChange


@dataclass(frozen=True)
class Encoder:
    """One `[[teacher.encoders]]` table.

    `key` changes with every setting that changes an embedding.
    """

    file: str
    front_end: Callable[[np.ndarray], np.ndarray]
    key: str


def encoders_of(recipe: dict) -> list[Encoder]:
    """Returns the recipe's encoders. Raises RecipeError if there are none or one is incomplete."""
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


def cache_file(cache: Path, entries: list[Entry], voice: VoiceChange, encoder: Encoder) -> Path:
    """One file per encoder, list of paths and voice change. Labels don't matter."""
    paths = hashlib.sha256("\n".join(entry.path for entry in entries).encode()).hexdigest()[:16]
    return cache / f"teacher-{encoder.key}-{paths}-{voice}.npy"


def load_raw(
    cache: Path, entries: list[Entry], voices: list[VoiceChange], encoders: list[Encoder]
) -> tuple[np.ndarray, list[int]]:
    """Returns float32 [voices, clips, E], the encoders' embeddings side by side, and their sizes.

    Raises ListError if `python -m models.training.teacher` has not run for this list.
    """
    files = [[cache_file(cache, entries, voice, encoder) for encoder in encoders] for voice in voices]
    missing = [str(voice) for voice, own in zip(voices, files) if not all(file.exists() for file in own)]
    if missing:
        raise ListError(
            f"No teacher embeddings of this list for voice {', '.join(missing)}. "
            "Run python -m models.training.teacher with this recipe first."
        )
    parts = [[np.load(file) for file in own] for own in files]
    return np.stack([np.concatenate(own, axis=1) for own in parts]), [part.shape[1] for part in parts[0]]
