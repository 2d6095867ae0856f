"""Equal error rates on trial lists, by plain cosine of single clips.

    python -m models.training.trials --model model.onnx --root DIR LIST [LIST ...]

A list has lines `label path path`, label 1 for the same speaker. Nearly every speaker of the project's dev lists was
recorded on one day, so rates there are lower than across months. They are for measuring and for choosing between
designs: nothing is trained on them.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from .audio import SAMPLE_RATE_HZ, load_paths
from .features import log_mel, mean_normalise
from .lists import ListError


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
    """-> bool [trials], which are of one speaker; their two paths. ListError names the line that is wrong."""
    if not path.is_file():
        raise ListError(f"{path}: no such trial list")
    labels, pairs = [], []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        cells = line.split()
        if len(cells) != 3 or cells[0] not in ("0", "1"):
            raise ListError(f"{path}:{number}: not label path path: {line!r}")
        labels.append(cells[0] == "1")
        pairs.append((cells[1], cells[2]))
    if all(labels) or not any(labels):
        raise ListError(f"{path}: needs trials of both labels, 1 and 0")
    return np.array(labels), pairs


class Trials:
    """Lists with their clips in memory. `rates(embed)` -> {list: EER}."""

    def __init__(self, lists: list[Path], root: Path, cache: Path, max_seconds: float):
        self.lists = {path.stem: read_trials(path) for path in lists}
        line_of: dict[str, str] = {}
        for path in lists:
            for number, pair in enumerate(self.lists[path.stem][1], start=1):
                for clip in pair:
                    line_of.setdefault(clip, f"{path}:{number}")
        paths = sorted(line_of)
        audio = load_paths(paths, root, cache, 2, lambda i: line_of[paths[i]])
        longest = int(max_seconds * SAMPLE_RATE_HZ)
        self.samples = {path: np.array(audio.clip(i)[:longest]) for i, path in enumerate(paths)}

    @staticmethod
    def of(recipe: dict, speech: Path, cache: Path) -> "Trials | None":
        """The recipe's table [evaluation], if it has one: `lists` and `root` under the speech folder, `seconds`."""
        settings = recipe.get("evaluation")
        if settings is None:
            return None
        lists = [path for pattern in settings["lists"] for path in sorted(speech.glob(pattern))]
        if not lists:
            raise ListError(f"{recipe['file']}: [evaluation] lists: nothing in {speech} is like {settings['lists']}")
        return Trials(lists, speech / settings.get("root", ""), cache, settings.get("seconds", 6))

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
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("lists", type=Path, nargs="+")
    args = parser.parse_args()
    try:
        trials = Trials(args.lists, args.root, args.cache, max_seconds=30)
    except ListError as error:
        raise SystemExit(str(error)) from None
    print("EER of plain cosine:")
    for name, rate in trials.rates(onnx_runner(args.model, "embedding")).items():
        print(f"{name}\t{rate:.4f}")


if __name__ == "__main__":
    main()
