"""Trains variants of a recipe one after another on equal crops and prints a table of results.

    python -m models.training.ablation --config RECIPE --variants FILE --speech DIR
    [--only NAME ...]
    python -m models.training.ablation --config RECIPE --variants FILE --speech DIR --table

variants.py describes the variants file. The runs are in RUNS/<variants file>/NAME. An interrupted
run continues from its last epoch, and a complete one is skipped.
"""

import argparse
from pathlib import Path

import numpy as np

from . import checkpoint
from .config import RecipeError, build, load_recipe
from .parts import build_backbone
from .training_list import ListError
from .variants import variants_of


def train(recipe: dict, speech: Path, runs: Path, init: Path | None) -> None:
    """Trains one variant, unless it is complete. A new run starts from `init`, if given."""
    last = runs / recipe["name"] / "last.pt"
    if last.exists() and checkpoint.load(last)["epoch"] == recipe["trainer"]["epochs"]:
        return
    trainer = build(recipe, "trainer", recipe=recipe, speech=speech, runs=runs, cache=runs / "cache")
    if last.exists():
        trainer.run(resume=last)
    else:
        # An ONNX file and the weights of `widen` have the backbone alone.
        has_losses = init is not None and init.suffix == ".pt" and "losses" in checkpoint.load(init)
        trainer.run(init=init, with_losses=has_losses)


def row(name: str, recipe: dict, runs: Path) -> list[str]:
    """Returns one variant's cells. Error rates are in percent."""
    last = runs / recipe["name"] / "last.pt"
    parameters = sum(p.numel() for p in build_backbone(recipe).parameters())
    cells = [name, f"{parameters / 1e6:.2f}"]
    if not last.exists():
        return [*cells, "not run"]
    state = checkpoint.load(last)
    cells.append(f"{1000 * state['cpu_seconds'] / state['crops']:.1f}")
    return cells + held_out_cells(state["held_out"]) + rate_cells(state["rates"])


def held_out_cells(measured: dict[str, float]) -> list[str]:
    """Returns cosines, empty if the sizes don't agree, then error rates in percent."""
    cells = [
        f"{measured[key]:.3f}" if key in measured else "" for key in ("cosine", "degraded_cosine", "relation")
    ]
    return cells + [f"{100 * measured[key]:.1f}" for key in ("eer", "degraded_eer")]


def rate_cells(rates: dict[str, float]) -> list[str]:
    """Returns error rates in percent in order of list name, then their mean."""
    return [
        f"{100 * rate:.1f}"
        for rate in [*(rates[name] for name in sorted(rates)), np.mean(list(rates.values()))]
    ]


HEAD = ["variant", "M parameters", "CPU ms a crop", "cosine", "degraded", "relation", "EER", "degraded"]


def table(recipes: dict[str, dict], runs: Path) -> str:
    """Returns a Markdown table: cost, then measures on held-out voices, then on the trial lists."""
    lists = [Path(path).stem for path in next(iter(recipes.values()))["evaluation"]["lists"]]
    head = [*HEAD, *sorted(lists), "mean"]
    rows = [row(name, recipe, runs) for name, recipe in recipes.items()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="the recipe to vary")
    parser.add_argument("--variants", type=Path, required=True)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument(
        "--init", type=Path, help="start new runs from this .pt or .onnx file; default: random weights"
    )
    parser.add_argument("--only", nargs="+", help="names of variants; default all, in the file's order")
    parser.add_argument("--table", action="store_true", help="print the results so far without training")
    args = parser.parse_args()
    try:
        recipes = variants_of(load_recipe(args.config), args.variants)
        unknown = sorted(set(args.only or []) - set(recipes))
        if unknown:
            raise RecipeError(f"{args.variants}: no variant {', '.join(unknown)}")
        recipes = {name: recipes[name] for name in args.only or recipes}
        for recipe in [] if args.table else recipes.values():
            train(recipe, args.speech, args.runs, args.init)
        print(table(recipes, args.runs))
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
