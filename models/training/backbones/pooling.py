"""Pooling: [batch, channels, frames] -> [batch, 2 * channels], means, then standard deviations."""

import torch
from torch import Tensor, nn

MIN_VARIANCE = 1e-5


def make_pooling(kind: str, channels: int, attention: int) -> nn.Module:
    """`kind` is "attentive" or "statistics". `attention`: width of the hidden layer."""
    if kind == "attentive":
        return AttentivePooling(channels, attention)
    if kind == "statistics":
        return StatisticsPooling()
    raise ValueError(f'pooling must be "attentive" or "statistics", not {kind!r}')


class StatisticsPooling(nn.Module):
    """Plain mean and standard deviation. Snyder et al. 2017, doi:10.21437/Interspeech.2017-620."""

    def forward(self, x: Tensor) -> Tensor:
        # Use float32: under autocast, sums of squares over a long clip lose too much precision.
        x = x.float()
        mean = x.mean(dim=2, keepdim=True)
        std = (x - mean).square().mean(dim=2).clamp(min=MIN_VARIANCE).sqrt()
        return torch.cat([mean.squeeze(2), std], dim=1)


class AttentivePooling(nn.Module):
    """Mean and standard deviation over time, weighted per channel.

    Okabe et al. 2018, doi:10.21437/Interspeech.2018-993, with the channel-wise weights and the
    global context of ECAPA-TDNN: the attention also takes the clip's unweighted mean and deviation.
    Its first layer is split into a part that runs per frame and a part that runs once per clip,
    which equals the paper's concatenation at a third of the cost.
    """

    def __init__(self, channels: int, attention: int):
        super().__init__()
        self.local = nn.Conv1d(channels, attention, 1)
        self.context = nn.Conv1d(2 * channels, attention, 1, bias=False)
        self.norm = nn.BatchNorm1d(attention)
        self.score = nn.Conv1d(attention, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(dim=2, keepdim=True, dtype=torch.float32)
        std = _std(x.square().mean(dim=2, keepdim=True, dtype=torch.float32), mean)
        hidden = self.local(x) + self.context(torch.cat([mean, std], dim=1))
        weights = torch.softmax(self.score(torch.tanh(self.norm(torch.relu(hidden)))), dim=2)
        mean = (x * weights).sum(dim=2, dtype=torch.float32)
        std = _std((x.square() * weights).sum(dim=2, dtype=torch.float32), mean)
        return torch.cat([mean, std], dim=1)


def _std(square_mean: Tensor, mean: Tensor) -> Tensor:
    return (square_mean - mean.square()).clamp(min=MIN_VARIANCE).sqrt()
