"""ReDimNet: 2-D and 1-D blocks on one feature volume.

Yakovlev et al. 2024, "Reshape Dimensions Network for Speaker Recognition",
doi:10.21437/Interspeech.2024-2116, arXiv:2407.18223. Written from the paper: the product channels * rows
never changes, so a 2-D map [batch, channels, rows, frames] and a 1-D signal [batch, channels * rows, frames]
are two views of the same numbers, and every stage can read a weighted sum of all signals before it. Frames
are never thinned out.
"""

from collections.abc import Sequence
from operator import itemgetter

import torch
from torch import Tensor, nn

from .pooling import AttentivePooling
from .resnet import conv_norm
from .time_context import TimeContext


class ReDimNet(nn.Module):
    """features [batch, frames, mels], mean-normalised -> embedding [batch, embedding], not unit length."""

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
        """`channels` times `mels` is the volume; `strides` and `blocks` are per stage.

        A 2-D block's 3x3 convolution sees `group_width` channels at a time, which must divide `channels`.
        A stage's 1-D part works on volume / reduction channels, with depth-wise convolutions of `kernels`
        frames and `heads` of self-attention (0 for none). The defaults are about the paper's B0; its larger
        ones have more `channels` and blocks.
        """
        super().__init__()
        if len(strides) != len(blocks):
            raise ValueError(f"{len(strides)} strides for {len(blocks)} stages of blocks")
        if channels % group_width:
            raise ValueError(f"group_width {group_width} does not divide {channels} channels")
        self.stem = conv_norm(1, channels, kernel=3)
        volume, rows = channels * mels, mels
        stages = []
        for earlier, (stride, count) in enumerate(zip(strides, blocks), start=1):
            if rows % stride:
                raise ValueError(f"{rows} rows cannot be divided by a stride of {stride}: {mels} mels")
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
    """All earlier signals -> the next one: sum, view as a map, 2-D blocks, view as a signal, 1-D context."""

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
        # Frequency shrinks and channels grow by the same factor, so the volume stays.
        self.enter = nn.Conv2d(channels // stride, channels, (stride, 1), (stride, 1))
        self.blocks = nn.Sequential(*(MapBlock(channels, group_width) for _ in range(blocks)))
        self.context = context

    def forward(self, signals: list[Tensor]) -> Tensor:
        picture = self.gather(signals).unflatten(1, (-1, self.rows_in))
        return self.context(self.blocks(self.enter(picture)).flatten(1, 2))


class MapBlock(nn.Module):
    """Grouped 3x3 convolution, then a mix of the channels, beside a shortcut."""

    def __init__(self, channels: int, group_width: int):
        super().__init__()
        self.spread = nn.Conv2d(channels, channels, 3, padding=1, groups=channels // group_width, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.mix = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.mix(torch.relu(self.norm(self.spread(x)))))


class WeightedSum(nn.Module):
    """A sum of signals whose weights are learnt per channel and add up to one."""

    def __init__(self, signals: int, volume: int):
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(signals, volume, 1))

    def forward(self, signals: list[Tensor]) -> Tensor:
        weights = torch.softmax(self.weights, dim=0)
        return sum(signal * weight for signal, weight in zip(signals, weights))
