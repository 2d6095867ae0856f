import unittest

import numpy as np
import torch

from models.training.vad.data import speech_labels
from models.training.vad.music import music
from models.training.vad.net import VoiceActivity
from models.training.vad.sounds import KINDS, sound


class Vad(unittest.TestCase):
    def test_gain_does_not_change_the_result(self):
        torch.manual_seed(1)
        net, features = VoiceActivity().eval(), 4 * torch.randn(1, 120, 80)
        torch.testing.assert_close(net(features), net(features - 9), atol=1e-5, rtol=1e-4)

    def test_a_pause_is_not_labeled_speech(self):
        rng = np.random.default_rng(1)
        clean = np.concatenate([rng.normal(0, 0.1, 16_000), np.zeros(16_000), rng.normal(0, 0.1, 16_000)])
        labels = speech_labels(clean.astype(np.float32))
        self.assertTrue(labels[:90].all() and labels[210:].all() and not labels[110:190].any())

    def test_synthetic_clips_depend_on_their_seed_and_stay_within_bounds(self):
        for make in (music, sound):
            for seed in range(2 * len(KINDS)):
                piece = make(np.random.default_rng(seed), 2)
                self.assertEqual((piece.shape, piece.dtype), ((32_000,), np.float32))
                self.assertTrue(np.isfinite(piece).all() and np.abs(piece).max() <= 1)
        np.testing.assert_array_equal(music(np.random.default_rng(3), 2), music(np.random.default_rng(3), 2))


if __name__ == "__main__":
    unittest.main()
