"""ECAPA-TDNN.

Desplanques et al. 2020, "ECAPA-TDNN: Emphasized Channel Attention, Propagation and Aggregation in
TDNN Based Speaker Verification", doi:10.21437/Interspeech.2020-2650. Written from the paper.
Tensors are [batch, channels, frames].
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .pooling import AttentivePooling


class Ecapa(nn.Module):
    """features [batch, frames, mels], mean-normalized -> embedding [batch, embedding], not unit
    length.
    """

    def __init__(
        self,
        mels: int,
        embedding: int,
        channels: int = 192,
        attention: int = 128,
        bottleneck: int = 64,
        scale: int = 8,
        stride: int = 1,
        dilations: Sequence[int] = (2, 3, 4),
        aggregate: int | None = None,
    ):
        """`stride` 2 halves the frame rate after the first layer, and nearly halves the cost.

        dilations  of the three blocks, in frames after the stride
        aggregate  number of pooled channels. Default: 3 * channels, as in the paper
        """
        super().__init__()
        pooled = aggregate or 3 * channels
        self.stem = ConvBlock(mels, channels, kernel=5, stride=stride)
        self.blocks = nn.ModuleList(
            SeRes2Block(channels, bottleneck, scale, dilation) for dilation in dilations
        )
        self.aggregate = ConvBlock(3 * channels, pooled, kernel=1)
        self.pool = AttentivePooling(pooled, attention)
        self.pool_norm = nn.BatchNorm1d(2 * pooled)
        self.project = nn.Linear(2 * pooled, embedding)
        self.project_norm = nn.BatchNorm1d(embedding)

    def forward(self, features: Tensor) -> Tensor:
        x = self.stem(features.transpose(1, 2))
        outputs = []
        for block in self.blocks:
            # The input of each block is the sum of the stem and all earlier blocks (paper, section
            # 3.2).
            y = block(x)
            outputs.append(y)
            x = x + y
        pooled = self.pool(self.aggregate(torch.cat(outputs, dim=1)))
        return self.project_norm(self.project(self.pool_norm(pooled)))


class ConvBlock(nn.Module):
    """Convolution over time, ReLU, batch norm: [batch, in, frames] -> [batch, out, frames]."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, dilation: int = 1, stride: int = 1):
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        self.conv = nn.Conv1d(in_channels, out_channels, kernel, stride, padding, dilation)
        self.norm = nn.BatchNorm1d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(torch.relu(self.conv(x)))


class SeRes2Block(nn.Module):
    """1x1, multi-scale dilated convolution (Res2Net), 1x1, squeeze-excitation, residual."""

    def __init__(self, channels: int, bottleneck: int, scale: int, dilation: int):
        super().__init__()
        self.scale = scale
        self.enter = ConvBlock(channels, channels, kernel=1)
        width = channels // scale
        self.steps = nn.ModuleList(
            ConvBlock(width, width, kernel=3, dilation=dilation) for _ in range(scale - 1)
        )
        self.leave = ConvBlock(channels, channels, kernel=1)
        self.squeeze = nn.Conv1d(channels, bottleneck, 1)
        self.excite = nn.Conv1d(bottleneck, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        first, *groups = self.enter(x).chunk(self.scale, dim=1)
        outputs = [first]
        carried = None
        for step, group in zip(self.steps, groups):
            carried = step(group if carried is None else group + carried)
            outputs.append(carried)
        y = self.leave(torch.cat(outputs, dim=1))
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(y.mean(dim=2, keepdim=True)))))
        return x + y * gate


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())
