"""Reads, writes and rewrites training lists: one clip per line, `path<TAB>label`.

Paths are relative to a root. A label is a speaker. A label that starts with `?` is a guess, for
clips whose speaker isn't known. Such clips are drawn and embedded by the teacher like others, but
classifiers and whitening ignore them.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

GUESS = "?"


class ListError(ValueError):
    """A list, or a file that it names, has an error.

    Each line of the message is `list:line: reason`.
    """


@dataclass(frozen=True)
class Entry:
    path: str
    label: str
    line: int  # line number in the list, from 1


def read_list(file: Path) -> list[Entry]:
    """Returns the entries of a list in order.

    Raises ListError for a malformed line, a duplicate path, fewer than two speakers, and a gap in
    numbered labels.
    """
    if not file.is_file():
        raise ListError(f"{file}: list not found")
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        path, tab, label = text.partition("\t")
        if not tab or not path.strip() or not label.strip() or "\t" in label:
            raise ListError(f"{file}:{number}: expected path<TAB>label, found {text!r}")
        if path in seen:
            raise ListError(f"{file}:{number}: {path} is already on line {seen[path]}")
        seen[path] = number
        entries.append(Entry(path.strip(), label.strip(), number))
    _check_labels(file, entries)
    return entries


def _check_labels(file: Path, entries: list[Entry]) -> None:
    labels = {entry.label for entry in entries if not is_guess(entry.label)}
    if not entries:
        raise ListError(f"{file}: the list is empty. Training needs clips from at least two speakers.")
    if len(labels) < 2:
        raise ListError(f"{file}: only one speaker ({', '.join(labels)}): training needs at least two")
    if all(label.isdigit() for label in labels):
        numbers = {int(label) for label in labels}
        gaps = sorted(set(range(len(numbers))) - numbers)
        if gaps:
            first = next(e for e in entries if e.label in labels and int(e.label) >= len(numbers))
            raise ListError(
                f"{file}:{first.line}: label {first.label} exists but label {gaps[0]} doesn't. "
                f"Numbered labels must have no gaps. "
                f"To renumber, run python -m models.training.lists rewrite {file} --out FILE --number"
            )


def is_guess(label: str) -> bool:
    return label.startswith(GUESS)


def write_list(file: Path, entries: list[Entry]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{entry.path}\t{entry.label}\n" for entry in entries), encoding="utf-8")


def rewritten(
    entries: list[Entry],
    add_prefix: str = "",
    strip_prefix: str = "",
    min_clips: int = 1,
    number: bool = False,
) -> list[Entry]:
    """Returns the list with other paths, without speakers that have fewer clips than `min_clips`,
    and with `number`, with labels numbered from 0 in name order.
    """
    clips = Counter(entry.label for entry in entries)
    kept = [entry for entry in entries if clips[entry.label] >= min_clips]
    numbers = {
        label: str(i) for i, label in enumerate(sorted({entry.label for entry in kept}, key=_name_order))
    }
    return [
        replace(
            entry,
            path=add_prefix + entry.path.removeprefix(strip_prefix),
            label=numbers[entry.label] if number else entry.label,
        )
        for entry in kept
    ]


def _name_order(label: str) -> tuple[int, str]:
    """Sorts 7 before 10, and numbers before names."""
    return (int(label), "") if label.isdigit() else (10**12, label)
