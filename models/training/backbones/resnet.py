"""ResNet on the log-mel picture ("r-vector").

Zeinali et al. 2019, "BUT System Description to VoxCeleb Speaker Recognition Challenge 2019",
arXiv:1910.12592. Blocks are from He et al. 2016, doi:10.1109/CVPR.2016.90, with the optional
squeeze-excitation of Hu et al. 2018, doi:10.1109/CVPR.2018.00745. ResNet18 is `blocks=[2, 2, 2, 2]`
and ResNet34 `[3, 4, 6, 3]`, both with `width=32`. Tensors are [batch, channels, mels, frames].
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .pooling import make_pooling


class ResNet(nn.Module):
    """features [batch, frames, mels], mean-normalized -> embedding [batch, embedding], not unit
    length.
    """

    def __init__(
        self,
        mels: int,
        embedding: int,
        width: int = 16,
        blocks: Sequence[int] = (2, 2, 2, 2),
        squeeze: int = 0,
        pooling: str = "statistics",
        attention: int = 64,
    ):
        """`width`: channels of the first stage.

        Each later stage doubles them and halves mels and frames.

        `squeeze`: squeeze-excitation with channels / squeeze hidden units, 0 for none. `attention`:
        see make_pooling.
        """
        super().__init__()
        self.stem = conv_norm(1, width, kernel=3)
        layers: list[nn.Module] = []
        channels, rows = width, mels
        for stage, count in enumerate(blocks):
            out_channels, stride = width * 2**stage, 1 if stage == 0 else 2
            for i in range(count):
                layers.append(ResidualBlock(channels, out_channels, stride if i == 0 else 1, squeeze))
                channels = out_channels
            rows = -(-rows // stride)
        self.layers = nn.Sequential(*layers)
        self.pool = make_pooling(pooling, channels * rows, attention)
        self.project = nn.Linear(2 * channels * rows, embedding)
        self.project_norm = nn.BatchNorm1d(embedding)

    def forward(self, features: Tensor) -> Tensor:
        picture = features.transpose(1, 2).unsqueeze(1)
        x = self.layers(torch.relu(self.stem(picture)))
        return self.project_norm(self.project(self.pool(x.flatten(1, 2))))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut. `stride` is one number or (mels, frames)."""

    def __init__(
        self, in_channels: int, out_channels: int, stride: int | tuple[int, int] = 1, squeeze: int = 0
    ):
        super().__init__()
        self.first = conv_norm(in_channels, out_channels, kernel=3, stride=stride)
        self.second = conv_norm(out_channels, out_channels, kernel=3)
        self.gate = SqueezeExcitation(out_channels, squeeze) if squeeze else nn.Identity()
        same = in_channels == out_channels and stride in (1, (1, 1))
        self.shortcut = nn.Identity() if same else conv_norm(in_channels, out_channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.gate(self.second(torch.relu(self.first(x))))
        return torch.relu(y + self.shortcut(x))


class SqueezeExcitation(nn.Module):
    """Multiplies each channel by a gate in (0, 1) that depends on the means of all channels."""

    def __init__(self, channels: int, squeeze: int):
        super().__init__()
        hidden = max(1, channels // squeeze)
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean(dim=(2, 3))))))
        return x * gate[:, :, None, None]


def conv_norm(
    in_channels: int, out_channels: int, kernel: int, stride: int | tuple[int, int] = 1
) -> nn.Sequential:
    """Padded 2-D convolution and batch norm. Only the stride changes the size."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
    )
