"""Reads a speech folder, and writes the names of the speakers that are never trained on.

    python -m models.training.corpus --speech DIR --held-out models/training/held-out.txt

A speech folder contains `train/clips.tsv` and `dev/clips.tsv` (columns path, speaker, corpus,
session, language, seconds, licence), `dev/trials/*.txt`, `augment/noise`, `augment/rir`, and the
audio files.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from . import audio
from .audio import Audio
from .list_maker import held_out_speakers, read_clips


@dataclass(frozen=True)
class Clip:
    path: str  # relative to the folder of the split
    speaker: str
    corpus: str
    license: str


def clips_of(split_dir: Path) -> list[Clip]:
    rows = read_clips(split_dir / "clips.tsv")
    return [Clip(r["path"], r["speaker"], r["corpus"], r["licence"]) for r in rows]


def load_split(speech_dir: Path, cache_dir: Path, split: str) -> tuple[list[Clip], Audio]:
    """Returns the clips and audio of a split, "train" or "dev"."""
    clips, root = clips_of(speech_dir / split), speech_dir / split
    paths = [clip.path for clip in clips]
    # The header is line 1 of the file.
    return clips, audio.load_paths(paths, root, cache_dir, 2, lambda i: f"{root / 'clips.tsv'}:{i + 2}")


def held_out(clips: list[Clip]) -> set[str]:
    return set(held_out_speakers([clip.speaker for clip in clips]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    args = parser.parse_args()
    names = sorted(held_out(clips_of(args.speech / "train")))
    args.held_out.write_text("".join(f"{name}\n" for name in names))
    print(f"{len(names)} speakers held out")


if __name__ == "__main__":
    main()
