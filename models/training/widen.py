"""Widens a trained network without changing its output, so that training continues from it.

    python -m models.training.widen --model models/NAME/model.onnx --config RECIPE [--variants FILE]
        --speech DIR --out runs/start.pt

The recipe's ECAPA-TDNN may have more channels than the one in the ONNX file (net2net: Chen et al.
2016, arXiv:1511.05641). Old channels keep their weights and ignore the new ones, which start at
random. The last layer is fitted to the recipe's teacher by least squares. Continue with `train
--init runs/start.pt`.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import checkpoint
from .config import RecipeError, load_recipe
from .onnx_weights import read_weights
from .parts import build_backbone, build_batches
from .training_list import ListError
from .variants import variants_of
from .whiten import embed_groups

RIDGE = 1e-3  # relative to the embeddings' mean variance
CLIPS_PER_SPEAKER = 6


def channel_map(old: int, new: int, scale: int) -> Tensor:
    """Returns the place of each old channel among `new`. Each of a Res2Net block's `scale` groups
    grows at its end.
    """
    i = torch.arange(old)
    return i // (old // scale) * (new // scale) + i % (old // scale)


def widen(narrow: dict[str, Tensor], wide: dict[str, Tensor], scale: int = 8) -> dict[str, Tensor]:
    """Returns weights with the shapes of `wide` that compute what `narrow` computes.

    Raises RecipeError if the architectures don't match.
    """
    old, new = len(narrow["stem.conv.bias"]), len(wide["stem.conv.bias"])
    channels = channel_map(old, new, scale)
    places = {
        (old, new): channels,
        (old // scale, new // scale): torch.arange(old // scale),
        (3 * old, 3 * new): torch.cat([channels + block * new for block in range(3)]),
    }
    counters = {name: value for name, value in wide.items() if name.endswith(checkpoint.COUNTER)}
    differing = narrow.keys() ^ (wide.keys() - counters.keys())
    if differing:
        raise RecipeError(f"the architectures differ: {', '.join(sorted(differing)[:3])}")

    def place(name: str, size: tuple[int, int]) -> Tensor:
        if size[0] == size[1]:
            return torch.arange(size[0])
        if size not in places:
            raise RecipeError(f"{name}: {size[0]} can't grow to {size[1]}")
        return places[size]

    grown = dict(counters)
    for name, own in narrow.items():
        target = wide[name].clone()
        axes = [place(name, size) for size in zip(own.shape, target.shape)][:2]
        if own.dim() > 1:
            target[axes[0]] = 0  # an old channel ignores the new ones
            target[axes[0][:, None], axes[1]] = own
        elif own.dim() == 1:
            target[axes[0]] = own
        grown[name] = target
    return grown


def fit_last_layer(weights: dict[str, Tensor], embeddings: np.ndarray, targets: np.ndarray) -> None:
    """Changes the last layer by the least-squares map from embeddings [clips, D] to targets [clips,
    T], T = D.
    """
    eps = 1e-5  # of torch.nn.BatchNorm1d
    scale = weights["project_norm.weight"] / torch.sqrt(weights["project_norm.running_var"] + eps)
    shift = weights["project_norm.bias"] - weights["project_norm.running_mean"] * scale
    dims = embeddings.shape[1]
    ridge = RIDGE * np.square(embeddings).sum(axis=1).mean() / dims * len(embeddings)
    solved = np.linalg.solve(embeddings.T @ embeddings + ridge * np.eye(dims), embeddings.T @ targets)
    fitted = torch.from_numpy(solved.T).float()
    weights["project.weight"] = fitted @ (scale[:, None] * weights["project.weight"])
    weights["project.bias"] = fitted @ (scale * weights["project.bias"] + shift)
    out = torch.from_numpy(embeddings @ solved).float()
    weights["project_norm.running_mean"], weights["project_norm.running_var"] = (
        out.mean(dim=0),
        out.var(dim=0),
    )
    weights["project_norm.weight"] = torch.sqrt(out.var(dim=0) + eps)
    weights["project_norm.bias"] = out.mean(dim=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--model", "--config", "--speech", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--variants", type=Path, help="widen for the first variant of this file")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    args = parser.parse_args()
    torch.manual_seed(0)
    try:
        recipe = load_recipe(args.config)
        if args.variants:
            recipe = next(iter(variants_of(recipe, args.variants).values()))
        net = build_backbone(recipe).eval()
        weights = widen(read_weights(args.model), net.state_dict())
        net.load_state_dict(weights)
        batches, _ = build_batches(recipe, args.speech, args.cache, 1, None)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None
    if batches.targets is not None:
        clips = [own[:CLIPS_PER_SPEAKER] for own in batches.clips_of]
        embeddings = np.concatenate(embed_groups(net, batches.audio, clips, as_unit=False))
        fit_last_layer(weights, embeddings, batches.targets[0][np.concatenate(clips)])
    checkpoint.save(args.out, {"backbone": weights, "recipe": recipe})
    print(f"{args.model} -> {args.out}")


if __name__ == "__main__":
    main()
