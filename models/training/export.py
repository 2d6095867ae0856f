"""Writes a trained network as ONNX, with its training record.

    python -m models.training.export --run DIR --speech DIR --cache DIR --out models/ecapa-c192

The same checkpoint always gives the same bytes. Input `features` float32 [batch, frames, 80],
mean-normalised; output `embedding` float32 [batch, D], not unit length.
"""

import argparse
import hashlib
import json
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

from .corpus import held_out_speakers, read_clips
from .ecapa import Ecapa, parameters
from .trials import Trials, onnx_runner

OPSET = 17
MAX_DIFFERENCE = 1e-3  # between torch and onnxruntime, on embeddings of length about 14


def export_onnx(
    net: torch.nn.Module, example: torch.Tensor, path: Path, output: str, dynamic: dict[int, str]
) -> str:
    """-> sha256 of the file. Axes in `dynamic` vary in the input; those the output shares vary there too."""
    net.eval()
    with torch.no_grad():
        rank = net(example).dim()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the tracing exporter is deprecated, and the only one whose output is stable
        torch.onnx.export(
            net,
            (example,),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=["features"],
            output_names=[output],
            dynamic_axes={"features": dynamic, output: {k: v for k, v in dynamic.items() if k < rank}},
        )
    model = onnx.load(path)
    # Nothing but the weights and the graph may reach the bytes.
    model.producer_version = ""
    model.graph.name = output
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(net: torch.nn.Module, embed, mels: int) -> float:
    """-> largest difference between torch and onnxruntime; more than a rounding error is an error."""
    rng = np.random.default_rng(1)
    worst = 0.0
    for batch, frames in ((1, 98), (1, 298), (3, 151)):
        features = rng.normal(0, 2, (batch, frames, mels)).astype(np.float32)
        with torch.inference_mode():
            expected = net(torch.from_numpy(features)).numpy()
        worst = max(worst, float(np.abs(embed(features) - expected).max()))
    if worst > MAX_DIFFERENCE:
        raise ValueError(f"onnxruntime differs from torch by {worst}")
    return worst


def milliseconds(embed, seconds: float, mels: int) -> float:
    """Median time of one embedding on one thread."""
    features = np.zeros((1, int(seconds * 100) - 2, mels), dtype=np.float32)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        embed(features)
        times.append(time.perf_counter() - start)
    return round(1000 * float(np.median(times)), 1)


def record(config: dict, speech_dir: Path, step: int, net: torch.nn.Module) -> dict:
    """What the weights were made from."""
    clips = read_clips(speech_dir / "train")
    held_out = set(held_out_speakers(clips))
    trained = [clip for clip in clips if clip.speaker not in held_out]
    sources = sorted({(clip.corpus, clip.licence) for clip in trained})
    return {
        "recipe": config["name"],
        "parameters": parameters(net),
        "trainSpeakers": len({clip.speaker for clip in trained}),
        "trainClips": len(trained),
        "trainCrops": step * config["data"]["batch"],
        "heldOutSpeakers": len(held_out),
        "sources": [{"corpus": corpus, "licence": licence} for corpus, licence in sources],
        "teachers": ["GE2E (Resemblyzer), Apache-2.0", "OpenVoice V2 reference encoder, MIT"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--run", "--speech", "--cache", "--out"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    state = torch.load(args.run / "checkpoint.pt")
    config = state["config"]
    net = Ecapa(**config["net"])
    prefix = "net."
    net.load_state_dict({k[len(prefix) :]: v for k, v in state["model"].items() if k.startswith(prefix)})
    mels = config["net"]["mels"]
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "model.onnx"
    sha256 = export_onnx(net, torch.randn(2, 200, mels), path, "embedding", {0: "batch", 1: "frames"})
    embed = onnx_runner(path, "embedding")
    print(
        f"largest difference torch - onnxruntime {check(net, embed, mels):.1e}, "
        f"3 s take {milliseconds(embed, 3, mels)} ms on one thread, {path.stat().st_size} bytes"
    )
    rates = Trials(args.speech, args.cache, max_seconds=30).rates(embed)
    training = record(config, args.speech, state["step"], net) | {
        "devEer": {name: round(rate, 4) for name, rate in rates.items()},
        "devEerNote": "Plain cosine; recorded on one day, nearly all of it, so lower than across months.",
        "sha256": sha256,
        "date": time.strftime("%Y-%m-%d"),
    }
    (args.out / "training.json").write_text(json.dumps(training, indent=2) + "\n")
    print(json.dumps(training["devEer"]), sha256)


if __name__ == "__main__":
    main()
