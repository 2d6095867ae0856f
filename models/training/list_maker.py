"""Makes training lists: from one folder per speaker, or from a speech folder's clips.tsv."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

from .lists import Entry, ListError

SOUND = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif"}
HELD_OUT_SHARE = 0.2
HELD_OUT_MIN_CLIPS = 4


def from_folder(folder: Path) -> list[Entry]:
    """FOLDER/alice/a.wav -> alice/a.wav<TAB>alice, in name order; deeper folders belong to the first one's name."""
    if not folder.is_dir():
        raise ListError(f"{folder}: no such folder")
    paths = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in SOUND)
    inside = [path for path in paths if len(path.parts) > 1]
    return [Entry(path.as_posix(), path.parts[0], i) for i, path in enumerate(inside, start=1)]


def from_clips(
    clips: Path, without: list[str], without_licence: str | None = None, held_out: Path | None = None
) -> list[Entry]:
    """The speakers of a clips.tsv, less whole corpora, licences and the held-out ones, in the file's order."""
    kept_back = set(held_out.read_text().split()) if held_out else set()
    rows = read_clips(clips)
    unknown = sorted(set(without) - {row["corpus"] for row in rows})
    if unknown:
        raise ListError(f"{clips}: no corpus {', '.join(unknown)}")
    return [
        Entry(row["path"], row["speaker"], i)
        for i, row in enumerate(rows, start=2)
        if row["corpus"] not in without
        and not (without_licence and without_licence in row["licence"])
        and row["speaker"] not in kept_back
    ]


def read_clips(file: Path) -> list[dict[str, str]]:
    """The rows of a clips.tsv: at least path, speaker, corpus, licence."""
    if not file.is_file():
        raise ListError(f"{file}: no such file")
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for column in ("path", "speaker", "corpus", "licence"):
        if not rows or rows[0].get(column) is None:
            raise ListError(f"{file}: no column {column}")
    return rows


def held_out_speakers(speakers: list[str]) -> list[str]:
    """A fifth of the speakers with several clips, chosen by the hash of the name alone.

    speakers  one name per clip
    They are never trained on, so that thresholds are calibrated on voices the network has not seen. A
    speaker's side does not change when other speakers come or go.
    """
    several = (name for name, n in Counter(speakers).items() if n >= HELD_OUT_MIN_CLIPS)
    return sorted(name for name in several if _share(name) < HELD_OUT_SHARE)


def _share(speaker: str) -> float:
    """A number in [0, 1) that depends on the name only."""
    return int.from_bytes(hashlib.sha256(speaker.encode()).digest()[:4], "big") / 2**32
