"""From a PyTorch network to an ONNX file whose bytes depend on the weights and the graph alone."""

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
    return sha256_of(path)


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


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
