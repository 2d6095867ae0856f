import unittest

import numpy as np

from models.training.teacher_space import class_centres, combine, fit, towards_speakers
from models.training.wccn import unit, whitening, within_speakers


class Space(unittest.TestCase):
    def test_both_teachers_weigh_the_same(self):
        raw = np.random.default_rng(1).normal(0, 1, (5, 512)) * np.repeat([1, 9], 256)
        halves = np.split(combine(raw, raw.mean(axis=0)), 2, axis=1)
        np.testing.assert_allclose([np.linalg.norm(h, axis=1) for h in halves], 0.5**0.5)

    def test_whitening_makes_variation_within_speakers_the_same_in_all_directions(self):
        rng = np.random.default_rng(1)
        groups = [rng.normal(0, [1, 5, 0.2], (400, 3)) + rng.normal(0, 9, 3) for _ in range(20)]
        white = whitening(within_speakers(groups), ridge=0)
        np.testing.assert_allclose(within_speakers([g @ white for g in groups]), np.eye(3), atol=1e-9)

    def test_targets_are_unit_vectors_that_keep_the_cosines_of_the_whitened_teachers(self):
        rng = np.random.default_rng(2)
        raw, clips_of = rng.normal(0, 1, (40, 16)), [list(range(i, i + 4)) for i in range(0, 40, 4)]
        space = fit(raw, clips_of, dims=16)
        targets = space(raw)
        np.testing.assert_allclose(np.linalg.norm(targets, axis=1), 1, atol=1e-6)
        both = combine(raw, raw.mean(axis=0))
        white = unit(both @ whitening(within_speakers([both[own] for own in clips_of]), 1.0))
        np.testing.assert_allclose(targets @ targets.T, white @ white.T, atol=1e-5)

    def test_a_target_moves_towards_its_speakers_mean_and_centres_are_those_means(self):
        targets = unit(np.array([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]]))
        drawn = towards_speakers(targets, [[0, 1], [2]], share=1.0)
        np.testing.assert_allclose(drawn[0], [[0.5**0.5] * 2, [0.5**0.5] * 2, [-1, 0]], atol=1e-12)
        np.testing.assert_allclose(class_centres(targets, [[0, 1], [2]]), [[0.5**0.5] * 2, [-1, 0]], atol=1e-7)


if __name__ == "__main__":
    unittest.main()
