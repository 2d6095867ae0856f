"""Makes, rewrites and checks training lists: one clip per line, `path<TAB>label`.

python -m models.training.lists make    --clips train/clips.tsv --out train.tsv [--without saa ...]
python -m models.training.lists make    --folder recordings --out mine.tsv
python -m models.training.lists rewrite mine.tsv --out new.tsv [--add-prefix alice/]
        [--min-clips 2] [--number]
python -m models.training.lists check   mine.tsv --root recordings
"""

import argparse
from pathlib import Path

from .audio import check_files
from .list_maker import from_clips, from_folder, from_unlabeled
from .training_list import Entry, ListError, read_list, rewritten, write_list


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True, dest="verb")
    make = verbs.add_parser("make", help="make a list from one folder per speaker, or from a clips.tsv")
    source = make.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--clips", type=Path, help="a clips.tsv with the columns path, speaker, corpus, licence"
    )
    source.add_argument("--folder", type=Path, help="one folder per speaker, audio inside")
    make.add_argument("--without", nargs="*", default=[], help="corpora to leave out")
    make.add_argument(
        "--without-license", help="leave out clips whose license contains this text, such as NC"
    )
    make.add_argument("--held-out", type=Path, help="file of speakers to leave out, one per line")
    make.add_argument("--only", type=Path, help="file of speakers to keep, one per line")
    make.add_argument(
        "--unlabeled", type=Path, help="also add the clips of this file (path, guess, corpus, licence)"
    )
    rewrite = verbs.add_parser("rewrite", help="change paths, drop speakers, number labels")
    rewrite.add_argument("list", type=Path, nargs="+", help="several lists are joined")
    rewrite.add_argument("--add-prefix", default="")
    rewrite.add_argument("--strip-prefix", default="")
    rewrite.add_argument("--min-clips", type=int, default=1)
    rewrite.add_argument("--number", action="store_true", help="labels 0, 1, 2 ...")
    check = verbs.add_parser("check", help="decode every file of a list and report the faulty ones")
    check.add_argument("list", type=Path)
    check.add_argument("--root", type=Path, required=True)
    for verb in (make, rewrite):
        verb.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    try:
        if args.verb == "make" and args.folder:
            write_list(args.out, from_folder(args.folder))
        elif args.verb == "make":
            options = (args.without, args.without_license, args.held_out, args.only)
            unlabeled = from_unlabeled(args.unlabeled) if args.unlabeled else []
            write_list(args.out, from_clips(args.clips, *options) + unlabeled)
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
    """Reads a list without read_list's checks, because a rewrite can fix what they reject."""
    rows = [text.partition("\t") for text in file.read_text(encoding="utf-8").splitlines() if text.strip()]
    return [Entry(path, label.strip(), i) for i, (path, _, label) in enumerate(rows, start=1)]


if __name__ == "__main__":
    main()
