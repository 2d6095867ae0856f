"""Writes golden embeddings for the test that TypeScript and Python compute the same.

    python -m models.training.parity --model models/NAME --samples samples
        [--checkpoint runs/RECIPE/white.pt]

Writes models/NAME/parity.json: unit embeddings of whole sample clips, without voice activity
detection, computed by features.py and the ONNX file, and by the PyTorch network if a checkpoint is
given. test/models/parity.test.ts compares them.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch

from . import checkpoint
from .export import network
from .features import SAMPLE_RATE_HZ, log_mel, mean_normalize
from .onnx_file import sha256_of
from .trials import onnx_runner

CLIPS_PER_VOICE = 2
DIGITS = 6


def golden(clips: list[Path], embed: Callable[[np.ndarray], np.ndarray]) -> list[list[float]]:
    """Returns [clips][D], unit length.

    `embed` maps mean-normalized float32 [1, frames, 80] to [1, D].
    """
    vectors = []
    for clip in clips:
        samples, rate = soundfile.read(clip, dtype="float32")
        if rate != SAMPLE_RATE_HZ or samples.ndim != 1:
            raise ValueError(f"{clip}: not {SAMPLE_RATE_HZ} Hz mono")
        voice = embed(mean_normalize(log_mel(samples))[None])[0].astype(np.float64)
        vectors.append([round(float(x), DIGITS) for x in voice / np.linalg.norm(voice)])
    return vectors


def torch_runner(net: torch.nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    net.eval()

    def embed(features: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return net(torch.from_numpy(features)).numpy()

    return embed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the model's folder")
    parser.add_argument("--samples", type=Path, required=True, help="folder of <voice>/<n>.wav")
    parser.add_argument("--checkpoint", type=Path, help="the checkpoint that the file was exported from")
    args = parser.parse_args()
    torch.set_num_threads(1)
    voices = sorted(folder for folder in args.samples.iterdir() if folder.is_dir())
    clips = [clip for voice in voices for clip in sorted(voice.glob("*.wav"))[:CLIPS_PER_VOICE]]
    path = args.model / "model.onnx"
    embeddings = {"onnx": golden(clips, onnx_runner(path, "embedding"))}
    if args.checkpoint:
        net = network(checkpoint.load(args.checkpoint), args.checkpoint)
        embeddings["torch"] = golden(clips, torch_runner(net))
    record = {
        "sha256": sha256_of(path),
        "clips": [str(clip.relative_to(args.samples)) for clip in clips],
        **embeddings,
    }
    (args.model / "parity.json").write_text(json.dumps(record) + "\n")
    for name, vectors in embeddings.items():
        cosines = [float(np.dot(a, b)) for a, b in zip(embeddings["onnx"], vectors, strict=True)]
        print(f"{name}: {len(vectors)} clips, smallest cosine to onnx {min(cosines):.7f}")


if __name__ == "__main__":
    main()
