"""Writes a trained network as ONNX, with its training record.

    python -m models.training.export --checkpoint runs/RECIPE/white.pt --name NAME --out models/NAME
        [--clips train/clips.tsv] [--unlabeled FILE] [--weights fp16]

The same checkpoint always gives the same bytes. The input is `features`, float32 [batch, frames,
80], mean-normalized. The output is `embedding`, float32 [batch, D], not unit length.
"""

import argparse
import json
from pathlib import Path

import onnx
import torch

from . import checkpoint
from .config import RecipeError
from .features import MELS
from .list_maker import UNLABELED_COLUMNS, read_clips
from .onnx_file import check, export_onnx, milliseconds, sha256_of
from .parts import build_backbone
from .quantize import KINDS, quantize
from .sherpa_metadata import metadata, set_metadata
from .training_list import GUESS, ListError
from .trials import onnx_runner


def network(state: dict, path: Path) -> torch.nn.Module:
    """Returns the backbone, followed by the whitening matrix if the checkpoint has one."""
    backbone = build_backbone(state["recipe"])
    checkpoint.load_weights(backbone, state["backbone"], path, "backbone")
    if "whitening" not in state:
        return backbone
    dims = len(state["whitening"])
    last = torch.nn.Linear(dims, dims, bias=False)
    last.weight.data.copy_(state["whitening"].T)
    return torch.nn.Sequential(backbone, last)


def record(state: dict, name: str, clips: Path | None, unlabeled: Path | None = None) -> dict:
    """Returns the training record. The two files add the corpora and their licenses."""
    trained, recipe = set(state["speakers"]), state["recipe"]
    data = {}
    if clips:
        rows = [row for row in read_clips(clips) if row["speaker"] in trained]
        guesses = set(state.get("guesses", []))
        if guesses and not unlabeled:
            raise RecipeError("The training list has unlabeled clips. Name their file with --unlabeled.")
        others = read_clips(unlabeled, UNLABELED_COLUMNS) if guesses else []
        others = [row for row in others if GUESS + row["guess"] in guesses]
        sources = sorted({(row["corpus"], row["licence"]) for row in rows + others})
        named = [{"corpus": corpus, "license": license_text} for corpus, license_text in sources]
        data = {"trainClips": len(rows), "unlabeledClips": len(others), "sources": named}
    return {
        "name": name,
        "recipe": recipe["name"],
        "backbone": recipe["backbone"]["use"].split(":")[1],
        "settings": {key: value for key, value in recipe["backbone"].items() if key != "use"},
        "trainSpeakers": len(trained),
        "trainCrops": state["crops"],
        **data,
        "teachers": [encoder.get("credit", encoder["file"]) for encoder in recipe["teacher"]["encoders"]]
        if state["teacher_space"]
        else [],
        "whitened": "whitening" in state,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--clips", type=Path, help="a clips.tsv with corpora and licenses, for the training record"
    )
    parser.add_argument("--unlabeled", type=Path, help="the file of the list's unlabeled clips, likewise")
    parser.add_argument("--weights", choices=["fp32", *KINDS], default="fp32", help="how weights are stored")
    args = parser.parse_args()
    torch.set_num_threads(1)
    try:
        state = checkpoint.load(args.checkpoint)
        net = network(state, args.checkpoint)
        training = record(state, args.name, args.clips, args.unlabeled)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "model.onnx"
    export_onnx(net, torch.randn(2, 200, MELS), path, "embedding", {0: "batch", 1: "frames"})
    difference = check(net, onnx_runner(path, "embedding"), MELS)
    if args.weights != "fp32":
        quantize(path, path, args.weights)
    model = onnx.load(path)
    with torch.inference_mode():
        dims = net.eval()(torch.randn(1, 200, MELS)).shape[1]
    set_metadata(model, metadata(args.name, dims))
    path.write_bytes(model.SerializeToString(deterministic=True))
    training |= {
        "parameters": sum(p.numel() for p in net.parameters()),
        "weights": args.weights,
        "sha256": sha256_of(path),
    }
    (args.out / "training.json").write_text(json.dumps(training, indent=2) + "\n")
    embed = onnx_runner(path, "embedding")
    print(
        f"largest difference torch - onnxruntime {difference:.1e}, 3 s take "
        f"{milliseconds(embed, 3, MELS)} ms on one thread, {path.stat().st_size} bytes, {training['sha256']}"
    )


if __name__ == "__main__":
    main()
