"""Stores the weights of an ONNX file in half precision or 8 bits.

    python -m models.training.quantize --model model.onnx --out smaller.onnx --kind fp16

`quantize_report` measures the cost of each.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

KINDS = ("fp16", "int8")
HALF = ".half"  # suffix of the name of a float16 weight
SMALLEST = 256  # values; smaller tensors are biases and scales, which would save nothing
HALF_MAX = float(np.finfo(np.float16).max)


def quantize(path_in: Path, path_out: Path, kind: str) -> None:
    """Writes the same network with smaller weights.

    The paths may be equal. Output bytes are reproducible.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind}: expected one of {', '.join(KINDS)}")
    whole = onnx.load(path_in)
    model = half(whole) if kind == "fp16" else eight_bits(path_in, path_out)
    onnx.helper.set_model_props(model, {prop.key: prop.value for prop in whole.metadata_props})
    model.producer_name, model.producer_version = whole.producer_name, whole.producer_version
    onnx.checker.check_model(model)
    path_out.write_bytes(model.SerializeToString(deterministic=True))


def half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Stores weights as float16 and casts them back at load time, when onnxruntime folds the casts.

    Arithmetic stays in float32, so the speed doesn't change. Raises ValueError for a weight beyond
    half precision.
    """
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < SMALLEST:
            continue
        if not np.abs(values).max() <= HALF_MAX:
            raise ValueError(f"{tensor.name} has values beyond half precision")
        name, stored = tensor.name, tensor.name + HALF
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    return model


def eight_bits(path_in: Path, path_out: Path) -> onnx.ModelProto:
    """Stores unsigned 8-bit weights, per tensor. onnxruntime quantizes activations dynamically."""
    partial = path_out.with_suffix(".partial")
    try:
        quantize_dynamic(path_in, partial, weight_type=QuantType.QUInt8)
        return onnx.load(partial)
    finally:
        partial.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=KINDS, required=True)
    args = parser.parse_args()
    quantize(args.model, args.out, args.kind)
    print(f"{args.model.stat().st_size} -> {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
