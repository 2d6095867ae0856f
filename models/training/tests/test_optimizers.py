import copy
import unittest

import torch
from torch import nn

from models.training.optimizers import Muon, orthogonal


class Orthogonal(unittest.TestCase):
    def test_keeps_the_singular_vectors_and_levels_the_singular_values(self):
        for shape in ((6, 20), (20, 6), (8, 8)):
            matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
            left, _, right = torch.linalg.svd(matrix, full_matrices=False)
            levels = left.T @ orthogonal(matrix) @ right.T
            self.assertTrue(((levels.diagonal() > 0.6) & (levels.diagonal() < 1.3)).all(), levels.diagonal())
            off = levels - torch.diag(levels.diagonal())
            self.assertLess(off.abs().max(), 1e-4)

    def test_a_matrix_of_zeros_stays_zero(self):
        self.assertEqual(orthogonal(torch.zeros(3, 5)).abs().max(), 0)


class Steps(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.x, self.y = torch.randn(32, 12), torch.randn(32, 4)

    def trained(self, net: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> float:
        for _ in range(steps):
            loss = (net(self.x) - self.y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    def net(self) -> nn.Module:
        torch.manual_seed(2)
        return nn.Sequential(nn.Linear(12, 24, bias=False), nn.ReLU(), nn.Linear(24, 4, bias=False))

    def test_moves_matrices_like_torchs_muon_in_bfloat16(self):
        ours, theirs = self.net(), self.net()
        self.trained(ours, Muon([{"params": list(ours.parameters())}, {"params": []}], lr=1e-3), 20)
        reference = torch.optim.Muon(
            theirs.parameters(), lr=1e-3, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"
        )
        self.trained(theirs, reference, 20)
        for one, other, first in zip(ours.parameters(), theirs.parameters(), self.net().parameters()):
            self.assertLess((one - other).norm() / (other - first).norm(), 0.05)

    def test_moves_vectors_and_the_second_group_like_adamw(self):
        ours, theirs = nn.Linear(12, 4), nn.Linear(12, 4)
        theirs.load_state_dict(ours.state_dict())
        self.trained(ours, Muon([{"params": [ours.bias]}, {"params": [ours.weight]}], lr=1e-2), 5)
        self.trained(theirs, torch.optim.AdamW(theirs.parameters(), lr=1e-2, weight_decay=0.02), 5)
        for one, other in zip(ours.parameters(), theirs.parameters()):
            torch.testing.assert_close(one, other)

    def test_convolutions_of_one_frame_move_like_matrices(self):
        net = self.net()
        convolution = nn.Conv1d(12, 24, 1, bias=False)
        convolution.weight.data = net[0].weight.data[..., None].clone()
        same = nn.Sequential(nn.Unflatten(1, (12, 1)), convolution, nn.Flatten(), nn.ReLU(), net[2])
        same = copy.deepcopy(same)
        for one in (net, same):
            self.trained(one, Muon([{"params": list(one.parameters())}, {"params": []}], lr=1e-3), 3)
        torch.testing.assert_close(same[1].weight.squeeze(2), net[0].weight)

    def test_goes_on_after_a_restart_as_if_nothing_had_happened(self):
        whole, first = self.net(), self.net()
        self.trained(whole, Muon([{"params": list(whole.parameters())}, {"params": []}], lr=1e-2), 6)
        before = Muon([{"params": list(first.parameters())}, {"params": []}], lr=1e-2)
        self.trained(first, before, 3)
        after = Muon([{"params": list(first.parameters())}, {"params": []}], lr=1e-2)
        after.load_state_dict(copy.deepcopy(before.state_dict()))
        self.trained(first, after, 3)
        for one, other in zip(whole.parameters(), first.parameters()):
            torch.testing.assert_close(one, other)


if __name__ == "__main__":
    unittest.main()
