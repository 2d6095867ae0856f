"""Plain cross-entropy over a linear layer: no margin, and the embedding's length counts."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear


class Softmax(nn.Module):
    """Takes a margin like its siblings and leaves it out."""

    def __init__(self, embedding: int, classes: int, smoothing: float = 0.0):
        """`smoothing`: share of the target spread evenly over all classes, in [0, 1)."""
        super().__init__()
        self.head = nn.Linear(embedding, classes)
        self.smoothing = smoothing

    def forward(self, embeddings: Tensor, labels: Tensor, margin: float = 0.0) -> tuple[Tensor, Tensor]:
        """-> (loss [], share of crops whose own class has the largest logit []), in float32."""
        with torch.autocast(embeddings.device.type, enabled=False):
            logits = linear(embeddings.float(), self.head.weight.float(), self.head.bias.float())
            accuracy = (logits.argmax(dim=1) == labels).float().mean()
            return cross_entropy(logits, labels, label_smoothing=self.smoothing), accuracy
