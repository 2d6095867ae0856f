"""Prints missed and false speech of a network at several thresholds, on held-out training speakers.

    python -m models.training.vad.choose_threshold --speech DIR --cache DIR --silero FILE
        --model FILE

The conditions and sources are those of `compare`, with other speech: every CLIP_STEP-th clip of the
held-out training speakers. The last columns are the shares of 10 s pieces without speech in which
0.3 s and 1 s count as speech.
"""

import argparse
from pathlib import Path

import numpy as np

from ..audio import SAMPLE_RATE_HZ, load_paths
from ..corpus import clips_of, held_out
from ..features import HOP, log_mel
from ..trials import onnx_runner
from .conditions import CONDITIONS, Sources, non_speech
from .labels import label_clips

CLIP_STEP = 24
THRESHOLDS = np.arange(0.2, 0.85, 0.05).round(2)
SHOWN = (
    "clean",
    "5 s of silence around",
    "15 s of hold music before",
    "measured rooms",
    "noise at 10 dB",
    "noise at 0 dB",
    "telephone, mu-law",
    "whisper-like",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--speech", "--cache", "--silero", "--model"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    network = onnx_runner(args.model, "speech")
    run = lambda x: network(log_mel(x)[None])[0]  # noqa: E731
    clips = held_out_clips(args.speech, args.cache, args.silero)
    sources = Sources.of(args.speech, args.cache, [np.rint(x * 32767).astype(np.int16) for x, _ in clips])
    rates = {name: speech_rates(run, name, clips, sources) for name in SHOWN}
    pieces = [x for kind in non_speech(sources).values() for x in kind]
    seconds = np.array([(run(x)[:, None] >= THRESHOLDS).sum(0) * HOP / SAMPLE_RATE_HZ for x in pieces])
    for at, threshold in enumerate(THRESHOLDS):
        speech = " | ".join(f"{name} {m[at]:.1f}/{f[at]:.1f}" for name, (m, f) in rates.items())
        short, long = ((seconds[:, at] >= least).mean() for least in (0.3, 1))
        print(f"{threshold}: {speech} | {short:.1%} {long:.1%}")


def held_out_clips(speech_dir: Path, cache_dir: Path, silero: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    root = speech_dir / "train"
    clips = clips_of(root)
    kept_back = held_out(clips)
    paths = [clip.path for clip in clips if clip.speaker in kept_back][::CLIP_STEP]
    audio = load_paths(paths, root, cache_dir, 2, lambda i: str(root))
    labels = label_clips(audio, silero, cache_dir, "held-out")
    wave = lambda i: audio.clip(i).astype(np.float32)  # noqa: E731
    return [(wave(i) * np.float32(0.5 / np.abs(wave(i)).max()), labels[i]) for i in range(len(audio))]


def speech_rates(run, name: str, clips: list, sources: Sources) -> tuple[np.ndarray, np.ndarray]:
    """Returns missed and false speech in percent [thresholds]."""
    spoken, silent = [], []
    for i, (x, labels) in enumerate(clips):
        y, truth = CONDITIONS[name](np.random.default_rng(i), x, labels, sources)
        found = run(y)[: len(truth)]
        spoken.append(found[truth == 1])
        silent.append(found[truth == 0])
    missed = np.concatenate(spoken)[:, None] < THRESHOLDS
    false = np.concatenate(silent)[:, None] >= THRESHOLDS
    return 100 * missed.mean(0), 100 * false.mean(0)


if __name__ == "__main__":
    main()
