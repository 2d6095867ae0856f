"""Plain cross-entropy over a linear layer, without a margin. The embedding's length matters."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear


class Softmax(nn.Module):
    """Accepts a margin, like the other classifiers, and ignores it."""

    def __init__(self, embedding: int, classes: int, smoothing: float = 0.0):
        """`smoothing`: share of the target spread evenly over all classes, in [0, 1)."""
        super().__init__()
        self.head = nn.Linear(embedding, classes)
        self.smoothing = smoothing

    def forward(self, embeddings: Tensor, labels: Tensor, margin: float = 0.0) -> tuple[Tensor, Tensor]:
        """Returns (loss [], share of crops with their class on top []), in float32."""
        embeddings, labels = labeled(embeddings, labels)
        if not len(labels):
            return embeddings.sum(), embeddings.new_zeros(())
        with torch.autocast(embeddings.device.type, enabled=False):
            logits = linear(embeddings.float(), self.head.weight.float(), self.head.bias.float())
            accuracy = (logits.argmax(dim=1) == labels).float().mean()
            return cross_entropy(logits, labels, label_smoothing=self.smoothing), accuracy


def labeled(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Removes crops whose speaker is not known. Their label is negative."""
    known = labels >= 0
    return embeddings[known], labels[known]
