"""Training lists: one clip a line, `path<TAB>label`. Paths are relative to a root; a label is a speaker.

    python -m models.training.lists make    --clips train/clips.tsv --out train.tsv [--without saa ...]
    python -m models.training.lists make    --folder recordings --out mine.tsv
    python -m models.training.lists rewrite mine.tsv --out new.tsv [--add-prefix alice/] [--min-clips 2] [--number]
    python -m models.training.lists check   mine.tsv --root recordings
"""

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path


class ListError(ValueError):
    """A list or a file that it names is wrong; each line of the message is `list:line: what`."""


@dataclass(frozen=True)
class Entry:
    path: str
    label: str
    line: int  # in the list, from 1


def read_list(file: Path) -> list[Entry]:
    """Every line of a list, in order. ListError: a malformed line, a path twice, one speaker, a gap in numbers."""
    if not file.is_file():
        raise ListError(f"{file}: no such list")
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        path, tab, label = text.partition("\t")
        if not tab or not path.strip() or not label.strip() or "\t" in label:
            raise ListError(f"{file}:{number}: not path<TAB>label: {text!r}")
        if path in seen:
            raise ListError(f"{file}:{number}: {path} stands in line {seen[path]} already")
        seen[path] = number
        entries.append(Entry(path.strip(), label.strip(), number))
    _check_labels(file, entries)
    return entries


def _check_labels(file: Path, entries: list[Entry]) -> None:
    labels = {entry.label for entry in entries}
    if not entries:
        raise ListError(f"{file}: empty: training needs clips of two speakers or more")
    if len(labels) == 1:
        raise ListError(f"{file}: one speaker only ({labels.pop()}): training needs two or more")
    if all(label.isdigit() for label in labels):
        numbers = {int(label) for label in labels}
        gaps = sorted(set(range(len(numbers))) - numbers)
        if gaps:
            first = next(e for e in entries if int(e.label) >= len(numbers))
            raise ListError(
                f"{file}:{first.line}: label {first.label}, but no {gaps[0]}: numbers run from 0 without a gap. "
                f"Close it with: python -m models.training.lists rewrite {file} --out FILE --number"
            )


def write_list(file: Path, entries: list[Entry]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{entry.path}\t{entry.label}\n" for entry in entries), encoding="utf-8")


def rewritten(
    entries: list[Entry], add_prefix: str = "", strip_prefix: str = "", min_clips: int = 1, number: bool = False
) -> list[Entry]:
    """The list with other paths, without speakers of too few clips, with labels numbered from 0 in name order."""
    clips = Counter(entry.label for entry in entries)
    kept = [entry for entry in entries if clips[entry.label] >= min_clips]
    numbers = {label: str(i) for i, label in enumerate(sorted({entry.label for entry in kept}, key=_name_order))}
    return [
        replace(
            entry,
            path=add_prefix + entry.path.removeprefix(strip_prefix),
            label=numbers[entry.label] if number else entry.label,
        )
        for entry in kept
    ]


def _name_order(label: str) -> tuple[int, str]:
    """7 before 10, numbers before names."""
    return (int(label), "") if label.isdigit() else (10**12, label)


def main() -> None:
    from .list_maker import from_clips, from_folder
    from .audio import check_files

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True, dest="verb")
    make = verbs.add_parser("make", help="a list from a folder per speaker, or from a clips.tsv")
    source = make.add_mutually_exclusive_group(required=True)
    source.add_argument("--clips", type=Path, help="a clips.tsv with the columns path, speaker, corpus, licence")
    source.add_argument("--folder", type=Path, help="one folder per speaker, audio inside")
    make.add_argument("--without", nargs="*", default=[], help="corpora to leave out")
    make.add_argument("--without-licence", help="leave out licences that contain this, e.g. NC")
    make.add_argument("--held-out", type=Path, help="speakers to leave out, one a line")
    rewrite = verbs.add_parser("rewrite", help="other paths, fewer speakers, numbered labels")
    rewrite.add_argument("list", type=Path, nargs="+", help="several are joined")
    rewrite.add_argument("--add-prefix", default="")
    rewrite.add_argument("--strip-prefix", default="")
    rewrite.add_argument("--min-clips", type=int, default=1)
    rewrite.add_argument("--number", action="store_true", help="labels 0, 1, 2 ...")
    check = verbs.add_parser("check", help="decode every file of a list, name those that are not sound")
    check.add_argument("list", type=Path)
    check.add_argument("--root", type=Path, required=True)
    for verb in (make, rewrite):
        verb.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    try:
        if args.verb == "make" and args.folder:
            write_list(args.out, from_folder(args.folder))
        elif args.verb == "make":
            write_list(args.out, from_clips(args.clips, args.without, args.without_licence, args.held_out))
        elif args.verb == "rewrite":
            joined = [entry for file in args.list for entry in _lines(file)]
            options = (args.add_prefix, args.strip_prefix, args.min_clips, args.number)
            write_list(args.out, rewritten(joined, *options))
        else:
            check_files(args.list, read_list(args.list), args.root)
        entries = read_list(args.list if args.verb == "check" else args.out)
    except ListError as error:
        raise SystemExit(str(error)) from None
    print(f"{len(entries)} clips of {len({e.label for e in entries})} speakers")


def _lines(file: Path) -> list[Entry]:
    """Like read_list, but gaps between numbers and one speaker alone are what a rewrite is there to mend."""
    rows = [text.partition("\t") for text in file.read_text(encoding="utf-8").splitlines() if text.strip()]
    return [Entry(path, label.strip(), i) for i, (path, _, label) in enumerate(rows, start=1)]


if __name__ == "__main__":
    main()
