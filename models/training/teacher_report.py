"""Reports the error rates of the teacher's targets themselves, for variants of a recipe.

    python -m models.training.teacher_report --config RECIPE --variants FILE --speech DIR
        --peers DIR --only raw centered wccn-ridge-1

A student that matched every target would have these rates. Clips are clean. Prints a Markdown table
of EERs in percent on the recipe's trial lists.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .ablation import rate_cells
from .batches import Crops
from .config import RecipeError, load_recipe
from .encoders import embed, encoders_of, open_session
from .parts import build_targets
from .training_list import ListError, read_list
from .trials import Trials
from .variants import variants_of


def embed_trials(recipe: dict, trials: Trials, peers: Path, cache: Path) -> dict[str, np.ndarray]:
    """Returns the encoders' embeddings of every clip, side by side, from the cache if present."""
    encoders = encoders_of(recipe)
    file = cache / f"teacher-trials-{'-'.join(encoder.key for encoder in encoders)}.npz"
    if not file.exists():
        sessions = [open_session(peers / encoder.file) for encoder in encoders]
        rows = []
        for samples in tqdm(trials.samples.values(), "trial clips", mininterval=10):
            wave = samples.astype(np.float32) / 32768
            rows.append(np.concatenate([embed(*pair, wave) for pair in zip(sessions, encoders)]))
        np.savez(file, paths=np.array(list(trials.samples)), rows=np.stack(rows))
    found = np.load(file)
    return dict(zip(found["paths"].tolist(), found["rows"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="the recipe to vary")
    parser.add_argument("--variants", type=Path, required=True)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True, help="the folder with the encoders")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--only", nargs="+", help="names of variants; default all, in the file's order")
    args = parser.parse_args()
    try:
        recipes = variants_of(load_recipe(args.config), args.variants)
        first = next(iter(recipes.values()))
        trials = Trials.of(first, args.speech, args.cache)
        raw = embed_trials(first, trials, args.peers, args.cache)
        print(f"| targets | {' | '.join(sorted(trials.lists))} | mean |")
        for name in args.only or recipes:
            entries, crops = read_list(Path(recipes[name]["data"]["list"])), Crops(**recipes[name]["crops"])
            _, space = build_targets(recipes[name], entries, crops, args.cache, None)
            rates = trials.rates_of({path: space(row) for path, row in raw.items()})
            print(f"| {' | '.join([name, *rate_cells(rates)])} |", flush=True)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
