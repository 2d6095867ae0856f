"""Measures equal error rates on trial lists, with the plain cosine of single clips.

    python -m models.training.trials --model model.onnx --root DIR LIST [LIST ...]

A list has lines `label path path`, with label 1 for the same speaker. Nearly every speaker of the
project's dev lists was recorded on a single day, so error rates are lower than across months. Use
dev lists to measure and to choose between designs. Nothing is trained on them.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from .audio import SAMPLE_RATE_HZ, load_paths
from .features import log_mel, mean_normalize
from .training_list import ListError


def equal_error_rate(targets: np.ndarray, impostors: np.ndarray) -> float:
    """Returns the rate at the threshold where equal shares of targets are rejected and impostors
    accepted.
    """
    scores = np.concatenate([targets, impostors])
    order = np.argsort(scores, kind="stable")
    is_target = (np.arange(len(scores)) < len(targets))[order]
    missed = np.concatenate([[0], np.cumsum(is_target)]) / len(targets)
    passed = 1 - np.concatenate([[0], np.cumsum(~is_target)]) / len(impostors)
    crossing = np.argmin(np.abs(missed - passed))
    return float((missed[crossing] + passed[crossing]) / 2)


def read_trials(path: Path) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Returns bool [trials], whether both clips are of one speaker, and their paths.

    ListError names the faulty line.
    """
    if not path.is_file():
        raise ListError(f"{path}: trial list not found")
    labels, pairs = [], []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        cells = line.split()
        if len(cells) != 3 or cells[0] not in ("0", "1"):
            raise ListError(f"{path}:{number}: expected label path path, found {line!r}")
        labels.append(cells[0] == "1")
        pairs.append((cells[1], cells[2]))
    if all(labels) or not any(labels):
        raise ListError(f"{path}: the list needs trials of both labels, 1 and 0")
    return np.array(labels), pairs


class Trials:
    """Trial lists with their clips in memory. `rates(embed)` returns the EER of each list."""

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
        """Builds table [evaluation]: `lists` and `root` in the speech folder, `seconds` of each
        clip.

        Returns None for a recipe without the table.
        """
        settings = recipe.get("evaluation")
        if settings is None:
            return None
        lists = [path for pattern in settings["lists"] for path in sorted(speech.glob(pattern))]
        if not lists:
            raise ListError(
                f"{recipe['file']}: [evaluation] lists: no file in {speech} matches {settings['lists']}"
            )
        return Trials(lists, speech / settings.get("root", ""), cache, settings.get("seconds", 6))

    def rates(self, embed: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
        """Returns the EER of each list.

        `embed` maps mean-normalized features float32 [1, frames, 80] to [1, D].
        """
        voices = {}
        for path, samples in self.samples.items():
            voice = embed(mean_normalize(log_mel(samples.astype(np.float32) / 32768))[None])[0]
            voices[path] = voice / np.linalg.norm(voice)
        return self.rates_of(voices)

    def rates_of(self, voices: dict[str, np.ndarray]) -> dict[str, float]:
        """Returns the EER of each list. `voices` has a unit vector for every path."""
        rates = {}
        for name, (is_target, pairs) in self.lists.items():
            scores = np.array([voices[a] @ voices[b] for a, b in pairs])
            rates[name] = equal_error_rate(scores[is_target], scores[~is_target])
        return rates


def onnx_runner(model: Path, output: str) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from features to the named output, running on one thread."""
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
