"""Optimizers that torch.optim lacks. A recipe can name any of torch.optim as well."""

from collections.abc import Iterable

import torch
from torch import Tensor

# Coefficients of the quintic iteration, from the reference implementation of Muon.
QUINTIC = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.AdamW):
    """Muon for matrices and convolutions of the first parameter group, AdamW for all else.

    Every update of a weight [out, in, ...], seen as a matrix [out, in * ...], is its momentum with all singular
    values near 1, times 0.2 * sqrt(max(out, in * ...)), so that a learning rate of AdamW suits both.
    torch.optim.Muon takes matrices only and computes in bfloat16, which processors without
    bfloat16 instructions emulate.

    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks",
    https://kellerjordan.github.io/posts/muon; the scale: Liu et al. 2025, arXiv:2502.16982.
    """

    def __init__(self, params: Iterable, lr: float, weight_decay: float = 0.02, momentum: float = 0.95):
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.momentum = momentum

    @torch.no_grad()
    def step(self, closure=None):
        group = self.param_groups[0]
        hidden = [p for p in group["params"] if p.ndim > 1 and p.grad is not None]
        for p in hidden:
            self._move(p, group["lr"], group["weight_decay"])
            p.grad = None  # AdamW skips parameters without a gradient
        return super().step(closure)

    def _move(self, p: Tensor, lr: float, weight_decay: float) -> None:
        state = self.state[p]
        if not state:
            state.update(momentum=torch.zeros_like(p), step=torch.tensor(0.0))  # AdamW demands a step
        momentum = state["momentum"]
        momentum.lerp_(p.grad, 1 - self.momentum)
        nesterov = p.grad.lerp(momentum, self.momentum)
        matrix = nesterov.flatten(1)
        scale = 0.2 * max(matrix.shape) ** 0.5
        p.mul_(1 - lr * weight_decay).add_(orthogonal(matrix).view_as(p), alpha=-lr * scale)


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """Moves the singular values of a matrix [rows, columns] to between 0.7 and 1.2.

    Newton-Schulz iterations in the matrix's own precision.
    """
    a, b, c = QUINTIC
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is matrix else x.T
