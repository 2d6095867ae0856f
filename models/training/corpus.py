"""Clip lists, the held-out speakers and the decoded-audio cache.

A speech folder holds `train/clips.tsv`, `dev/clips.tsv` (columns path, speaker, corpus, session, language,
seconds, licence), `dev/trials/*.txt` and `augment/{noise,rir}`. Audio is decoded once to one flat int16 file,
which is mapped, not read: a crop costs no decoder.

    python -m models.training.corpus --speech DIR --cache DIR
"""

import argparse
import csv
import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import soundfile
import soxr

SAMPLE_RATE_HZ = 16_000
HELD_OUT_SHARE = 0.2
HELD_OUT_MIN_CLIPS = 4


@dataclass(frozen=True)
class Clip:
    path: str  # relative to the split's folder
    speaker: str
    corpus: str
    licence: str


@dataclass(frozen=True)
class Audio:
    """Many decoded clips: `samples` is one flat int16 array, clip i is samples[offsets[i]:offsets[i + 1]]."""

    paths: list[str]
    samples: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.paths)

    def clip(self, i: int) -> np.ndarray:
        """int16 [samples]"""
        return self.samples[self.offsets[i] : self.offsets[i + 1]]


def read_clips(split_dir: Path) -> list[Clip]:
    with (split_dir / "clips.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Clip(r["path"], r["speaker"], r["corpus"], r["licence"]) for r in rows]


def held_out_speakers(clips: list[Clip]) -> list[str]:
    """A fifth of the speakers with several clips, chosen by the hash of the name alone.

    They are never trained on, so that thresholds are calibrated on voices the network has not seen. A
    speaker's side does not change when other speakers come or go.
    """
    counts: dict[str, int] = {}
    for clip in clips:
        counts[clip.speaker] = counts.get(clip.speaker, 0) + 1
    several = (s for s, n in counts.items() if n >= HELD_OUT_MIN_CLIPS)
    return sorted(s for s in several if _share(s) < HELD_OUT_SHARE)


def _share(speaker: str) -> float:
    """A number in [0, 1) that depends on the name only."""
    return int.from_bytes(hashlib.sha256(speaker.encode()).digest()[:4], "big") / 2**32


def decode(path: Path) -> np.ndarray:
    """Any file libsndfile reads -> int16 [samples], mono, 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate, SAMPLE_RATE_HZ)
    return np.clip(np.rint(mono * 32768), -32768, 32767).astype(np.int16)


def load_audio(cache_dir: Path, name: str, root: Path, paths: list[str], processes: int = 2) -> Audio:
    """Decodes `paths` under `root` on the first call, maps the result on every later one."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    flat, index = cache_dir / f"{name}.i16", cache_dir / f"{name}.npz"
    if not index.exists():
        lengths = []
        with flat.open("wb") as file, ProcessPoolExecutor(processes) as pool:
            for samples in pool.map(decode, [root / p for p in paths], chunksize=16):
                samples.tofile(file)
                lengths.append(len(samples))
        np.savez(index, paths=np.array(paths), offsets=np.concatenate([[0], np.cumsum(lengths)]))
    stored = np.load(index)
    if stored["paths"].tolist() != paths:
        raise ValueError(f"{index} was made from another list of clips: delete it")
    return Audio(paths, np.memmap(flat, dtype=np.int16, mode="r"), stored["offsets"])


def load_split(speech_dir: Path, cache_dir: Path, split: str) -> tuple[list[Clip], Audio]:
    clips = read_clips(speech_dir / split)
    return clips, load_audio(cache_dir, split, speech_dir / split, [c.path for c in clips])


def load_folder(speech_dir: Path, cache_dir: Path, folder: str) -> Audio:
    """Every file of e.g. `augment/noise`, in name order."""
    root = speech_dir / folder
    return load_audio(cache_dir, folder.replace("/", "-"), root, sorted(p.name for p in root.iterdir()))


VOICED_NOISE = Path(__file__).parent / "vad" / "voiced-noise.txt"


def voiceless(paths: list[str]) -> list[int]:
    """Indices of the noise files that hold no voice.

    Much of augment/noise is speech with a little noise, whole sentences in most files. Those found by eye in
    spectrograms are listed, as patterns of file names, in vad/voiced-noise.txt.
    """
    voiced = VOICED_NOISE.read_text().split()
    return [i for i, path in enumerate(paths) if not any(fnmatch(path, pattern) for pattern in voiced)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, help="write the held-out speakers' names here")
    args = parser.parse_args()
    if args.held_out:
        names = held_out_speakers(read_clips(args.speech / "train"))
        args.held_out.write_text("".join(f"{name}\n" for name in names))
    for folder in ("augment/noise", "augment/rir"):
        load_folder(args.speech, args.cache, folder)
    for split in ("train", "dev"):
        clips, audio = load_split(args.speech, args.cache, split)
        hours = len(audio.samples) / SAMPLE_RATE_HZ / 3600
        print(f"{split}: {len(clips)} clips, {len({c.speaker for c in clips})} speakers, {hours:.1f} h")


if __name__ == "__main__":
    main()
