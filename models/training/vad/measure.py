"""Measures a voice activity network on data that it was not trained on.

    python -m models.training.vad.measure --model models/vad/vad.onnx --speech DIR --cache DIR

Non-speech: test noise files and new synthetic clips, 10 s each, at -50 to 0 dBFS. Speech: clips of
the held-out training speakers, dev clips, and voices of the `flite` command if it is installed. Dev
clips are for measuring only.
"""

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ..audio import SAMPLE_RATE_HZ, decode, load_folder
from ..corpus import held_out, load_split
from ..features import FRAME, HOP, log_mel
from ..trials import onnx_runner
from .data import PIECE_SECONDS, TEST_SEED, noise_files, pool

THRESHOLDS = np.arange(0.1, 0.96, 0.05).round(2)
FLITE_VOICES = ("awb", "kal", "kal16", "rms", "slt")
SENTENCES = (
    "My voice is my passport, please let me in.",
    "The quick brown fox jumps over the lazy dog near the river bank.",
    "Zero one two three four five six seven eight nine.",
    "Good morning, I would like to check the balance of my account.",
)


def vad_runner(model: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from float [samples] to probabilities [frames]."""
    run = onnx_runner(model, "speech")
    return lambda samples: run(log_mel(samples)[None])[0]


def energetic(samples: np.ndarray) -> np.ndarray:
    """Returns bool [frames]: within 15 dB of the clip's 95th percentile level."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    return level > np.percentile(level, 95) - 15


def as_float(clips: Iterable[np.ndarray], max_seconds: int = PIECE_SECONDS) -> list[np.ndarray]:
    return [clip[: max_seconds * SAMPLE_RATE_HZ].astype(np.float32) / 32768 for clip in clips]


def ten_seconds(clip: np.ndarray) -> list[np.ndarray]:
    """Splits a clip into whole pieces of 10 s. A shorter clip repeats."""
    samples = PIECE_SECONDS * SAMPLE_RATE_HZ
    if len(clip) < samples:
        return [np.tile(clip, -(-samples // len(clip)))[:samples]]
    return [clip[i : i + samples] for i in range(0, len(clip) - samples + 1, samples)]


def non_speech(speech_dir: Path, cache_dir: Path) -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(7)
    noise = load_folder(speech_dir / "augment/noise", cache_dir)
    kept = [piece for clip in noise_files(noise, test=True) for piece in ten_seconds(clip)]
    kinds = {"noise": kept, **{kind: pool(cache_dir, kind, 200, TEST_SEED) for kind in ("music", "sound")}}
    gain = lambda: np.float32(10 ** (rng.uniform(-50, 0) / 20))  # noqa: E731
    return {kind: [gain() * x for x in as_float(clips)] for kind, clips in kinds.items()}


def speech(speech_dir: Path, cache_dir: Path) -> dict[str, list[np.ndarray]]:
    clips, audio = load_split(speech_dir, cache_dir, "train")
    kept = held_out(clips)
    sets = {"held-out": as_float(audio.clip(i) for i, clip in enumerate(clips) if clip.speaker in kept)}
    clips, audio = load_split(speech_dir, cache_dir, "dev")
    for i, clip in enumerate(clips):
        sets.setdefault(f"dev {clip.corpus}", []).extend(as_float([audio.clip(i)]))
    return sets | ({"flite": as_float(flite())} if shutil.which("flite") else {})


def flite() -> list[np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        clips = []
        for voice in FLITE_VOICES:
            for number, sentence in enumerate(SENTENCES):
                path = Path(folder) / f"{voice}-{number}.wav"
                subprocess.run(["flite", "-voice", voice, "-t", sentence, "-o", path], check=True)
                clips.append(decode(path))
        return clips


def measure(run: Callable, speech_dir: Path, cache_dir: Path) -> tuple[dict, dict]:
    """Returns two dicts of tables [clips, thresholds] by kind.

    The first has the seconds of non-speech labeled as speech. The second has the share of energetic
    frames labeled as speech.
    """
    false = {
        kind: np.array([(run(x)[:, None] > THRESHOLDS).sum(0) * HOP / SAMPLE_RATE_HZ for x in clips])
        for kind, clips in non_speech(speech_dir, cache_dir).items()
    }
    true = {
        name: np.array([(run(x)[energetic(x), None] > THRESHOLDS).mean(0) for x in clips])
        for name, clips in speech(speech_dir, cache_dir).items()
    }
    return false, true


def table(false: dict, true: dict, threshold: float) -> str:
    at = int(np.argmin(np.abs(THRESHOLDS - threshold)))
    rows = ["| 10 s without speech | clips | < 0.3 s labeled speech | < 1 s |", "|---|---|---|---|"]
    for kind, seconds in false.items():
        rows.append(
            f"| {kind} | {len(seconds)} "
            f"| {(seconds[:, at] < 0.3).mean():.1%} | {(seconds[:, at] < 1).mean():.1%} |"
        )
    rows += [
        "",
        "| speech | clips | > 70 % of energetic frames labeled speech | > 50 % |",
        "|---|---|---|---|",
    ]
    for name, share in true.items():
        rows.append(
            f"| {name} | {len(share)} "
            f"| {(share[:, at] > 0.7).mean():.1%} | {(share[:, at] > 0.5).mean():.1%} |"
        )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--model", "--speech", "--cache"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    false, true = measure(vad_runner(args.model), args.speech, args.cache)
    for at, threshold in enumerate(THRESHOLDS):
        quiet = " ".join(
            f"{kind} {(s[:, at] < 0.3).mean():.3f}/{(s[:, at] < 1).mean():.3f}" for kind, s in false.items()
        )
        print(threshold, quiet, " ".join(f"{name} {(s[:, at] > 0.7).mean():.3f}" for name, s in true.items()))


if __name__ == "__main__":
    main()
