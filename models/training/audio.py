"""Decodes each audio file once into one flat int16 file, which is memory-mapped.

Crops need no decoder.
"""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr
from tqdm import tqdm

from .training_list import Entry, ListError

SAMPLE_RATE_HZ = 16_000
MIN_SECONDS = 0.1
SHOWN = 20  # faults listed in one message


@dataclass(frozen=True)
class Audio:
    """All clips in one flat int16 array. Clip i is samples[offsets[i] : offsets[i + 1]]."""

    paths: list[str]
    samples: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.paths)

    def clip(self, i: int) -> np.ndarray:
        """int16 [samples], 16 kHz mono"""
        return self.samples[self.offsets[i] : self.offsets[i + 1]]

    def in_memory(self) -> "Audio":
        """Returns a copy in memory, for machines whose page cache doesn't keep a mapped file."""
        return Audio(self.paths, np.array(self.samples), self.offsets)

    def hours(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ / 3600


def decode(path: Path, min_seconds: float = MIN_SECONDS) -> np.ndarray:
    """Decodes any file that libsndfile reads -> int16 [samples], mono, 16 kHz.

    Raises ValueError with the reason if the file is missing, empty, truncated or too short.
    """
    if not path.is_file():
        raise ValueError("no such file")
    if path.stat().st_size == 0:
        raise ValueError("empty file")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.SoundFileError:
        raise ValueError("libsndfile can't read it as audio") from None
    if is_cut_off(path):
        raise ValueError("truncated")
    mono = samples.mean(axis=1)
    if rate != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate, SAMPLE_RATE_HZ)
    if len(mono) < min_seconds * SAMPLE_RATE_HZ:
        raise ValueError(f"{len(mono) / SAMPLE_RATE_HZ:.2f} s of audio; the minimum is {min_seconds} s")
    return np.clip(np.rint(mono * 32768), -32768, 32767).astype(np.int16)


def is_cut_off(path: Path) -> bool:
    """Returns whether a WAV is shorter than its header says, or an Ogg file lacks its last page.

    libsndfile reads such files without an error.
    """
    data = path.read_bytes()
    if data[:4] == b"RIFF":
        declared = int.from_bytes(data[4:8], "little")
        return declared not in (0, 0xFFFFFFFF) and declared + 8 > len(data) + 1
    if data[:4] == b"OggS":
        last = data.rfind(b"OggS")
        END_OF_STREAM = 4  # RFC 3533, section 6, header_type_flag
        lacing = data[last + 27 : last + 27 + data[last + 26]] if last + 27 <= len(data) else b""
        whole = last + 27 + len(lacing) + sum(lacing) <= len(data)
        return not (lacing and whole and data[last + 5] & END_OF_STREAM)
    return False


def _try(root: Path, min_seconds: float, path: str) -> np.ndarray | str:
    try:
        return decode(root / path, min_seconds)
    except ValueError as error:
        return str(error)


def load_list(file: Path, entries: list[Entry], root: Path, cache: Path, processes: int = 2) -> Audio:
    """Returns the decoded clips of a list, from the cache if present.

    ListError names each faulty line.
    """
    return load_paths(
        [e.path for e in entries], root, cache, processes, lambda i: f"{file}:{entries[i].line}"
    )


def load_folder(folder: Path, cache: Path, processes: int = 2) -> Audio:
    """Returns every file of a folder, in name order."""
    if not folder.is_dir() or not any(folder.iterdir()):
        raise ListError(f"{folder}: the folder is missing or empty")
    paths = sorted(p.name for p in folder.iterdir() if p.is_file())
    return load_paths(paths, folder, cache, processes, lambda i: str(folder), min_seconds=0)


def load_paths(
    paths: list[str], root: Path, cache: Path, processes: int, place, min_seconds: float = MIN_SECONDS
) -> Audio:
    """Returns the decoded clips. `place(i)` is where path i was found, for error messages."""
    cache.mkdir(parents=True, exist_ok=True)
    stamp = [(p, s.stat().st_size if (s := root / p).is_file() else -1) for p in paths]
    key = hashlib.sha256(repr((str(root.resolve()), stamp)).encode()).hexdigest()[:16]
    flat, index = cache / f"audio-{key}.i16", cache / f"audio-{key}.npy"
    if not index.exists():
        offsets, faults = [0], []
        # Several processes may decode the same list at once. Each writes files of its own and
        # then renames them, so that no process reads a partial file.
        own_flat, own_index = (path.with_suffix(f".{os.getpid()}{path.suffix}") for path in (flat, index))
        with own_flat.open("wb") as out, ProcessPoolExecutor(processes) as pool:
            decoded = pool.map(partial(_try, root, min_seconds), paths, chunksize=16)
            for i, samples in enumerate(
                tqdm(decoded, f"decoding {root.name}", len(paths), leave=False, mininterval=1)
            ):
                if isinstance(samples, str):
                    faults.append(f"{place(i)}: {paths[i]}: {samples}")
                    continue
                samples.tofile(out)
                offsets.append(offsets[-1] + len(samples))
        if faults:
            own_flat.unlink()
            more = [f"... and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
            raise ListError("\n".join(faults[:SHOWN] + more))
        np.save(own_index, np.array(offsets))
        own_flat.replace(flat)
        own_index.replace(index)
    return Audio(paths, np.memmap(flat, dtype=np.int16, mode="r"), np.load(index))


def check_files(file: Path, entries: list[Entry], root: Path) -> None:
    """Decodes every file of a list and discards the result. ListError names each faulty line."""
    faults = [
        f"{file}:{entry.line}: {entry.path}: {fault}"
        for entry in tqdm(entries, "checking", leave=False)
        if isinstance(fault := _try(root, MIN_SECONDS, entry.path), str)
    ]
    if faults:
        raise ListError("\n".join(faults))
