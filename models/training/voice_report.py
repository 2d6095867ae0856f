"""Reports how far a voice change moves a voice in the teacher's embedding.

    python -m models.training.voice_report --config RECIPE --speech DIR --peers DIR
        [--speeds 0.8 0.9 1.1 1.25] [--formants 0.88 1.14] [--clips 60]

Prints the mean cosine between clips and their changed versions, on the recipe's held-out list. The
first two lines are for comparison: other clips of the same speaker, and of other speakers in the
same corpus. A change makes a new voice if its cosine is below the first and near the second.
"""

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .audio import load_list
from .config import RecipeError, load_recipe, table
from .encoders import embed, encoders_of, open_session
from .training_list import ListError, read_list
from .voice_change import VoiceChange
from .wccn import unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="the recipe")
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True, help="the folder with the encoders")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--speeds", type=float, nargs="*", default=[0.8, 0.9, 1.1, 1.25])
    parser.add_argument("--formants", type=float, nargs="*", default=[0.88, 1.14])
    parser.add_argument("--clips", type=int, default=60, help="clips to measure, spread over the list")
    args = parser.parse_args()
    try:
        recipe = load_recipe(args.config)
        held_out, [encoder, *_] = table(recipe, "held_out"), encoders_of(recipe)
        file = Path(held_out["list"])
        entries = read_list(file)
        audio = load_list(file, entries, args.speech / held_out.get("root", ""), args.cache)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None
    chosen = np.linspace(0, len(entries) - 1, args.clips).astype(int)
    session = open_session(args.peers / encoder.file)
    waves = [audio.clip(i).astype(np.float32) / 32768 for i in chosen]

    def embedded(voice: VoiceChange) -> np.ndarray:
        found = [embed(session, encoder, voice(wave)) for wave in tqdm(waves, str(voice), leave=False)]
        return unit(np.array(found))

    own = embedded(VoiceChange())
    same, other = [], []
    for (a, i), (b, j) in combinations(enumerate(chosen), 2):
        if entries[i].path.split("/")[0] == entries[j].path.split("/")[0]:
            (same if entries[i].label == entries[j].label else other).append(own[a] @ own[b])
    print(f"same speaker\t{np.mean(same):.3f}\nother speaker\t{np.mean(other):.3f}", flush=True)
    changes = [VoiceChange(speed=speed) for speed in args.speeds]
    changes += [VoiceChange(formants=factor) for factor in args.formants]
    changes += [VoiceChange(speed, factor) for speed, factor in zip((0.9, 1.1), args.formants)]
    for voice in changes:
        print(f"{voice}\t{(own * embedded(voice)).sum(axis=1).mean():.3f}", flush=True)


if __name__ == "__main__":
    main()
