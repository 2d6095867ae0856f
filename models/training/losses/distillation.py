"""Losses against a teacher's embeddings: embeddings [batch, D], targets [batch, T], any D and T."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, normalize


class Distillation(nn.Module):
    """1 - cosine between the embedding and the teacher's target of the whole clip."""

    def __init__(self, embedding: int, teacher: int, head: bool = False):
        """`head` adds a linear layer that is used only in training.

        Without it the sizes must agree.
        """
        super().__init__()
        if not head and embedding != teacher:
            raise ValueError(f"the teacher has {teacher} dimensions, not {embedding}. Set head = true.")
        self.head = nn.Linear(embedding, teacher) if head else nn.Identity()

    def forward(self, embeddings: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(embeddings.device.type, enabled=False):
            return 1 - cosine_similarity(self.head(embeddings.float()), targets.float()).mean()


class RelationalDistillation(nn.Module):
    """Mean squared difference between the student's and the teacher's cosines of every pair of
    crops.

    Teaches which voices are similar without fixing the axes. Tung and Mori 2019,
    "Similarity-Preserving Knowledge Distillation", doi:10.1109/ICCV.2019.00145, and Park et al.
    2019, doi:10.1109/CVPR.2019.00409. It has no parameters. The sizes are accepted, but not used,
    so that a recipe can name it in place of Distillation.
    """

    def __init__(self, embedding: int, teacher: int):
        super().__init__()

    def forward(self, embeddings: Tensor, targets: Tensor) -> Tensor:
        """Returns a loss in [0, 4]. Raises ValueError for a batch of one, which has no pairs."""
        if len(embeddings) < 2:
            raise ValueError("relational distillation compares the crops of a batch, so it needs two or more")
        with torch.autocast(embeddings.device.type, enabled=False):
            difference = cosines(embeddings) - cosines(targets)
            # The diagonal is 1 on both sides.
            pairs = len(embeddings) * (len(embeddings) - 1)
            return difference.square().sum() / pairs


def cosines(rows: Tensor) -> Tensor:
    """[batch, D] -> [batch, batch]"""
    unit = normalize(rows.float())
    return unit @ unit.T
