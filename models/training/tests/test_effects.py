import unittest

import numpy as np

from models.training.audio import Audio
from models.training.augment import Channel
from models.training.augmentation_data import AugmentationData
from models.training.effects import (
    band,
    convolve,
    filter_spectrum,
    g711,
    mix,
    simulated_room,
)


class Effects(unittest.TestCase):
    def test_mix_reaches_the_given_signal_to_noise_ratio(self):
        rng = np.random.default_rng(1)
        x, other = rng.normal(0, 0.1, (2, 16_000)).astype(np.float32)
        added = mix(x, other, snr_db=10) - x
        self.assertAlmostEqual(10 * np.log10(np.mean(x**2) / np.mean(added**2)), 10, places=2)

    def test_convolution_with_a_click_changes_nothing(self):
        x = np.random.default_rng(1).normal(0, 0.1, 1000).astype(np.float32)
        np.testing.assert_allclose(convolve(x, np.array([1, 0, 0], dtype=np.float32)), x, atol=1e-6)

    def test_a_room_response_starts_with_the_direct_sound(self):
        response = simulated_room(np.random.default_rng(1))
        self.assertEqual((response[0], np.abs(response[1:16]).max()), (1, 0))

    def test_the_telephone_band_removes_high_frequencies_and_mu_law_keeps_the_signal(self):
        rng, time = np.random.default_rng(1), np.arange(16_000) / 16_000
        low, high = (0.3 * np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (1000, 6000))
        narrow = filter_spectrum(low + high, lambda hertz: band(rng, hertz))[500:-500]
        np.testing.assert_allclose(narrow, low[500:-500], atol=0.02)
        np.testing.assert_allclose(g711(low)[500:-500], low[500:-500], atol=0.02)


class Channels(unittest.TestCase):
    def setUp(self):
        speech = np.random.default_rng(1).normal(0, 3000, 40_000).astype(np.int16)
        audio = Audio(["a", "b"], speech, np.array([0, 20_000, 40_000]))
        self.channel = Channel(AugmentationData(audio, None, None, None))
        self.clean = speech[:16_000].astype(np.float32) / 32768

    def test_two_crops_of_one_recording_differ_in_spectrum(self):
        def color(seed: int) -> np.ndarray:
            power = np.abs(np.fft.rfft(self.channel(np.random.default_rng(seed), self.clean))) ** 2
            octaves = [power[low : 2 * low].mean() for low in (125, 250, 500, 1000, 2000)]
            return 10 * np.log10(octaves / np.sum(octaves))

        colors = [color(seed) for seed in range(40)]
        nearest = min(np.abs(a - b).max() for i, a in enumerate(colors) for b in colors[:i])
        self.assertGreater(nearest, 0.1)

    def test_a_crop_keeps_its_length_and_depends_on_the_generator_alone(self):
        for seed in range(40):
            one, again = (self.channel(np.random.default_rng(seed), self.clean) for _ in range(2))
            self.assertEqual((one.shape, one.dtype), (self.clean.shape, np.float32))
            np.testing.assert_array_equal(one, again)
            self.assertTrue(np.isfinite(one).all() and np.abs(one).max() <= 1)


if __name__ == "__main__":
    unittest.main()
