"""Exports a PyTorch network to an ONNX file whose bytes depend on weights and graph alone."""

import hashlib
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

OPSET = 17
MAX_DIFFERENCE = 1e-3  # between torch and onnxruntime, on embeddings of length about 14


def export_onnx(
    net: torch.nn.Module, example: torch.Tensor, path: Path, output: str, dynamic: dict[int, str]
) -> str:
    """Writes the file and returns its sha256.

    Axes in `dynamic` have variable length in the input, and in the output if it has them.
    """
    net.eval()
    with torch.no_grad():
        rank = net(example).dim()
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but only its output is stable.
        warnings.simplefilter("ignore")
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
    # Remove everything but the weights and the graph.
    model.producer_version = ""
    model.graph.name = output
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    return sha256_of(path)


def check(net: torch.nn.Module, embed, mels: int) -> float:
    """Returns the largest difference between torch and onnxruntime.

    ValueError if it exceeds MAX_DIFFERENCE.
    """
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
    """Returns the median time of one embedding on one thread, in milliseconds."""
    features = np.zeros((1, int(seconds * 100) - 2, mels), dtype=np.float32)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        embed(features)
        times.append(time.perf_counter() - start)
    return round(1000 * float(np.median(times)), 1)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
