"""Trains a recipe on a CPU or on GPUs, in one process or under torchrun.

    python -m models.training.train --config RECIPE.toml --speech DIR
    python -m models.training.train --config RECIPE.toml --speech DIR --resume    # last epoch
    python -m models.training.train --config RECIPE.toml --speech DIR --resume 3  # epoch 3
    python -m models.training.train --config FINE.toml --speech DIR --init runs/BASE/best.pt
    torchrun --nproc-per-node 2 -m models.training.train --config RECIPE.toml --speech DIR

Writes runs/<recipe>: epoch-NNN.pt, last.pt, best.pt, log.txt and tensorboard. After an
interruption, --resume continues from the last complete epoch.
"""

import argparse
from pathlib import Path

from .config import RecipeError, build, load_recipe
from .training_list import ListError


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="the recipe")
    parser.add_argument(
        "--speech", type=Path, required=True, help="folder that the recipe's folders are relative to"
    )
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of all runs")
    parser.add_argument(
        "--cache", type=Path, help="folder of decoded audio and teacher embeddings; default RUNS/cache"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--resume", nargs="?", const="last", help="continue from the last epoch, an epoch's number, or a file"
    )
    start.add_argument(
        "--init",
        type=Path,
        help="start from the backbone of this checkpoint or ONNX file, with a new classifier",
    )
    parser.add_argument("--with-losses", action="store_true", help="with --init, keep the classifier too")
    args = parser.parse_args()
    try:
        recipe = load_recipe(args.config)
        cache = args.cache or args.runs / "cache"
        trainer = build(recipe, "trainer", recipe=recipe, speech=args.speech, runs=args.runs, cache=cache)
        resume = checkpoint_named(args.resume, args.runs / recipe["name"]) if args.resume else None
        trainer.run(resume, args.init, args.with_losses)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None


def checkpoint_named(text: str, folder: Path) -> Path:
    """Returns the file of a checkpoint given as "last", an epoch's number or a path."""
    if text == "last":
        return folder / "last.pt"
    return folder / f"epoch-{int(text):03}.pt" if text.isdigit() else Path(text)


if __name__ == "__main__":
    main()
