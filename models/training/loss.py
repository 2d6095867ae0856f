"""Training losses. Embeddings are [batch, D]; cosines are between unit vectors."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, linear, normalize, one_hot


class AamSoftmax(nn.Module):
    """Additive angular margin. Deng et al. 2019, doi:10.1109/CVPR.2019.00482.

    The target class's angle is widened by `margin` radians before a softmax over scaled cosines.
    """

    def __init__(self, embedding: int, classes: int, scale: float):
        super().__init__()
        self.centres = nn.Parameter(torch.empty(classes, embedding))
        nn.init.xavier_uniform_(self.centres)
        self.scale = scale

    def forward(self, embeddings: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
        """-> (loss [], share of crops whose own centre is the nearest [])"""
        cosines = linear(normalize(embeddings), normalize(self.centres))
        target = cosines.gather(1, labels[:, None])
        sine = (1 - target.square()).clamp(min=1e-7).sqrt()
        widened = target * math.cos(margin) - sine * math.sin(margin)
        # Past pi - margin the angle cannot be widened; a straight line goes on downwards from there.
        widened = torch.where(target > -math.cos(margin), widened, target - math.sin(margin) * margin)
        logits = torch.where(one_hot(labels, len(self.centres)).bool(), widened, cosines)
        accuracy = (cosines.argmax(dim=1) == labels).float().mean()
        return cross_entropy(self.scale * logits, labels), accuracy


class Distillation(nn.Module):
    """1 - cosine between the embedding and the teachers' embedding of the whole clip."""

    def forward(self, embeddings: Tensor, targets: Tensor) -> Tensor:
        return 1 - cosine_similarity(embeddings, targets).mean()
