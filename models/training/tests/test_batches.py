import unittest

import numpy as np

from models.training.audio import Audio
from models.training.augmentation_data import random_crop
from models.training.batches import NO_CLASS, Batches, Crops, mask, speaker_odds
from models.training.training_list import Entry


def batches(seed: int = 1, targets: np.ndarray | None = None, names=("b1", "a1", "a2")) -> Batches:
    """Labels are the first letters of the names."""
    entries = [Entry(f"x/{name}.wav", name[0], i) for i, name in enumerate(names, start=1)]
    samples = np.random.default_rng(1).normal(0, 3000, 3 * 48_000).astype(np.int16)
    audio = Audio([e.path for e in entries], samples, np.arange(4) * 48_000)
    return Batches(entries, audio, lambda rng, x: x, Crops(), seed, 4, targets)


class Drawing(unittest.TestCase):
    def test_a_batch_depends_on_seed_and_number_alone(self):
        first, other = batches(), batches()
        _ = [other[i] for i in (0, 1)]
        for a, b in zip(first[7], other[7]):
            np.testing.assert_array_equal(a, b)
        self.assertFalse(np.array_equal(first[7][0], first[8][0]))
        self.assertNotEqual(first[7][0].shape, batches(seed=2)[7][0].shape)

    def test_a_speaker_at_another_speed_is_another_class_with_its_own_target(self):
        targets = np.arange(9, dtype=np.float32).reshape(3, 3, 1)  # [speeds, clips, 1]
        data = batches(targets=targets)
        self.assertEqual((data.classes, data.speakers), (6, ["a", "b"]))
        for i in range(20):
            _, labels, wanted = data[i]
            for label, target in zip(labels, wanted[:, 0]):
                speed, clip = divmod(int(target), 3)
                self.assertEqual(label, (1 if clip == 0 else 0) + 2 * speed)

    def test_clips_of_a_guessed_speaker_are_drawn_without_a_class(self):
        data = batches(names=("b1", "?1", "b2"))
        self.assertEqual((data.classes, data.speakers), (3, ["b"]))
        drawn = np.concatenate([data[i][1] for i in range(20)])
        self.assertEqual(set(drawn), {NO_CLASS, 0, 1, 2})

    def test_the_weight_of_a_corpus_is_the_root_of_its_number_of_speakers(self):
        odds = speaker_odds(["big"] * 16 + ["small"] * 4, power=0.5)
        np.testing.assert_allclose([odds[:16].sum(), odds[16:].sum()], [2 / 3, 1 / 3])

    def test_rejects_speed_odds_that_do_not_match_the_speeds(self):
        with self.assertRaisesRegex(ValueError, "speed_odds"):
            Crops(speeds=[1.0, 0.9], speed_odds=[0.5, 0.4])
        with self.assertRaisesRegex(ValueError, "formants"):
            Crops(speeds=[1.0, 0.9], speed_odds=[0.5, 0.5], formants=[1.0])


class Cutting(unittest.TestCase):
    def test_a_short_clip_repeats(self):
        crop = random_crop(np.random.default_rng(1), np.array([1, 2, 3], dtype=np.int16), 5)
        np.testing.assert_allclose(np.diff(crop * 32768) % 3, 1)

    def test_a_mask_stays_within_its_maximum_size(self):
        for seed in range(50):
            features = np.ones((100, 80), dtype=np.float32)
            mask(np.random.default_rng(seed), features, max_frames=20, max_mels=8)
            self.assertLessEqual((features == 0).all(axis=1).sum(), 20)
            self.assertLessEqual((features == 0).all(axis=0).sum(), 8)


if __name__ == "__main__":
    unittest.main()
