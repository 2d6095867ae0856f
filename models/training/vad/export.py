"""Writes the voice activity network as ONNX, with its manifest, and prints its measurements.

python -m models.training.vad.export --weights FILE --speech DIR --cache DIR --out models/vad
    --threshold 0.6

The weights are a checkpoint of `train`, or an ONNX file that this script wrote. The second gives an
earlier network's weights the network of net.py, without training.
"""

import argparse
import json
from pathlib import Path

import torch

from ..corpus import clips_of, held_out
from ..onnx_file import check, export_onnx, milliseconds
from ..trials import onnx_runner
from .measure import measure, table, vad_runner
from .net import VoiceActivity, load_onnx

MELS = 80

# The input features, with the keys of docs/model-format.md: raw log-mel. The network normalizes the
# level itself.
RECIPE = {
    "sampleRateHz": 16000,
    "windowMs": 25,
    "shiftMs": 10,
    "melBins": MELS,
    "lowHz": 20,
    "highHz": 7600,
    "window": "povey",
    "preemphasis": 0.97,
    "removeDcOffset": True,
    "sampleScale": 32768,
    "normalize": "none",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--weights", "--speech", "--cache", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--threshold", type=float, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    net = VoiceActivity().eval()
    if args.weights.suffix == ".onnx":
        load_onnx(net, args.weights)
    else:
        net.load_state_dict(torch.load(args.weights))
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "vad.onnx"
    sha256 = export_onnx(net, torch.randn(1, 300, MELS), path, "speech", {0: "batch", 1: "frames"})
    run = onnx_runner(path, "speech")
    print(
        f"largest difference {check(net, run, MELS):.1e}, 3 s take {milliseconds(run, 3, MELS)} ms, {sha256}"
    )
    clips = clips_of(args.speech / "train")
    kept_back = held_out(clips)
    manifest = {
        "sha256": sha256,
        "threshold": args.threshold,
        "input": "features",
        "output": "speech",
        "recipe": RECIPE,
        "parameters": sum(p.numel() for p in net.parameters()),
        "trainedOn": sorted({f"{c.corpus}: {c.license}" for c in clips if c.speaker not in kept_back})
        + [
            "augment/noise and augment/rir of the speech folder",
            "synthetic music, tones, signals and noises",
        ],
    }
    (args.out / "vad.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    print(table(*measure(vad_runner(path), args.speech, args.cache), args.threshold))


if __name__ == "__main__":
    main()
