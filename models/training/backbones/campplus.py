"""CAM++.

Wang et al. 2023, "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking", doi:10.21437/Interspeech.2023-1513, arXiv:2303.00332. Written from the paper. The paper's
size is `front=32, stem=128, growth=32, bottleneck=128, layers=[12, 24, 16]`, about 7 M parameters.
The defaults are smaller. After the front end, tensors are [batch, channels, frames / 2].
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, pad

from .pooling import make_pooling
from .resnet import ResidualBlock, conv_norm

SEGMENT = 100  # frames that share a local context (paper, section 2.3)
DILATIONS = (1, 2, 2)


class CamPlusPlus(nn.Module):
    """features [batch, frames, mels], mean-normalized -> embedding [batch, embedding], not unit
    length.
    """

    def __init__(
        self,
        mels: int,
        embedding: int,
        front: int = 16,
        stem: int = 96,
        growth: int = 24,
        bottleneck: int = 96,
        layers: Sequence[int] = (6, 12, 8),
        pooling: str = "statistics",
        attention: int = 64,
    ):
        """`front`: channels of the 2-D part.

        `layers`: layers in each dense block, for at most three blocks.
        """
        super().__init__()
        if len(layers) > len(DILATIONS):
            raise ValueError(f"CAM++ has at most {len(DILATIONS)} dense blocks, but layers has {len(layers)}")
        self.front = FrontEnd(front)
        rows = -(-mels // FrontEnd.MEL_STRIDE)
        self.stem = nn.Sequential(
            nn.Conv1d(front * rows, stem, 5, stride=2, padding=2, bias=False), *norm_relu(stem)
        )
        blocks: list[nn.Module] = []
        channels = stem
        for count, dilation in zip(layers, DILATIONS):
            for _ in range(count):
                blocks.append(DenseLayer(channels, growth, bottleneck, dilation))
                channels += growth
            # The transition halves the number of channels.
            blocks.append(
                nn.Sequential(*norm_relu(channels), nn.Conv1d(channels, channels // 2, 1, bias=False))
            )
            channels //= 2
        self.blocks = nn.Sequential(*blocks, *norm_relu(channels))
        self.pool = make_pooling(pooling, channels, attention)
        self.project = nn.Linear(2 * channels, embedding)
        self.project_norm = nn.BatchNorm1d(embedding)

    def forward(self, features: Tensor) -> Tensor:
        x = self.stem(self.front(features.transpose(1, 2)))
        return self.project_norm(self.project(self.pool(self.blocks(x))))


class FrontEnd(nn.Module):
    """2-D convolutions that keep the frame rate: [batch, mels, frames] -> [batch, C * mels / 8,
    frames].
    """

    MEL_STRIDE = 8

    def __init__(self, channels: int):
        super().__init__()
        self.enter = conv_norm(1, channels, kernel=3)
        self.blocks = nn.Sequential(
            *(ResidualBlock(channels, channels, (stride, 1)) for stride in (2, 1, 2, 1))
        )
        self.leave = conv_norm(channels, channels, kernel=3, stride=(2, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(torch.relu(self.enter(x.unsqueeze(1))))
        return torch.relu(self.leave(x)).flatten(1, 2)


class DenseLayer(nn.Module):
    """Appends `growth` masked channels to its input (D-TDNN)."""

    def __init__(self, channels: int, growth: int, bottleneck: int, dilation: int):
        super().__init__()
        self.narrow = nn.Sequential(
            *norm_relu(channels), nn.Conv1d(channels, bottleneck, 1, bias=False), *norm_relu(bottleneck)
        )
        self.local = nn.Conv1d(bottleneck, growth, 3, padding=dilation, dilation=dilation, bias=False)
        self.mask = ContextMask(bottleneck, growth)

    def forward(self, x: Tensor) -> Tensor:
        narrow = self.narrow(x)
        return torch.cat([x, self.local(narrow) * self.mask(narrow)], dim=1)


class ContextMask(nn.Module):
    """[batch, in, frames] -> mask in (0, 1), [batch, out, frames], computed from clip and segment
    means.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.squeeze = nn.Conv1d(in_channels, in_channels // 2, 1)
        self.excite = nn.Conv1d(in_channels // 2, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        # Compute one value per segment up to the sigmoid. The result equals the paper's at a
        # hundredth of the cost.
        context = x.mean(dim=2, keepdim=True) + segment_means(x)
        mask = torch.sigmoid(self.excite(torch.relu(self.squeeze(context))))
        frames = mask.unsqueeze(3).expand(-1, -1, -1, SEGMENT).flatten(2)
        return frames[:, :, : x.shape[2]]


def segment_means(x: Tensor) -> Tensor:
    """[batch, C, frames] -> [batch, C, ceil(frames / 100)]. The last segment may be shorter.

    Padding by a fixed length avoids shape arithmetic in the exported graph.
    """
    sums = avg_pool1d(pad(x, (0, SEGMENT - 1)), SEGMENT)
    share = avg_pool1d(pad(torch.ones_like(x[:1, :1]), (0, SEGMENT - 1)), SEGMENT)
    return sums / share


def norm_relu(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm1d(channels), nn.ReLU()
