"""Compares targets and losses quickly by training only the last layer of a trained network.

    python -m models.training.probe --config RECIPE --variants FILE --speech DIR
        --model models/NAME/model.onnx [--crops 12800] [--only NAME ...]

The frozen layers are those of the ONNX file up to the last linear layer, `project`. They process
each crop once, and every variant learns from the same crops. This takes minutes instead of hours,
but it can't compare backbones or crops: the first variant's [backbone], [crops] and [augmentation]
apply to all. Prints a Markdown table.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from . import checkpoint
from .ablation import HEAD, held_out_cells, rate_cells
from .batches import Batches
from .config import RecipeError, bind, build, load_recipe
from .held_out import HeldOut
from .parts import (
    Model,
    build_backbone,
    build_batches,
    build_losses,
    build_targets,
    start_at_teacher,
)
from .trainer import bound_rate
from .training_list import ListError, read_list
from .trials import Trials
from .variants import variants_of

EPOCHS = 5
BATCH = 128


class FrozenLayers:
    """Maps features [batch, frames, mels] to the input of the network's last linear layer, float32
    [batch, P].
    """

    def __init__(self, recipe: dict, model: Path):
        self.net = build_backbone(recipe).eval()
        checkpoint.load_weights(self.net, checkpoint.load(model)["backbone"], model, "backbone")
        self.size = self.net.project.in_features
        self.net.project.register_forward_pre_hook(self._keep)
        self._kept: dict[bytes, np.ndarray] = {}

    def _keep(self, _: nn.Module, inputs: tuple[Tensor]) -> None:
        self.last = inputs[0]

    def __call__(self, features: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            self.net(torch.from_numpy(features))
        return self.last.numpy()

    def remembered(self, features: np.ndarray) -> np.ndarray:
        """Like a call, but computes each clip only once: every variant is measured on the same
        clips.
        """
        key = features.tobytes()
        if key not in self._kept:
            self._kept[key] = self(features)
        return self._kept[key]


def draw(batches: Batches, crops: int, layers: FrozenLayers, file: Path) -> dict[str, np.ndarray]:
    """-> `inputs` [crops, P], `labels` [crops] and `places` [crops, 2], each crop's voice and clip;
    kept in `file`.
    """
    if not file.exists():
        # Targets differ by variant, so each crop carries its index among them instead.
        voices, clips = len(batches.crops.voices), len(batches.audio)
        batches.targets = np.stack(np.meshgrid(range(voices), range(clips), indexing="ij"), axis=2)
        rows = []
        for i in tqdm(range(crops // BATCH), "frozen layers", mininterval=10):
            features, labels, places = batches[i]
            rows.append((layers(features), labels, places))
        inputs, labels, places = (np.concatenate(part) for part in zip(*rows))
        np.savez(file, inputs=inputs, labels=labels, places=places)
    return dict(np.load(file))


def head(inputs: int, outputs: int) -> nn.Module:
    """One linear layer. Batch norm before and after gives all variants the same scale."""
    return nn.Sequential(nn.BatchNorm1d(inputs), nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs))


def train(recipe: dict, drawn: dict[str, np.ndarray], model: Model, targets: np.ndarray) -> nn.Module:
    """Trains the model on the drawn crops. -> its head"""
    optimizer = build(recipe, "optimizer", params=model.parameters())
    rate, margin = bound_rate(recipe), bind(recipe, "margin", "done")
    rng, steps = np.random.default_rng(recipe.get("seed", 0)), len(drawn["labels"]) // BATCH
    wanted = targets[tuple(drawn["places"].T)]
    for epoch in range(EPOCHS):
        for step, chosen in enumerate(rng.permutation(len(wanted))[: steps * BATCH].reshape(steps, BATCH)):
            done = (epoch * steps + step) / (EPOCHS * steps)
            for group in optimizer.param_groups:
                group["lr"] = rate(done)
            part = [torch.from_numpy(x[chosen]) for x in (drawn["inputs"], drawn["labels"], wanted)]
            loss, _ = model(*part, margin(done))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.backbone.eval()


class Probe:
    """What all variants share: the drawn crops, and the clips that a head is measured on."""

    def __init__(self, recipe: dict, args: argparse.Namespace):
        self.cache = args.runs / "cache"
        self.layers = FrozenLayers(recipe, args.model)
        self.batches, _ = build_batches(recipe, args.speech, self.cache, BATCH, None)
        self.entries = read_list(Path(recipe["data"]["list"]))
        name = f"probe-{args.variants.stem}-{args.model.parent.name}-{args.crops}.npz"
        self.drawn = draw(self.batches, args.crops, self.layers, self.cache / name)
        self.trials = Trials.of(recipe, args.speech, self.cache)
        self.held_out = HeldOut.of(recipe, args.speech, self.cache, self.batches.augmentation)

    def cells(self, recipe: dict) -> list[str]:
        """Trains and measures one variant. -> its cells of the table, after the name"""
        torch.manual_seed(recipe.get("seed", 0))
        self.batches.targets, space = build_targets(
            recipe, self.entries, self.batches.crops, self.cache, None
        )
        dims = self.batches.targets.shape[2]
        model = Model(head(self.layers.size, dims), *build_losses(recipe, self.batches.classes, dims))
        start_at_teacher(model, self.batches)
        net = train(recipe, self.drawn, model, self.batches.targets)

        def embed(features: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                return net(torch.from_numpy(self.layers.remembered(features))).numpy()

        rates = self.trials.rates(embed)
        return held_out_cells(self.held_out.measure(embed, space)) + rate_cells(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="the recipe to vary")
    parser.add_argument("--variants", type=Path, required=True)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="the ONNX file with the frozen layers")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--crops", type=int, default=12_800)
    parser.add_argument("--only", nargs="+", help="names of variants; default all, in the file's order")
    args = parser.parse_args()
    torch.set_num_threads(1)
    try:
        recipes = variants_of(load_recipe(args.config), args.variants)
        probe = Probe(next(iter(recipes.values())), args)
        print(f"| {' | '.join([HEAD[0], *HEAD[3:], *sorted(probe.trials.lists), 'mean'])} |", flush=True)
        for name in args.only or recipes:
            print(f"| {' | '.join([name, *probe.cells(recipes[name])])} |", flush=True)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
