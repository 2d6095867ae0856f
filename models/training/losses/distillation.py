"""Losses against a teacher's embeddings: embeddings [batch, D], targets [batch, T], any D and T."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, normalize


class Distillation(nn.Module):
    """1 - cosine between the embedding and the teachers' embedding of the whole clip."""

    def __init__(self, embedding: int, teacher: int, head: bool = False):
        """`head`: a linear layer, thrown away later, stands between; without it the sizes must agree."""
        super().__init__()
        if not head and embedding != teacher:
            raise ValueError(f"the teacher has {teacher} dimensions, not {embedding}: set head = true")
        self.head = nn.Linear(embedding, teacher) if head else nn.Identity()

    def forward(self, embeddings: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(embeddings.device.type, enabled=False):
            return 1 - cosine_similarity(self.head(embeddings.float()), targets.float()).mean()


class RelationalDistillation(nn.Module):
    """Mean squared difference between the cosines of every two crops here and at the teacher.

    Teaches which voices are alike without binding the axes. Tung and Mori 2019, "Similarity-Preserving
    Knowledge Distillation", doi:10.1109/ICCV.2019.00145; Park et al. 2019, doi:10.1109/CVPR.2019.00409.
    Nothing is learnt, so the sizes, which let a recipe name it in Distillation's place, are not used.
    """

    def __init__(self, embedding: int, teacher: int):
        super().__init__()

    def forward(self, embeddings: Tensor, targets: Tensor) -> Tensor:
        """In [0, 4]. A batch of one has no pairs: ValueError."""
        if len(embeddings) < 2:
            raise ValueError("relational distillation compares the crops of a batch: it needs two or more")
        with torch.autocast(embeddings.device.type, enabled=False):
            difference = cosines(embeddings) - cosines(targets)
            # The diagonal is 1 on both sides.
            pairs = len(embeddings) * (len(embeddings) - 1)
            return difference.square().sum() / pairs


def cosines(rows: Tensor) -> Tensor:
    """[batch, D] -> [batch, batch]"""
    unit = normalize(rows.float())
    return unit @ unit.T
