"""The 1-D part of a ReDimNet stage: convolutions and self-attention over time.

Tensors are [batch, channels, frames].
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class TimeContext(nn.Module):
    """Narrow residual branch over time: [batch, volume, frames] -> the same shape."""

    def __init__(self, volume: int, hidden: int, kernels: Sequence[int], heads: int):
        super().__init__()
        self.enter = nn.Sequential(nn.Conv1d(volume, hidden, 1, bias=False), nn.BatchNorm1d(hidden))
        self.mixers = nn.ModuleList(DepthwiseBlock(hidden, kernel) for kernel in kernels)
        if heads:
            self.mixers.append(SelfAttention(hidden, heads))
        self.leave = nn.Conv1d(hidden, volume, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.enter(x)
        for mixer in self.mixers:
            y = y + mixer(y)
        return x + self.leave(y)


class DepthwiseBlock(nn.Module):
    """Depth-wise, then 1x1 convolution. Liu et al. 2022, doi:10.1109/CVPR52688.2022.01167."""

    def __init__(self, channels: int, kernel: int):
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"kernel sizes must be odd, not {kernel}")
        self.depth = nn.Conv1d(channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(torch.relu(self.norm(self.depth(x))))


class SelfAttention(nn.Module):
    """Self-attention over frames. Memory grows with the square of the number of frames."""

    def __init__(self, channels: int, heads: int):
        super().__init__()
        if channels % heads:
            raise ValueError(f"{heads} heads do not divide {channels} channels")
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.read = nn.Linear(channels, 3 * channels)
        self.write = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        split = self.read(self.norm(x.transpose(1, 2))).unflatten(2, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        read = scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        return self.write(read).transpose(1, 2)
