"""The voice activity network: a stack of dilated depthwise-separable convolutions over log-mel
frames.
"""

import torch
from torch import Tensor, nn

DYNAMIC_RANGE = 13.0  # nats of power below the clip's loudest bin, 56 dB
SPREAD = 3.0  # nats, about one standard deviation of a log-mel bin
KERNEL = 5
DILATIONS = (1, 2, 4, 8, 16, 8)
GATED = (2, 4)  # indices of the blocks that a gate on the whole clip follows
SQUEEZE = 16


class VoiceActivity(nn.Module):
    """features [batch, frames, 80], raw log-mel -> probability of speech [batch, frames].

    A gain adds a constant to every log-mel value. The network limits values to DYNAMIC_RANGE below
    the clip's loudest bin and subtracts the mean, so that gain and digital silence around the
    speech don't change the result. The receptive field of a frame is 0.8 s on each side. The gates
    use the whole clip, because a melody is easier to detect from its length than from one note.
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
        return torch.sigmoid(self.logits(features))

    def logits(self, features: Tensor) -> Tensor:
        floor = features.amax(dim=(1, 2), keepdim=True) - DYNAMIC_RANGE
        bounded = torch.maximum(features, floor)
        x = self.stem(((bounded - bounded.mean(dim=(1, 2), keepdim=True)) / SPREAD).transpose(1, 2))
        for index, layer in enumerate(self.blocks):
            x = x + layer(x)
            if index in GATED:
                x = x * self.gates[str(index)](x.mean(dim=2, keepdim=True))
        return self.head(x).squeeze(1)


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
