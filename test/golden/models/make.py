"""Makes small networks for tests of installing: valid ones, and many that must be rejected.

    python -m venv venv && venv/bin/pip install numpy onnx
    venv/bin/python test/golden/models/make.py

Each pools over the frames with weights made here. None was trained.
Last made with numpy 2.4.6, onnx 1.23.1.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
BINS, DIMENSION = 80, 16
FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


def network(name, inputs, outputs, nodes, weights=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, [numpy_helper.from_array(w, n) for n, w in weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="")
    model.ir_version = 8
    onnx.checker.check_model(model)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], **attributes)


# [batch][frames][bins] -> each bin's spread over the frames -> [batch][16].
# Subtracting means doesn't change a spread.
w = ("w", np.sin(np.arange(BINS * DIMENSION)).reshape(BINS, DIMENSION).astype(np.float32))
pool = [
    node("ReduceMean", ["x"], "mean", axes=[1], keepdims=1),
    node("Sub", ["x", "mean"], "centered"),
    node("ReduceL2", ["centered"], "spread", axes=[1], keepdims=0),
]
embed = [*pool, node("MatMul", ["spread", "w"], "y")]
free = [value("x", ["batch", "frames", BINS])]
y = [value("y", ["batch", DIMENSION])]

network("fair", free, y, embed, [w])
network("nameless-axes", [value("x", [None, None, BINS])], y, embed, [w])
network("two-inputs", [*free, value("lengths", ["batch"])], y, embed, [w])
network("fixed-frames", [value("x", ["batch", 200, BINS])], y, embed, [w])
network("fixed-batch", [value("x", [8, "frames", BINS])], [value("y", [8, DIMENSION])], embed, [w])
network("swapped-axes", [value("x", ["batch", BINS, "frames"])], y, [node("Transpose", ["x"], "t", perm=[0, 2, 1])] + [
    node("ReduceMean", ["t"], "mean", axes=[1], keepdims=1), node("Sub", ["t", "mean"], "centered"),
    node("ReduceL2", ["centered"], "spread", axes=[1], keepdims=0),
    node("MatMul", ["spread", "w"], "y")], [w])  # fmt: skip
network("waveform", [value("x", ["batch", "samples"])], [value("y", ["batch", 1])], [
    node("ReduceMean", ["x"], "y", axes=[1], keepdims=1)])  # fmt: skip
# [batch][samples] -> level in 16 bands of 25 ms every 10 ms, on average over the frames ->
# [batch][16]. "denormal" does the same, then multiplies its first 8 values by 1e-40 and 1e40: zeros
# where denormal numbers are flushed.
time = np.arange(400) / 16000
filters = np.stack([np.hanning(400) * np.sin(2 * np.pi * (150 + 200 * i) * time) for i in range(DIMENSION)])
bands = ("bands", filters[:, None].astype(np.float32))
levels = [
    node("Unsqueeze", ["x", "one"], "rows"),
    node("Conv", ["rows", "bands"], "band", strides=[160]),
    node("Abs", ["band"], "size"),
]
samples = [value("x", ["batch", "samples"])]
one = ("one", np.array([1]))
powers = np.where(np.arange(DIMENSION) < 8, 1e-20, 1).astype(np.float32)
network("hearing", samples, y, [*levels, node("ReduceMean", ["size"], "y", axes=[2], keepdims=0)], [bands, one])
network("denormal", samples, y, [*levels, node("ReduceMean", ["size"], "s", axes=[2], keepdims=0),
    node("Mul", ["s", "small"], "a"), node("Mul", ["a", "small"], "b"), node("Mul", ["b", "large"], "c"),
    node("Mul", ["c", "large"], "y")], [bands, one, ("small", powers), ("large", 1 / powers)])  # fmt: skip
network("half", [value("x", ["batch", "frames", BINS], HALF)], [value("y", ["batch", BINS], HALF)], [
    node("ReduceMean", ["x"], "y", axes=[1], keepdims=0)])  # fmt: skip
network("forty-bins", [value("x", ["batch", "frames", 40])], [value("y", ["batch", 40])], [
    node("ReduceMean", ["x"], "y", axes=[1], keepdims=0)])  # fmt: skip
network("unpooled", free, [value("y", ["batch", "frames", DIMENSION])], [node("MatMul", ["x", "w"], "y")], [w])
network("two-outputs", free, [*y, value("spread", ["batch", BINS])], embed, [w])
network("deaf", free, y, [node("ReduceMean", ["x"], "m", axes=[1], keepdims=0),
    node("Mul", ["m", "zero"], "z"), node("MatMul", ["z", "w"], "p"), node("Add", ["p", "one"], "y")],
    [w, ("zero", np.zeros(1, np.float32)), ("one", np.ones(1, np.float32))])  # fmt: skip
network("not-a-number", free, y, [*embed[:-1], node("MatMul", ["spread", "w"], "p"), node("Log", ["minus"], "n"),
    node("Add", ["p", "n"], "y")], [w, ("minus", np.full(1, -1, np.float32))])  # fmt: skip
# Returns [frames, 300]: its direction depends on the number of frames.
network("counter", free, [value("y", ["batch", 2])], [
    node("Mul", ["x", "zero"], "z"), node("Add", ["z", "share"], "s"), node("Add", ["z", "many"], "m"),
    node("ReduceSum", ["s", "axes"], "frames", keepdims=0),
    node("ReduceMean", ["m"], "constant", axes=[1, 2], keepdims=0),
    node("Unsqueeze", ["frames", "one"], "f"), node("Unsqueeze", ["constant", "one"], "c"),
    node("Concat", ["f", "c"], "y", axis=1)],
    [("zero", np.zeros(1, np.float32)), ("share", np.full(1, 1 / BINS, np.float32)),
     ("many", np.full(1, 300, np.float32)), ("axes", np.array([1, 2])), ("one", np.array([1]))])  # fmt: skip

# Segmentation networks: [batch][1][samples] -> [batch][589][7]. They hear two voices where the
# mean of the samples is above 0.1, the second one where it is below -0.1, and the first one
# elsewhere, so that a test can say where voices overlap.
classes = [("slope", np.array([[[0]], [[0]], [[-100]], [[0]], [[100]], [[0]], [[0]]], np.float32)),
           ("bias", np.array([-15, 5, -5, -15, -5, -15, -15], np.float32))]  # fmt: skip
sound = [value("x", ["batch", 1, "samples"])]
hear = [
    node("AveragePool", ["x"], "mean", kernel_shape=[991], strides=[270]),
    node("Conv", ["mean", "slope", "bias"], "by_class"),
    node("Transpose", ["by_class"], "logits", perm=[0, 2, 1]),
]
logs = [value("y", ["batch", "frames", 7])]
network("segmentation", sound, logs, [*hear, node("LogSoftmax", ["logits"], "y", axis=-1)], classes)
network("segmentation-logits", sound, logs, [*hear[:-1], node("Transpose", ["by_class"], "y", perm=[0, 2, 1])], classes)

# A spoof detector: [1][64600] -> logits for spoofed and bona fide speech, from the level alone.
clip = [value("x", [1, 64600])]
level = [node("ReduceL2", ["x"], "level", axes=[1], keepdims=1)]
half = ("half", np.array([[5.0]], dtype=np.float32))
network("spoof", clip, [value("y", [1, 2])], [
    *level, node("Sub", ["half", "level"], "low"), node("Sub", ["level", "half"], "high"),
    node("Concat", ["low", "high"], "y", axis=1)], [half])  # fmt: skip
network("spoof-logit", clip, [value("y", [1, 1])], [*level, node("Sub", ["level", "half"], "y")], [half])
network("spoof-deaf", clip, [value("y", [1, 1])], [
    *level, node("Mul", ["level", "nothing"], "y")], [("nothing", np.zeros((1, 1), dtype=np.float32))])  # fmt: skip
