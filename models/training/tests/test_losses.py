import math
import unittest

import torch
from torch.nn.functional import cross_entropy, normalize

from models.training.losses.distillation import Distillation, RelationalDistillation
from models.training.losses.margin import AamSoftmax, AmSoftmax
from models.training.losses.softmax import Softmax

MARGINS = (AamSoftmax, AmSoftmax)


def at_degrees(*degrees: float) -> torch.Tensor:
    """Unit vectors in the plane, [len(degrees), 2]."""
    angles = torch.tensor([math.radians(d) for d in degrees])
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def with_centers(make, centers: torch.Tensor, classes: int, **settings):
    loss = make(centers.shape[1], classes, **settings)
    with torch.no_grad():
        loss.centers.copy_(centers)
    return loss


class Margins(unittest.TestCase):
    def setUp(self):
        torch.set_num_threads(1)
        torch.manual_seed(1)

    def test_without_a_margin_the_loss_is_a_softmax_over_cosines_even_with_a_penalty(self):
        embeddings, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
        for make in MARGINS:
            loss = make(4, 3, scale=10, hardest=2)
            cosines = normalize(embeddings) @ normalize(loss.centers).T
            found, accuracy = loss(embeddings, labels, 0.0)
            torch.testing.assert_close(found, cross_entropy(10 * cosines, labels))
            self.assertAlmostEqual(accuracy.item(), (cosines.argmax(1) == labels).float().mean().item())

    def test_margins_match_values_computed_by_hand(self):
        # The crop is at 0 degrees, its class at 30, the other class at 90.
        crop, label, centers = at_degrees(0), torch.tensor([0]), at_degrees(30, 90)
        for make, margin, target in (
            (AamSoftmax, math.radians(15), math.cos(math.radians(45))),
            (AmSoftmax, 0.25, math.cos(math.radians(30)) - 0.25),
        ):
            loss, accuracy = with_centers(make, centers, 2, scale=10)(crop, label, margin)
            self.assertAlmostEqual(loss.item(), math.log1p(math.exp(-10 * target)), places=5)
            self.assertEqual(accuracy.item(), 1)

    def test_a_wider_angle_never_lowers_the_loss(self):
        crop, label = at_degrees(0), torch.tensor([0])
        for make in MARGINS:
            losses = [
                with_centers(make, at_degrees(own, 200), 2)(crop, label, 0.5)[0].item()
                for own in range(0, 181, 5)
            ]
            self.assertEqual(losses, sorted(losses))

    def test_only_the_nearest_sub_center_of_a_class_counts(self):
        # Classes [80, 20], [90, 60]: only 20 and 60 count for a crop at 0 degrees.
        crop, label = at_degrees(0), torch.tensor([0])
        for make in MARGINS:
            many = with_centers(make, at_degrees(80, 20, 90, 60), 2, sub_centers=2)
            one = with_centers(make, at_degrees(20, 60), 2)
            torch.testing.assert_close(many(crop, label, 0.2), one(crop, label, 0.2))
            many(crop, label, 0.2)[0].backward()
            self.assertEqual(many.centers.grad.any(dim=1).tolist(), [False, True, False, True])

    def test_the_penalty_applies_only_to_the_hardest_wrong_classes(self):
        crop, label, centers = at_degrees(0), torch.tensor([1]), at_degrees(40, 10, 60, 80, 50)
        for make, harder in (
            (AamSoftmax, lambda d: math.cos(math.radians(d) - 0.1)),
            (AmSoftmax, lambda d: math.cos(math.radians(d)) + 0.1),
        ):
            plain = with_centers(make, centers, 5, scale=10)
            strict = with_centers(make, centers, 5, scale=10, hardest=2, penalty=0.1)
            own = plain.target(torch.tensor(math.cos(math.radians(10))), 0.2).item()
            wrong = [harder(40), harder(50), math.cos(math.radians(60)), math.cos(math.radians(80))]
            by_hand = math.log1p(sum(math.exp(10 * (w - own)) for w in wrong))
            self.assertAlmostEqual(strict(crop, label, 0.2)[0].item(), by_hand, places=4)
            self.assertGreater(by_hand, plain(crop, label, 0.2)[0].item())

    def test_the_loss_keeps_growing_as_a_wrong_class_gets_closer_than_the_penalty(self):
        loss = AamSoftmax(2, 2)
        harder = loss.harder(torch.linspace(0.9, 1, 50), penalty=0.3)
        self.assertTrue((harder.diff() > 0).all() and (harder.diff() < 0.02).all())

    def test_gradients_reach_every_parameter_and_are_finite_on_a_center(self):
        embeddings = torch.randn(8, 6, requires_grad=True)
        for make in MARGINS:
            loss = make(6, 8, hardest=3)
            crops = torch.cat([embeddings[:-1], loss.centers[:1].detach()])
            loss(crops, torch.arange(7, -1, -1), 0.2)[0].backward()
            self.assertTrue(loss.centers.grad.any(dim=1).all() and loss.centers.grad.isfinite().all())
            self.assertTrue(embeddings.grad[:-1].any(dim=1).all() and embeddings.grad.isfinite().all())

    def test_the_loss_is_computed_in_float32_under_autocast(self):
        embeddings, labels = torch.randn(16, 32), torch.arange(16)
        for loss in (AamSoftmax(32, 16, sub_centers=2, hardest=3), AmSoftmax(32, 16), Softmax(32, 16)):
            expected = loss(embeddings, labels, 0.2)[0]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                torch.testing.assert_close(loss(embeddings, labels, 0.2)[0], expected)

    def test_ignores_crops_without_a_class(self):
        embeddings, labels = torch.randn(5, 8), torch.tensor([3, -1, 0, -1, 2])
        for loss in (AamSoftmax(8, 4), AmSoftmax(8, 4), Softmax(8, 4)):
            found, accuracy = loss(embeddings, labels, 0.2)
            expected, expected_accuracy = loss(embeddings[[0, 2, 4]], labels[[0, 2, 4]], 0.2)
            torch.testing.assert_close((found, accuracy), (expected, expected_accuracy))
            none, _ = loss(embeddings, torch.full((5,), -1), 0.2)
            self.assertEqual(none.item(), 0)

    def test_names_and_shapes_of_loss_weights_stay_the_same(self):
        shapes = {name: tuple(value.shape) for name, value in AamSoftmax(4, 3).state_dict().items()}
        self.assertEqual(shapes, {"centers": (3, 4)})
        self.assertEqual(list(Distillation(4, 3, head=True).state_dict()), ["head.weight", "head.bias"])

    def test_rejects_impossible_settings(self):
        with self.assertRaisesRegex(ValueError, "hardest is 3, but there are only 2"):
            AmSoftmax(4, 3, hardest=3)
        with self.assertRaisesRegex(ValueError, "sub_centers must be 1 or more, not 0"):
            AmSoftmax(4, 3, sub_centers=0)
        with self.assertRaisesRegex(ValueError, "head = true"):
            Distillation(4, 3)


class Others(unittest.TestCase):
    def test_cross_entropy_of_a_zero_head_is_the_log_of_the_number_of_classes(self):
        loss = Softmax(4, 8)
        torch.nn.init.zeros_(loss.head.weight)
        torch.nn.init.zeros_(loss.head.bias)
        found, _ = loss(torch.randn(3, 4), torch.tensor([1, 2, 3]), margin=0.2)
        self.assertAlmostEqual(found.item(), math.log(8), places=6)

    def test_distillation_is_zero_for_the_target_and_two_for_its_opposite(self):
        rows, loss, with_head = at_degrees(10, 70), Distillation(2, 2), Distillation(2, 2, head=True)
        with torch.no_grad():
            with_head.head.weight.copy_(torch.eye(2).flip(0))
            with_head.head.bias.zero_()
        self.assertAlmostEqual(loss(3 * rows, rows).item(), 0, places=6)
        self.assertAlmostEqual(loss(rows, -rows).item(), 2, places=6)
        self.assertAlmostEqual(with_head(rows.flip(1), rows).item(), 0, places=6)

    def test_relational_distillation_matches_values_computed_by_hand_and_ignores_rotation(self):
        loss = RelationalDistillation(2, 3)
        # The cosine is 0.5 for the student and 0 for the teacher, for one pair in both orders.
        self.assertAlmostEqual(loss(at_degrees(0, 60), torch.eye(2, 3)).item(), 0.25, places=6)
        turned = torch.nn.functional.pad(5 * at_degrees(130, 190, 210), (1, 0))
        self.assertAlmostEqual(loss(at_degrees(0, 60, 80), turned).item(), 0, places=6)
        with self.assertRaisesRegex(ValueError, "two or more"):
            loss(torch.eye(1, 2), torch.eye(1, 3))


if __name__ == "__main__":
    unittest.main()
