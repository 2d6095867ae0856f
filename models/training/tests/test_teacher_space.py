import unittest

import numpy as np

from models.training.teacher_space import (
    blend_with_speaker_mean,
    class_centers,
    combine,
    fit,
)
from models.training.wccn import unit, whitening, within_speakers


class Space(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(2)
        self.raw = rng.normal(1, 1, (40, 16))
        self.clips_of = [list(range(i, i + 4)) for i in range(0, 40, 4)]

    def cosines(self, **settings) -> np.ndarray:
        targets = fit(self.raw, [16], self.clips_of, dims=16, **settings)(self.raw)
        np.testing.assert_allclose(np.linalg.norm(targets, axis=1), 1, atol=1e-6)
        return targets @ targets.T

    def test_encoders_of_any_size_weigh_the_same(self):
        raw = np.random.default_rng(1).normal(0, 1, (5, 30)) * np.repeat([1, 9], [10, 20])
        first, second = np.split(combine(raw, [10, 20]), [10], axis=1)
        np.testing.assert_allclose([np.linalg.norm(part, axis=1) for part in (first, second)], 0.5**0.5)

    def test_whitening_makes_variation_within_speakers_the_same_in_all_directions(self):
        rng = np.random.default_rng(1)
        groups = [rng.normal(0, [1, 5, 0.2], (400, 3)) + rng.normal(0, 9, 3) for _ in range(20)]
        white = whitening(within_speakers(groups), ridge=0)
        np.testing.assert_allclose(within_speakers([g @ white for g in groups]), np.eye(3), atol=1e-9)

    def test_targets_keep_the_cosines_of_the_whitened_teacher(self):
        both = combine(self.raw - self.raw.mean(axis=0), [16])
        white = unit(both @ whitening(within_speakers([both[own] for own in self.clips_of]), 1.0))
        np.testing.assert_allclose(self.cosines(ridge=1.0), white @ white.T, atol=1e-5)

    def test_without_whitening_targets_keep_the_teachers_own_cosines(self):
        for kind, raw in (("none", self.raw), ("centered", self.raw - self.raw.mean(axis=0))):
            np.testing.assert_allclose(self.cosines(kind=kind), unit(raw) @ unit(raw).T, atol=1e-5)

    def test_a_large_ridge_approaches_centered_targets(self):
        centered = self.cosines(kind="centered")
        far, near = (np.abs(self.cosines(ridge=ridge) - centered).max() for ridge in (0.1, 1e4))
        self.assertGreater(far, 0.1)
        self.assertLess(near, 1e-3)

    def test_a_target_moves_toward_its_speakers_mean_by_the_given_share(self):
        targets = unit(np.array([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]]))
        blended = blend_with_speaker_mean(targets, [[0, 1], [2]], share=1.0)
        np.testing.assert_allclose(blended[0], [[0.5**0.5] * 2, [0.5**0.5] * 2, [-1, 0]], atol=1e-12)
        np.testing.assert_array_equal(blend_with_speaker_mean(targets, [[0, 1], [2]], share=0), targets)

    def test_class_centers_are_the_speakers_mean_targets(self):
        targets = unit(np.array([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]]))
        np.testing.assert_allclose(
            class_centers(targets, [[0, 1], [2]]), [[0.5**0.5] * 2, [-1, 0]], atol=1e-7
        )


if __name__ == "__main__":
    unittest.main()
