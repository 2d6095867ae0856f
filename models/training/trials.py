"""Equal error rates on the dev trial lists, by plain cosine.

Nearly every dev speaker was recorded on one day, so these rates are lower than across months. Dev is for
measuring and for choosing between designs: nothing is trained on it.

    python -m models.training.trials --model model.onnx --speech DIR --cache DIR
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from .corpus import SAMPLE_RATE_HZ, load_split
from .features import log_mel, mean_normalise


def equal_error_rate(targets: np.ndarray, impostors: np.ndarray) -> float:
    """The rate at which as large a share of targets falls below the bar as of impostors reaches it."""
    scores = np.concatenate([targets, impostors])
    order = np.argsort(scores, kind="stable")
    is_target = (np.arange(len(scores)) < len(targets))[order]
    missed = np.concatenate([[0], np.cumsum(is_target)]) / len(targets)
    passed = 1 - np.concatenate([[0], np.cumsum(~is_target)]) / len(impostors)
    crossing = np.argmin(np.abs(missed - passed))
    return float((missed[crossing] + passed[crossing]) / 2)


def read_trials(path: Path) -> tuple[np.ndarray, list[tuple[str, str]]]:
    rows = [line.split() for line in path.read_text().splitlines()]
    return np.array([r[0] == "1" for r in rows]), [(r[1], r[2]) for r in rows]


class Trials:
    """The dev lists with their features in memory. `rates(embed)` -> {list: EER}."""

    def __init__(self, speech_dir: Path, cache_dir: Path, max_seconds: float):
        lists = sorted((speech_dir / "dev" / "trials").glob("*.txt"))
        self.lists = {path.stem: read_trials(path) for path in lists}
        wanted = {p for _, pairs in self.lists.values() for pair in pairs for p in pair}
        _, audio = load_split(speech_dir, cache_dir, "dev")
        longest = int(max_seconds * SAMPLE_RATE_HZ)
        self.samples = {path: audio.clip(i)[:longest] for i, path in enumerate(audio.paths) if path in wanted}

    def rates(self, embed: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
        """`embed` maps mean-normalised features float32 [1, frames, 80] to [1, D]."""
        voices = {}
        for path, samples in self.samples.items():
            voice = embed(mean_normalise(log_mel(samples.astype(np.float32) / 32768))[None])[0]
            voices[path] = voice / np.linalg.norm(voice)
        rates = {}
        for name, (is_target, pairs) in self.lists.items():
            scores = np.array([voices[a] @ voices[b] for a, b in pairs])
            rates[name] = equal_error_rate(scores[is_target], scores[~is_target])
        return rates


def onnx_runner(model: Path, output: str) -> Callable[[np.ndarray], np.ndarray]:
    """-> a function from features to the named output, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    return lambda features: session.run([output], {"features": features})[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--model", "--speech", "--cache"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    print("EER, same-day recordings:")
    for name, rate in (
        Trials(args.speech, args.cache, max_seconds=30).rates(onnx_runner(args.model, "embedding")).items()
    ):
        print(f"{name}\t{rate:.4f}")


if __name__ == "__main__":
    main()
