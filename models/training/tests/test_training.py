import unittest

import numpy as np
import torch

from models.training.augment import band, convolve, filter_spectrum, g711, mix, simulated_room
from models.training.backbones.ecapa import Ecapa
from models.training.batches import cut, mask, speaker_odds
from models.training.corpus import Clip, held_out_speakers
from models.training.losses.margin import AamSoftmax
from models.training.schedule import learning_rate, margin
from models.training.teacher import change_speed, combine
from models.training.trials import equal_error_rate


def clips(speaker: str, count: int) -> list[Clip]:
    return [Clip(f"{speaker}/{i}.opus", speaker, "x", "CC BY 4.0") for i in range(count)]


class Corpus(unittest.TestCase):
    def test_held_out_speakers_have_several_clips_and_stay_when_others_come(self):
        some = [c for n in range(100) for c in clips(f"a-{n}", 4)] + clips("a-single", 1)
        more = some + [c for n in range(100) for c in clips(f"b-{n}", 4)]
        held = held_out_speakers(some)
        self.assertTrue(10 <= len(held) <= 30)
        self.assertEqual(held, [s for s in held_out_speakers(more) if s.startswith("a-")])

    def test_a_corpus_is_drawn_by_the_root_of_its_speakers(self):
        odds = speaker_odds(["big"] * 16 + ["small"] * 4, power=0.5)
        np.testing.assert_allclose([odds[:16].sum(), odds[16:].sum()], [2 / 3, 1 / 3])


class Crops(unittest.TestCase):
    def test_a_short_clip_starts_over(self):
        crop = cut(np.random.default_rng(1), np.array([1, 2, 3], dtype=np.int16), 5)
        np.testing.assert_allclose(np.diff(crop * 32768) % 3, 1)

    def test_a_mask_hides_only_what_it_may(self):
        features = np.ones((50, 100, 80), dtype=np.float32)
        mask(np.random.default_rng(1), features, max_frames=20, max_mels=8)
        self.assertLessEqual((features == 0).all(axis=2).sum(axis=1).max(), 20)
        self.assertLessEqual((features == 0).all(axis=1).sum(axis=1).max(), 8)

    def test_speed_raises_pitch_and_shortens(self):
        tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32)
        faster = change_speed(tone, 1.1)
        spectrum = np.abs(np.fft.rfft(faster))
        self.assertAlmostEqual(np.argmax(spectrum) * 16_000 / len(faster), 1100, delta=3)


class Augment(unittest.TestCase):
    def test_mix_keeps_the_ratio_it_is_asked_for(self):
        rng = np.random.default_rng(1)
        x, other = rng.normal(0, 0.1, (2, 16_000)).astype(np.float32)
        added = mix(x, other, snr_db=10) - x
        self.assertAlmostEqual(10 * np.log10(np.mean(x**2) / np.mean(added**2)), 10, places=2)

    def test_convolution_with_a_click_changes_nothing(self):
        x = np.random.default_rng(1).normal(0, 0.1, 1000).astype(np.float32)
        np.testing.assert_allclose(convolve(x, np.array([1, 0, 0], dtype=np.float32)), x, atol=1e-6)

    def test_a_room_starts_with_its_direct_sound(self):
        response = simulated_room(np.random.default_rng(1))
        self.assertEqual((response[0], np.abs(response[1:16]).max()), (1, 0))

    def test_the_telephone_takes_the_high_band_and_the_code_keeps_the_voice(self):
        rng, time = np.random.default_rng(1), np.arange(16_000) / 16_000
        low, high = (0.3 * np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (1000, 6000))
        narrow = filter_spectrum(low + high, lambda hertz: band(rng, hertz))[500:-500]
        np.testing.assert_allclose(narrow, low[500:-500], atol=0.02)
        np.testing.assert_allclose(g711(low)[500:-500], low[500:-500], atol=0.02)


class Learning(unittest.TestCase):
    def test_rates_by_hand(self):
        self.assertEqual(equal_error_rate(np.array([3.0, 4.0]), np.array([1.0, 2.0])), 0)
        self.assertEqual(equal_error_rate(np.array([1.0, 3, 4, 5]), np.array([0.0, 0.5, 0.7, 3.5])), 0.25)

    def test_learning_rate_rises_then_falls_and_the_margin_waits(self):
        self.assertLess(learning_rate(0, 1.0, 0.1), 0.02)
        self.assertAlmostEqual(learning_rate(0.1, 1.0, 0.1), 1)
        self.assertAlmostEqual(learning_rate(1, 1.0, 0.1), 0.01)
        self.assertEqual(
            [margin(d, 0.2, 0.3, 0.5) for d in (0.3, 0.4, 0.9)], [0, 0.2 * (0.4 - 0.3) / 0.2, 0.2]
        )

    def test_without_a_margin_the_loss_is_a_softmax_over_cosines(self):
        torch.manual_seed(1)
        loss, embeddings, labels = (
            AamSoftmax(4, 3, scale=10),
            torch.randn(5, 4),
            torch.tensor([0, 1, 2, 0, 1]),
        )
        unit = torch.nn.functional.normalize
        expected = torch.nn.functional.cross_entropy(10 * unit(embeddings) @ unit(loss.centres).T, labels)
        torch.testing.assert_close(loss(embeddings, labels, 0.0)[0], expected)
        self.assertGreater(loss(embeddings, labels, 0.2)[0].item(), expected.item())

    def test_both_teachers_weigh_the_same(self):
        raw = np.random.default_rng(1).normal(0, 1, (5, 512)) * np.repeat([1, 9], 256)
        halves = np.split(combine(raw, raw.mean(axis=0)), 2, axis=1)
        np.testing.assert_allclose([np.linalg.norm(h, axis=1) for h in halves], 0.5**0.5)

    def test_the_network_takes_any_batch_and_length(self):
        net = Ecapa(80, 8, 16, attention=8, bottleneck=4, scale=4).eval()
        both = torch.randn(2, 57, 80)
        torch.testing.assert_close(net(both)[1:], net(both[1:]), atol=1e-5, rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
