"""Makes training lists from one folder per speaker, or from a speech folder's clips.tsv."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

from .training_list import GUESS, Entry, ListError

SOUND = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif"}
CLIPS_COLUMNS = ("path", "speaker", "corpus", "licence")  # `licence` is the speech folder's spelling
UNLABELED_COLUMNS = ("path", "guess", "corpus", "licence")
HELD_OUT_SHARE = 0.2
HELD_OUT_MIN_CLIPS = 4


def from_folder(folder: Path) -> list[Entry]:
    """FOLDER/alice/a.wav -> alice/a.wav<TAB>alice, in name order.

    Subfolders belong to the same speaker.
    """
    if not folder.is_dir():
        raise ListError(f"{folder}: no such folder")
    paths = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in SOUND)
    inside = [path for path in paths if len(path.parts) > 1]
    return [Entry(path.as_posix(), path.parts[0], i) for i, path in enumerate(inside, start=1)]


def from_clips(
    clips: Path,
    without: list[str],
    without_license: str | None = None,
    held_out: Path | None = None,
    only: Path | None = None,
) -> list[Entry]:
    """Returns the clips of a clips.tsv in the file's order, without some corpora, licenses and
    speakers.

    without_license  leaves out licenses that contain this text
    held_out, only   files with a speaker per line: those to leave out, and the only ones to keep
    """
    kept_back = set(held_out.read_text().split()) if held_out else set()
    wanted = set(only.read_text().split()) if only else None
    rows = read_clips(clips)
    unknown = sorted(set(without) - {row["corpus"] for row in rows})
    if unknown:
        raise ListError(f"{clips}: no corpus {', '.join(unknown)}")
    return [
        Entry(row["path"], row["speaker"], i)
        for i, row in enumerate(rows, start=2)
        if row["corpus"] not in without
        and not (without_license and without_license in row["licence"])
        and row["speaker"] not in kept_back
        and (wanted is None or row["speaker"] in wanted)
    ]


def from_unlabeled(clips: Path) -> list[Entry]:
    """Returns the clips of a file with UNLABELED_COLUMNS. Their labels are marked as guesses."""
    rows = read_clips(clips, UNLABELED_COLUMNS)
    return [Entry(row["path"], GUESS + row["guess"], i) for i, row in enumerate(rows, start=2)]


def read_clips(file: Path, columns: tuple[str, ...] = CLIPS_COLUMNS) -> list[dict[str, str]]:
    """Returns the rows of a tab-separated file. ListError if a column is missing."""
    if not file.is_file():
        raise ListError(f"{file}: no such file")
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for column in columns:
        if not rows or rows[0].get(column) is None:
            raise ListError(f"{file}: no column {column}")
    return rows


def held_out_speakers(speakers: list[str]) -> list[str]:
    """Returns a fifth of the speakers with several clips, chosen by a hash of the name.

    Training never uses them, so that thresholds are calibrated on voices that the network hasn't
    seen. Adding or removing other speakers doesn't change the choice.

    speakers  one name per clip
    """
    several = (name for name, n in Counter(speakers).items() if n >= HELD_OUT_MIN_CLIPS)
    return sorted(name for name in several if _share(name) < HELD_OUT_SHARE)


def _share(speaker: str) -> float:
    """Returns a number in [0, 1) that depends on the name only."""
    return int.from_bytes(hashlib.sha256(speaker.encode()).digest()[:4], "big") / 2**32
