"""Softmax over cosines with a margin. Embeddings are [batch, D]; cosines are between unit vectors.

Two options serve both losses. Sub-centres: a class has several centres and the nearest counts, so that a
wrongly labelled or foreign-sounding recording may find one of its own (Deng et al. 2020, "Sub-center
ArcFace", doi:10.1007/978-3-030-58621-8_43). Inter-top-k: the nearest wrong classes also get a margin (Zhao et
al. 2022, "Multi-Query Multi-Head Attention Pooling and Inter-TopK Penalty for Speaker Verification",
doi:10.1109/ICASSP43922.2022.9746294, arXiv:2110.05042).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize


class MarginSoftmax(nn.Module):
    """What the two losses share. `centres` [classes * sub_centres, D], each class's side by side."""

    def __init__(
        self,
        embedding: int,
        classes: int,
        scale: float = 30.0,
        sub_centres: int = 1,
        hardest: int = 0,
        penalty: float = 0.06,
    ):
        """`hardest`: how many wrong classes get `penalty` (0 for none), as soon as the margin is not zero."""
        super().__init__()
        if sub_centres < 1:
            raise ValueError(f"a class needs a centre, sub_centres is {sub_centres}")
        if hardest >= classes:
            raise ValueError(f"the {hardest} hardest of {classes - 1} wrong classes")
        self.centres = nn.Parameter(torch.empty(classes * sub_centres, embedding))
        nn.init.xavier_uniform_(self.centres)
        self.scale, self.sub_centres, self.hardest, self.penalty = scale, sub_centres, hardest, penalty

    def forward(self, embeddings: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
        """-> (loss [], share of crops whose own centre is the nearest []), in float32 whatever goes in."""
        # A half-precision cosine times 30 would be off by more than the margins.
        with torch.autocast(embeddings.device.type, enabled=False):
            cosines = self.cosines(embeddings.float())
            logits = cosines
            if margin and self.hardest:
                # A cosine is never below -1, so the own class cannot be among the hardest.
                wrong = cosines.scatter(1, labels[:, None], -2.0)
                near, where = wrong.topk(self.hardest, dim=1)
                logits = logits.scatter(1, where, self.harder(near, self.penalty))
            own = cosines.gather(1, labels[:, None])
            logits = logits.scatter(1, labels[:, None], self.target(own, margin))
            accuracy = (cosines.argmax(dim=1) == labels).float().mean()
            return cross_entropy(self.scale * logits, labels), accuracy

    def cosines(self, embeddings: Tensor) -> Tensor:
        """[batch, D] -> [batch, classes]"""
        cosines = linear(normalize(embeddings), normalize(self.centres.float()))
        if self.sub_centres == 1:
            return cosines
        return cosines.unflatten(1, (-1, self.sub_centres)).amax(dim=2)

    def target(self, cosines: Tensor, margin: float) -> Tensor:
        """The own class's cosine, made smaller."""
        raise NotImplementedError

    def harder(self, cosines: Tensor, penalty: float) -> Tensor:
        """A wrong class's cosine, made larger."""
        raise NotImplementedError


class AamSoftmax(MarginSoftmax):
    """Additive angular margin: the own angle grows by `margin` radians, the hardest shrink by `penalty`.

    Deng et al. 2019, "ArcFace", doi:10.1109/CVPR.2019.00482.
    """

    def target(self, cosines: Tensor, margin: float) -> Tensor:
        widened = cosines * math.cos(margin) - sine(cosines) * math.sin(margin)
        # Past pi - margin the angle cannot be widened; a straight line goes on downwards from there.
        return torch.where(cosines > -math.cos(margin), widened, cosines - math.sin(margin) * margin)

    def harder(self, cosines: Tensor, penalty: float) -> Tensor:
        narrowed = cosines * math.cos(penalty) + sine(cosines) * math.sin(penalty)
        # Below `penalty` the angle cannot be narrowed; a straight line goes on upwards from 1.
        return torch.where(cosines < math.cos(penalty), narrowed, cosines + 1 - math.cos(penalty))


class AmSoftmax(MarginSoftmax):
    """Additive margin: `margin` off the own cosine, `penalty` on the hardest.

    Wang et al. 2018, "Additive Margin Softmax for Face Verification", doi:10.1109/LSP.2018.2822810.
    """

    def target(self, cosines: Tensor, margin: float) -> Tensor:
        return cosines - margin

    def harder(self, cosines: Tensor, penalty: float) -> Tensor:
        return cosines + penalty


def sine(cosines: Tensor) -> Tensor:
    # The slope of the root is endless at zero.
    return (1 - cosines.square()).clamp(min=1e-7).sqrt()
