"""Reports what smaller weights cost in size, speed and equal error rate (plain cosine).

    python -m models.training.quantize_report --model model.onnx --cache DIR --root speech/dev
        speech/dev/trials/*.txt

The last line names the smallest file whose mean rate is less than 2 % worse (relative) and which
takes at most 1.5 times as long. 8-bit weights are slower on processors without instructions for
them.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .features import MELS
from .onnx_file import milliseconds
from .quantize import KINDS, quantize
from .trials import Trials, onnx_runner

MAX_COST = 0.02
MAX_SLOWER = 1.5


@dataclass(frozen=True)
class Measured:
    weights: str
    size: int
    milliseconds: float
    rates: dict[str, float]

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.rates.values())))


def smallest(measured: list[Measured]) -> Measured:
    """Returns the smallest within MAX_COST and MAX_SLOWER of the first, or the first."""
    first = measured[0]
    fair = [
        one
        for one in measured
        if one.mean < first.mean * (1 + MAX_COST) and one.milliseconds <= first.milliseconds * MAX_SLOWER
    ]
    return min([first, *fair], key=lambda one: one.size)


def measure(model: Path, trials: Trials, folder: Path) -> list[Measured]:
    """Measures the model as it is, then each kind."""
    files = {"fp32": model} | {kind: folder / f"{kind}.onnx" for kind in KINDS}
    measured = []
    for weights, path in files.items():
        if weights in KINDS:
            quantize(model, path, weights)
        embed = onnx_runner(path, "embedding")
        measured.append(
            Measured(weights, path.stat().st_size, milliseconds(embed, 3, MELS), trials.rates(embed))
        )
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="with float32 weights")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument(
        "--root", type=Path, required=True, help="folder that the lists' paths are relative to"
    )
    parser.add_argument("lists", type=Path, nargs="+")
    args = parser.parse_args()
    trials = Trials(args.lists, args.root, args.cache, max_seconds=30)
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(args.model, trials, Path(folder))
    print("weights\tbytes\tms for 3 s\t" + "\t".join(measured[0].rates) + "\tmean\trelative")
    for one in measured:
        rates = "\t".join(f"{100 * rate:.2f}" for rate in one.rates.values())
        change = 100 * (one.mean / measured[0].mean - 1)
        print(
            f"{one.weights}\t{one.size}\t{one.milliseconds}\t{rates}\t{100 * one.mean:.2f}\t{change:+.1f} %"
        )
    print(f"smallest acceptable: {smallest(measured).weights}")


if __name__ == "__main__":
    main()
