"""Averages the weights of two checkpoints of one network, before and after it was trained further.

    python -m models.training.average --before runs/start-256.pt --after runs/all-256/all-256/last.pt --share 0.6
        --out runs/average.pt

share is the weight of the second. Wortsman et al. 2022 (arXiv:2109.01903): such an average often keeps what both can
do. The result has the second checkpoint's recipe, speakers and teacher, and no losses or optimizer.
"""

import argparse
from pathlib import Path

import torch

from . import checkpoint
from .config import RecipeError

KEPT = ("recipe", "speakers", "guesses", "crops", "teacher_space")


def average(
    before: dict[str, torch.Tensor], after: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Returns (1 - share) * before + share * after. Counters are those of `after`.

    Raises RecipeError for networks of different shapes.
    """
    shapes = [{name: tuple(one.shape) for name, one in weights.items()} for weights in (before, after)]
    if shapes[0] != shapes[1]:
        raise RecipeError("The two checkpoints are of different networks.")
    return {
        name: torch.lerp(before[name], one, share) if one.is_floating_point() else one
        for name, one in after.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--after", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True, help="of the second checkpoint, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if not 0 <= args.share <= 1:
        parser.error("--share is from 0 to 1")
    try:
        before, after = checkpoint.load(args.before), checkpoint.load(args.after)
        weights = average(before["backbone"], after["backbone"], args.share)
    except RecipeError as error:
        raise SystemExit(str(error)) from None
    checkpoint.save(args.out, {key: after[key] for key in KEPT if key in after} | {"backbone": weights})
    print(f"{args.share:g} of {args.after}, the rest of {args.before} -> {args.out}")


if __name__ == "__main__":
    main()
