"""Compares voice activity networks on development speech in many conditions, and on non-speech.

    python -m models.training.vad.compare --speech DIR --cache DIR --silero FILE DIR [DIR ...]

Each DIR contains vad.onnx and vad.json. Prints Markdown: for speech, the share of labeled speech
frames below the threshold (missed) and of labeled non-speech frames above it (false), in percent.
The labels are those of the clean clip (labels.py), so frames on which its level and Silero disagree
don't count, and Silero misses few of the others of a clean clip. The threshold is the network's
own, and 0.5 for Silero. Development speech is for measuring only.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..corpus import load_split
from ..features import log_mel
from ..trials import onnx_runner
from .conditions import CONDITIONS, Sources, non_speech
from .labels import label_clips
from .silero import Silero

PER_CORPUS = 6  # clips
SILERO_THRESHOLD = 0.5


def peers(folders: list[Path], silero: Path) -> dict[str, tuple[Callable, float]]:
    """Returns functions samples -> probabilities [frames] with thresholds, by name."""
    found = {str(folder): (own(folder), threshold_of(folder)) for folder in folders}
    return found | {"Silero": (Silero(silero), SILERO_THRESHOLD)}


def own(folder: Path) -> Callable:
    run = onnx_runner(folder / "vad.onnx", "speech")
    return lambda samples: run(log_mel(samples)[None])[0]


def threshold_of(folder: Path) -> float:
    return json.loads((folder / "vad.json").read_text())["threshold"]


def dev_clips(speech_dir: Path, cache_dir: Path, silero: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns PER_CORPUS clips of each corpus with a peak of 0.5, and their labels."""
    clips, audio = load_split(speech_dir, cache_dir, "dev")
    labels = label_clips(audio, silero, cache_dir, "dev")
    of_corpus: dict[str, list[int]] = {}
    for i, clip in enumerate(clips):
        if (labels[i] == 1).sum() > 50:
            of_corpus.setdefault(clip.corpus, []).append(i)
    chosen = [own[k * len(own) // PER_CORPUS] for own in of_corpus.values() for k in range(PER_CORPUS)]
    peak = lambda x: x * np.float32(0.5 / np.abs(x).max())  # noqa: E731
    return [(peak(audio.clip(i).astype(np.float32)), labels[i]) for i in chosen]


def speech_rates(networks: dict, clips: list, sources: Sources) -> Iterator[tuple[str, np.ndarray]]:
    """Yields each condition with (missed, false) in percent for each network."""
    for number, (name, put) in enumerate(CONDITIONS.items()):
        counts = np.zeros((len(networks), 4))
        for i, (x, labels) in enumerate(clips):
            y, truth = put(np.random.default_rng([number, i]), x, labels, sources)
            for row, (run, threshold) in zip(counts, networks.values()):
                found = run(y)[: len(truth)] >= threshold
                spoken, silent = truth == 1, truth == 0
                row += (~found & spoken).sum(), spoken.sum(), (found & silent).sum(), silent.sum()
        yield name, np.stack([100 * counts[:, 0] / counts[:, 1], 100 * counts[:, 2] / counts[:, 3]], axis=1)


def false_rates(networks: dict, pieces: list[np.ndarray]) -> list[float]:
    """Returns the share of frames above the threshold, in percent, for each network."""
    return [
        100 * float(np.mean([(run(x) >= threshold).mean() for x in pieces]))
        for run, threshold in networks.values()
    ]


def milliseconds_per_second(run: Callable, x: np.ndarray) -> float:
    """CPU time per second of audio, features included, on one thread: the fastest of ten runs."""
    times = []
    for _ in range(10):
        start = time.process_time()
        run(x)
        times.append(time.process_time() - start)
    return 1000 * min(times) / (len(x) / 16_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--speech", "--cache", "--silero"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("folders", type=Path, nargs="+")
    args = parser.parse_args()
    networks = peers(args.folders, args.silero)
    clips = dev_clips(args.speech, args.cache, args.silero)
    sources = Sources.of(args.speech, args.cache, [np.rint(x * 32767).astype(np.int16) for x, _ in clips])
    print(f"| dev speech, missed / false % | {' | '.join(networks)} |\n|---|{'---|' * len(networks)}")
    for name, cells in speech_rates(networks, clips, sources):
        shown = (f"{missed:.1f} / {false:.1f}" for missed, false in cells)
        print(f"| {name} | {' | '.join(shown)} |", flush=True)
    print(f"\n| no speech, false % | {' | '.join(networks)} |\n|---|{'---|' * len(networks)}")
    for kind, pieces in non_speech(sources).items():
        cells = false_rates(networks, pieces)
        print(f"| {kind} | {' | '.join(f'{false:.1f}' for false in cells)} |", flush=True)
    x = np.concatenate([x for x, _ in clips])[: 30 * 16_000]
    costs = [milliseconds_per_second(run, x) for run, _ in networks.values()]
    print(f"| CPU ms per second of audio | {' | '.join(f'{cost:.2f}' for cost in costs)} |")


if __name__ == "__main__":
    main()
