"""Gives an exported network a second output, the frames before pooling, and writes the rest as a network of its own.

    python -m models.training.frames_output --model models/NAME/model.onnx --head models/NAME/head.onnx

Then one pass over a clip gives its embedding and its frames, and the head embeds any part of the frames: that costs a
fraction of a pass over the part. The frames of a part aren't those of the part alone, because the layers see the whole
clip. model.onnx changes, and with it the model's ID.
"""

import argparse
import copy
from pathlib import Path

import onnx
from onnx import helper
from onnx.utils import Extractor

FRAMES = "frames"
EMBEDDING = "embedding"
LAYER = "/aggregate/"  # in the names of the nodes of Ecapa's last layer before the pooling


def last_of(model: onnx.ModelProto, layer: str = LAYER) -> str:
    """Returns the name of the last tensor that a layer computes. Raises ValueError without it."""
    outputs = [node.output[0] for node in model.graph.node if layer in node.name]
    if not outputs:
        raise ValueError(f"no node's name contains {layer}")
    return outputs[-1]


def with_frames(model: onnx.ModelProto, tensor: str) -> onnx.ModelProto:
    """Returns the network with the output `frames`, float32 [batch, channels, steps]."""
    model = copy.deepcopy(onnx.shape_inference.infer_shapes(model))
    shapes = {one.name: one for one in model.graph.value_info}
    if tensor not in shapes:
        raise ValueError(f"the shape of {tensor} is unknown")
    channels = shapes[tensor].type.tensor_type.shape.dim[1].dim_value
    del model.graph.value_info[:]
    model.graph.node.append(helper.make_node("Identity", [tensor], [FRAMES], name=FRAMES))
    shape = ["batch", channels, "steps"]
    model.graph.output.append(helper.make_tensor_value_info(FRAMES, onnx.TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return model


def head_of(model: onnx.ModelProto, tensor: str) -> onnx.ModelProto:
    """Returns the network from `frames` [batch, channels, steps] to `embedding` [batch, D]."""
    inferred = onnx.shape_inference.infer_shapes(model)
    head = Extractor(inferred).extract_model([tensor], [EMBEDDING])
    for node in head.graph.node:
        node.input[:] = [FRAMES if name == tensor else name for name in node.input]
    head.graph.input[0].name = FRAMES
    for axis, name in ((0, "batch"), (2, "steps")):
        head.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    head.producer_name, head.producer_version = model.producer_name, model.producer_version
    head.graph.name = "head"
    del head.graph.value_info[:]
    onnx.checker.check_model(head)
    return head


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="is replaced")
    parser.add_argument("--head", type=Path, required=True)
    parser.add_argument("--layer", default=LAYER, help="what the last nodes before the pooling are called")
    args = parser.parse_args()
    model = onnx.load(args.model)
    try:
        tensor = last_of(model, args.layer)
        head, both = head_of(model, tensor), with_frames(model, tensor)
    except ValueError as error:
        raise SystemExit(f"{args.model}: {error}") from None
    args.head.write_bytes(head.SerializeToString(deterministic=True))
    args.model.write_bytes(both.SerializeToString(deterministic=True))
    print(f"{tensor} -> {args.head}, {args.head.stat().st_size} bytes")


if __name__ == "__main__":
    main()
