import unittest

import torch

from models.training.average import average
from models.training.config import RecipeError


class Average(unittest.TestCase):
    def test_weights_are_mixed_and_counters_are_those_of_the_second(self):
        before = {"w": torch.tensor([0.0, 2.0]), "count": torch.tensor(3)}
        after = {"w": torch.tensor([4.0, 2.0]), "count": torch.tensor(9)}
        mixed = average(before, after, 0.25)
        self.assertEqual(mixed["w"].tolist(), [1.0, 2.0])
        self.assertEqual(mixed["count"].item(), 9)
        self.assertEqual(average(before, after, 0)["w"].tolist(), [0.0, 2.0])
        self.assertEqual(average(before, after, 1)["w"].tolist(), [4.0, 2.0])

    def test_networks_of_different_shapes_are_refused(self):
        with self.assertRaises(RecipeError):
            average({"w": torch.zeros(2)}, {"w": torch.zeros(3)}, 0.5)


if __name__ == "__main__":
    unittest.main()
