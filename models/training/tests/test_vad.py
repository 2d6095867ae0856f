import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from models.training.onnx_file import export_onnx
from models.training.vad.labels import energy_labels
from models.training.vad.music import music
from models.training.vad.net import REACH, VoiceActivity, load_onnx
from models.training.vad.sounds import KINDS, sound


class Vad(unittest.TestCase):
    def test_gain_does_not_change_the_result(self):
        torch.manual_seed(1)
        net, features = VoiceActivity().eval(), 25 + 4 * torch.randn(1, 120, 80)
        torch.testing.assert_close(net(features), net(features - 9), atol=1e-5, rtol=1e-4)

    def test_a_frame_does_not_depend_on_what_is_farther_away_than_the_reach(self):
        torch.manual_seed(1)
        net, features = VoiceActivity().eval(), 12 + 4 * torch.randn(1, 2 * REACH, 80)
        changed = features.clone()
        changed[:, :REACH] += 9
        with torch.no_grad():
            before, after = net(features)[0], net(changed)[0]
        torch.testing.assert_close(before[2 * REACH - 2 :], after[2 * REACH - 2 :], atol=1e-4, rtol=1e-3)
        self.assertGreater((before - after).abs().max(), 1e-2)

    def test_silence_between_words_counts_as_none_and_does_not_change_them(self):
        torch.manual_seed(1)
        net, word = VoiceActivity().eval(), 12 + 4 * torch.randn(1, 200, 80)
        silence = torch.full((1, 400, 80), -15.9)
        with torch.no_grad():
            alone, among = net(word), net(torch.cat([silence, word, silence], 1))
        torch.testing.assert_close(alone[:, 90:110], among[:, 490:510], atol=2e-2, rtol=0)
        self.assertEqual(among[:, :400].max(), 0)

    def test_reads_the_weights_of_an_exported_network(self):
        torch.manual_seed(1)
        net, again = VoiceActivity().eval(), VoiceActivity().eval()
        for norm in (m for m in net.modules() if isinstance(m, torch.nn.BatchNorm1d)):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
        features = 12 + 4 * torch.randn(1, 200, 80)
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            path = Path(folder) / "vad.onnx"
            export_onnx(net, features, path, "speech", {0: "batch", 1: "frames"})
            load_onnx(again, path)
            torch.testing.assert_close(net(features), again(features), atol=1e-4, rtol=1e-3)

    def test_a_pause_is_not_labeled_speech(self):
        rng = np.random.default_rng(1)
        clean = np.concatenate([rng.normal(0, 0.1, 16_000), np.zeros(16_000), rng.normal(0, 0.1, 16_000)])
        labels = energy_labels(clean.astype(np.float32))
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
