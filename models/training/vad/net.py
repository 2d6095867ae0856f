"""The voice activity network: a stack of dilated depthwise-separable convolutions over log-mel
frames. It sees windows, not clips.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn.functional import max_pool1d, pad

FLOOR = 0.0  # nats; the noise of rounding to 16 bits is above it, digital silence below
DYNAMIC_RANGE = 13.0  # nats of power below the loudest bin nearby, 56 dB
SPREAD = 3.0  # nats, about one standard deviation of a log-mel bin
NEAR = 150  # frames on each side that set the level and the gates, 1.5 s
KERNEL = 5
DILATIONS = (1, 2, 4, 8, 16, 8)
GATED = (2, 4)  # indices of the blocks that a gate follows
SQUEEZE = 16


class VoiceActivity(nn.Module):
    """features [batch, frames, 80], raw log-mel -> probability of speech [batch, frames].

    A gain adds a constant to every log-mel value. The network limits values to DYNAMIC_RANGE below
    the loudest bin within 1.5 s and subtracts the mean over the same 3 s, without silent frames, so
    that neither gain nor silence changes the result. The convolutions see 0.8 s on each side. The
    gates average over 1.5 s on each side, because a melody is easier to detect from its length than
    from one note. What is more than REACH frames away has no effect on a frame, so its result
    doesn't depend on the clip's length. Silent frames have a probability of 0.
    """

    def __init__(self, mels: int = 80, channels: int = 64):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(mels, channels, KERNEL, padding=KERNEL // 2), nn.BatchNorm1d(channels), nn.ReLU()
        )
        self.blocks = nn.ModuleList(block(channels, dilation) for dilation in DILATIONS)
        self.gates = nn.ModuleDict({str(index): gate(channels) for index in GATED})
        self.head = nn.Conv1d(channels, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        logits, audible = self.logits(features)
        return torch.sigmoid(logits) * audible

    def logits(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Returns logits [batch, frames], and 1 for audible frames, else 0, of the same shape."""
        x, audible = leveled(features)
        x = self.stem(x.transpose(1, 2))
        for index, layer in enumerate(self.blocks):
            x = x + layer(x)
            if index in GATED:
                x = x * self.gates[str(index)](local_mean(x, audible))
        return self.head(x).squeeze(1), audible.squeeze(1)


CONVOLVED = KERNEL // 2 * (1 + sum(DILATIONS))
REACH = 2 * NEAR + CONVOLVED + NEAR * len(GATED)


def leveled(features: Tensor) -> tuple[Tensor, Tensor]:
    """Raw log-mel [batch, frames, bins] -> the same shape, relative to the level nearby, and
    [batch, 1, frames] 1 for frames that aren't silent beside what is nearby, else 0.
    """
    heard = features.clamp(min=FLOOR)
    loudest = heard.amax(dim=2).unsqueeze(1)
    level = max_pool1d(loudest, 2 * NEAR + 1, stride=1, padding=NEAR)
    floor = (level - DYNAMIC_RANGE).clamp(min=FLOOR)
    audible = (loudest > floor).to(features.dtype)
    bounded = torch.maximum(heard, floor.transpose(1, 2))
    mean = local_mean(bounded.mean(dim=2).unsqueeze(1), audible).transpose(1, 2)
    return (bounded - mean) / SPREAD, audible


def local_mean(x: Tensor, audible: Tensor) -> Tensor:
    """[batch, channels, frames] -> the same shape: the mean over the audible frames within NEAR.

    Silence is left out, so that a word between pauses is normalized as it is among others. A
    difference of running sums costs a tenth of pooling in onnxruntime.
    """
    return window_sum(x * audible) / window_sum(audible).clamp(min=1)


def window_sum(x: Tensor) -> Tensor:
    sums = pad(x, (NEAR + 1, NEAR)).cumsum(2)
    return sums[..., 2 * NEAR + 1 :] - sums[..., : -2 * NEAR - 1]


def block(channels: int, dilation: int) -> nn.Sequential:
    padding = dilation * (KERNEL // 2)
    return nn.Sequential(
        nn.Conv1d(
            channels, channels, KERNEL, padding=padding, dilation=dilation, groups=channels, bias=False
        ),
        nn.BatchNorm1d(channels),
        nn.Conv1d(channels, channels, 1, bias=False),
        nn.BatchNorm1d(channels),
        nn.ReLU(),
    )


def gate(channels: int) -> nn.Sequential:
    """Squeeze and excitation. Hu et al. 2018, doi:10.1109/CVPR.2018.00745."""
    return nn.Sequential(
        nn.Conv1d(channels, SQUEEZE, 1), nn.ReLU(), nn.Conv1d(SQUEEZE, channels, 1), nn.Sigmoid()
    )


def load_onnx(net: VoiceActivity, path: Path) -> None:
    """Reads the weights of an exported network, to train it further.

    The export folds batch normalization into the convolution before it. Here the normalization
    becomes one that only adds the bias, so freeze its statistics (`net.eval()`).
    """
    graph = onnx.load(path).graph
    stored = {i.name: torch.from_numpy(np.array(numpy_helper.to_array(i))) for i in graph.initializer}
    weights = [[stored[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Conv"]
    middle = [part for i, layer in enumerate(net.blocks) for part in (layer, *gate_of(net, i))]
    modules = [net.stem, *middle, net.head]
    layers = [layer for module in modules for layer in module.modules() if isinstance(layer, nn.Conv1d)]
    norms: dict[nn.Module, nn.Module] = {}
    for module in modules:
        children = list(module.children())
        norms |= {a: b for a, b in zip(children, children[1:]) if isinstance(b, nn.BatchNorm1d)}
    with torch.no_grad():
        for layer, (weight, bias) in zip(layers, weights, strict=True):
            layer.weight.copy_(weight)
            norm = norms.get(layer)
            if norm:
                norm.running_var.fill_(1 - norm.eps)
                norm.bias.copy_(bias)
            if layer.bias is not None:
                layer.bias.copy_(torch.zeros_like(bias) if norm else bias)


def gate_of(net: VoiceActivity, index: int) -> list[nn.Module]:
    return [net.gates[str(index)]] if index in GATED else []
