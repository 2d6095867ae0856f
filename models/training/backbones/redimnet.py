"""ReDimNet: 2-D and 1-D blocks on one feature volume.

Yakovlev et al. 2024, "Reshape Dimensions Network for Speaker Recognition",
doi:10.21437/Interspeech.2024-2116, arXiv:2407.18223. Written from the paper. The product channels *
rows never changes, so a 2-D map [batch, channels, rows, frames] and a 1-D signal [batch, channels *
rows, frames] are two views of the same numbers, and every stage can take a weighted sum of all
earlier signals. The frame rate never changes.
"""

from collections.abc import Sequence
from operator import itemgetter

import torch
from torch import Tensor, nn

from .pooling import AttentivePooling
from .resnet import conv_norm
from .time_context import TimeContext


class ReDimNet(nn.Module):
    """features [batch, frames, mels], mean-normalized -> embedding [batch, embedding], not unit
    length.
    """

    def __init__(
        self,
        mels: int,
        embedding: int,
        channels: int = 8,
        strides: Sequence[int] = (1, 2, 1, 2, 1, 2),
        blocks: Sequence[int] = (2, 2, 2, 2, 2, 2),
        group_width: int = 1,
        reduction: int = 8,
        kernels: Sequence[int] = (7, 31),
        heads: int = 4,
        attention: int = 64,
    ):
        """`channels` times `mels` is the volume. `strides` and `blocks` are per stage.

        The 3x3 convolution of a 2-D block has groups of `group_width` channels, which must divide
        `channels`. The 1-D part of a stage works on volume / reduction channels, with depth-wise
        convolutions of `kernels` frames and self-attention with `heads` heads (0 for none). The
        defaults are about the paper's B0. Its larger sizes have more `channels` and blocks.
        """
        super().__init__()
        if len(strides) != len(blocks):
            raise ValueError(f"strides has {len(strides)} stages, but blocks has {len(blocks)}")
        if channels % group_width:
            raise ValueError(f"group_width {group_width} does not divide {channels} channels")
        self.stem = conv_norm(1, channels, kernel=3)
        volume, rows = channels * mels, mels
        stages = []
        for earlier, (stride, count) in enumerate(zip(strides, blocks), start=1):
            if rows % stride:
                raise ValueError(f"stride {stride} does not divide {rows} rows ({mels} mels)")
            rows //= stride
            context = TimeContext(volume, volume // reduction, kernels, heads)
            stages.append(Stage(volume, rows, stride, count, group_width, earlier, context))
        self.stages = nn.ModuleList(stages)
        self.gather = WeightedSum(len(stages) + 1, volume)
        self.pool = AttentivePooling(volume, attention)
        self.pool_norm = nn.BatchNorm1d(2 * volume)
        self.project = nn.Linear(2 * volume, embedding)
        self.project_norm = nn.BatchNorm1d(embedding)

    def forward(self, features: Tensor) -> Tensor:
        signals = [self.stem(features.transpose(1, 2).unsqueeze(1)).flatten(1, 2)]
        for stage in self.stages:
            signals.append(stage(signals))
        pooled = self.pool(self.gather(signals))
        return self.project_norm(self.project(self.pool_norm(pooled)))


class Stage(nn.Module):
    """All earlier signals -> the next one: weighted sum, 2-D blocks on the map, 1-D context on the
    signal.
    """

    def __init__(
        self,
        volume: int,
        rows: int,
        stride: int,
        blocks: int,
        group_width: int,
        earlier: int,
        context: nn.Module,
    ):
        super().__init__()
        self.gather = WeightedSum(earlier, volume) if earlier > 1 else itemgetter(0)
        self.rows_in = rows * stride
        channels = volume // rows
        # Rows shrink and channels grow by the same factor, so the volume stays the same.
        self.enter = nn.Conv2d(channels // stride, channels, (stride, 1), (stride, 1))
        self.blocks = nn.Sequential(*(MapBlock(channels, group_width) for _ in range(blocks)))
        self.context = context

    def forward(self, signals: list[Tensor]) -> Tensor:
        picture = self.gather(signals).unflatten(1, (-1, self.rows_in))
        return self.context(self.blocks(self.enter(picture)).flatten(1, 2))


class MapBlock(nn.Module):
    """Grouped 3x3 convolution, then a 1x1 convolution, with a shortcut."""

    def __init__(self, channels: int, group_width: int):
        super().__init__()
        self.spread = nn.Conv2d(channels, channels, 3, padding=1, groups=channels // group_width, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.mix = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.mix(torch.relu(self.norm(self.spread(x)))))


class WeightedSum(nn.Module):
    """Weighted sum of signals. The weights are learned per channel and sum to one."""

    def __init__(self, signals: int, volume: int):
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(signals, volume, 1))

    def forward(self, signals: list[Tensor]) -> Tensor:
        weights = torch.softmax(self.weights, dim=0)
        return sum(signal * weight for signal, weight in zip(signals, weights))
