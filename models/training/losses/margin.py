"""Softmax over cosines with a margin. Embeddings are [batch, D].

Both losses have two options. Sub-centers: a class has several centers and the nearest one counts,
so that a wrongly labeled or unusual recording can use a center of its own (Deng et al. 2020,
"Sub-center ArcFace", doi:10.1007/978-3-030-58621-8_43). Inter-top-k: the nearest wrong classes also
get a margin (Zhao et al. 2022, "Multi-Query Multi-Head Attention Pooling and Inter-TopK Penalty for
Speaker Verification", doi:10.1109/ICASSP43922.2022.9746294, arXiv:2110.05042).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize

from .softmax import labeled


class MarginSoftmax(nn.Module):
    """Base class. `centers` is [classes * sub_centers, D], with the centers of a class adjacent."""

    def __init__(
        self,
        embedding: int,
        classes: int,
        scale: float = 30.0,
        sub_centers: int = 1,
        hardest: int = 0,
        penalty: float = 0.06,
    ):
        """`hardest`: number of wrong classes that get `penalty` while the margin is not zero. 0 for
        none.
        """
        super().__init__()
        if sub_centers < 1:
            raise ValueError(f"sub_centers must be 1 or more, not {sub_centers}")
        if hardest >= classes:
            raise ValueError(f"hardest is {hardest}, but there are only {classes - 1} wrong classes")
        self.centers = nn.Parameter(torch.empty(classes * sub_centers, embedding))
        nn.init.xavier_uniform_(self.centers)
        self.scale, self.sub_centers, self.hardest, self.penalty = scale, sub_centers, hardest, penalty

    def forward(self, embeddings: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
        """Returns (loss [], share of crops whose own center is the nearest []), in float32."""
        # The rounding error of a half-precision cosine times 30 would exceed the margins.
        embeddings, labels = labeled(embeddings, labels)
        if not len(labels):
            return embeddings.sum(), embeddings.new_zeros(())
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
        cosines = linear(normalize(embeddings), normalize(self.centers.float()))
        if self.sub_centers == 1:
            return cosines
        return cosines.unflatten(1, (-1, self.sub_centers)).amax(dim=2)

    def target(self, cosines: Tensor, margin: float) -> Tensor:
        """Reduces the cosine to the crop's own class."""
        raise NotImplementedError

    def harder(self, cosines: Tensor, penalty: float) -> Tensor:
        """Increases the cosine to a wrong class."""
        raise NotImplementedError


class AamSoftmax(MarginSoftmax):
    """Additive angular margin: adds `margin` radians to the own angle, subtracts `penalty` from the
    hardest.

    Deng et al. 2019, "ArcFace", doi:10.1109/CVPR.2019.00482.
    """

    def target(self, cosines: Tensor, margin: float) -> Tensor:
        widened = cosines * math.cos(margin) - sine(cosines) * math.sin(margin)
        # Beyond pi - margin the angle can't grow. Continue with a falling straight line.
        return torch.where(cosines > -math.cos(margin), widened, cosines - math.sin(margin) * margin)

    def harder(self, cosines: Tensor, penalty: float) -> Tensor:
        narrowed = cosines * math.cos(penalty) + sine(cosines) * math.sin(penalty)
        # Below `penalty` the angle can't shrink. Continue with a rising straight line from 1.
        return torch.where(cosines < math.cos(penalty), narrowed, cosines + 1 - math.cos(penalty))


class AmSoftmax(MarginSoftmax):
    """Additive margin: subtracts `margin` from the own cosine, adds `penalty` to the hardest.

    Wang et al. 2018, "Additive Margin Softmax for Face Verification", doi:10.1109/LSP.2018.2822810.
    """

    def target(self, cosines: Tensor, margin: float) -> Tensor:
        return cosines - margin

    def harder(self, cosines: Tensor, penalty: float) -> Tensor:
        return cosines + penalty


def sine(cosines: Tensor) -> Tensor:
    # The slope of the square root is infinite at zero.
    return (1 - cosines.square()).clamp(min=1e-7).sqrt()
