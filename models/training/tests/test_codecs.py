import unittest

import numpy as np

from models.training import codecs, levels
from models.training.rooms import bank, images, shoebox, small_room

RATE = 16_000
NARROW = (codecs.a_law, codecs.low_bit_rate)
CODECS = (*NARROW, codecs.opus_round_trip, codecs.mp3_round_trip, codecs.packet_loss)
LEVELS = (levels.clip_peaks, levels.limit_peaks, levels.control_gain)


def voice(samples: int, hertz: float = 120) -> np.ndarray:
    """Returns a pulsating buzz with two resonances and weak noise up to 8 kHz. The peak is 0.5."""
    time, rng = np.arange(samples) / RATE, np.random.default_rng(7)
    harmonics = hertz * np.arange(1, 40)
    weights = 1 / (1 + ((harmonics - 500) / 200) ** 2) + 0.5 / (1 + ((harmonics - 1800) / 300) ** 2)
    buzz = np.sin(2 * np.pi * harmonics[:, None] * time).T @ weights
    x = buzz * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * time)) + 0.02 * rng.standard_normal(samples)
    return (0.5 * x / np.abs(x).max()).astype(np.float32)


def level_db(x: np.ndarray) -> float:
    return 10 * np.log10(np.mean(x.astype(np.float64) ** 2) + 1e-12)


def share_above(x: np.ndarray, hertz: float) -> float:
    power = np.abs(np.fft.rfft(x)) ** 2
    return power[int(hertz * len(x) / RATE) :].sum() / power.sum()


class All(unittest.TestCase):
    def test_effects_keep_length_and_type_and_depend_on_the_generator_alone(self):
        for effect in (*CODECS, *LEVELS, small_room):
            with self.subTest(effect.__name__):
                for samples in (32_000, 22_641):
                    x = voice(samples)
                    before = x.copy()
                    first, again = (effect(np.random.default_rng(5), x) for _ in range(2))
                    self.assertEqual((first.shape, first.dtype), (x.shape, np.float32))
                    np.testing.assert_array_equal(first, again)
                    np.testing.assert_array_equal(x, before)
                    self.assertTrue(np.isfinite(first).all())
                    self.assertTrue(np.abs(first - x).max() > 1e-4)

    def test_silence_stays_silent(self):
        for effect in (*CODECS, *LEVELS, small_room):
            with self.subTest(effect.__name__):
                y = effect(np.random.default_rng(5), np.zeros(16_000, dtype=np.float32))
                self.assertLess(np.abs(y).max(), 1e-3)


class Codecs(unittest.TestCase):
    def test_a_telephone_codec_removes_everything_above_its_band(self):
        x = voice(32_000) + np.random.default_rng(1).normal(0, 0.02, 32_000).astype(np.float32)
        self.assertGreater(share_above(x, 4000), 0.01)
        for codec in NARROW:
            self.assertLess(share_above(codec(np.random.default_rng(1), x), 4000), 1e-4, codec.__name__)

    def test_a_codec_keeps_level_and_timing(self):
        x = voice(32_000)
        for codec in (*NARROW, codecs.opus_round_trip, codecs.mp3_round_trip):
            for seed in range(3):
                y = codec(np.random.default_rng(seed), x)
                with self.subTest(f"{codec.__name__} {seed}"):
                    self.assertLess(abs(level_db(y) - level_db(x)), 1.5)
                    around = [np.dot(y[100:-100], x[100 + d : len(x) - 100 + d]) for d in range(-80, 81)]
                    self.assertEqual(int(np.argmax(around)) - 80, 0)

    def test_a_law_is_accurate_at_any_level_and_a_low_bit_rate_is_not(self):
        rng, x = np.random.default_rng(1), voice(32_000)
        x = codecs.a_law(rng, x)
        for gain in (1, 0.05):
            error = codecs.a_law(rng, np.float32(gain) * x) - np.float32(gain) * x
            self.assertLess(level_db(error) - level_db(np.float32(gain) * x), -25)
        noise = level_db(codecs.low_bit_rate(rng, x) - x) - level_db(x)
        self.assertTrue(-20 < noise < -3, noise)

    def test_whole_packets_are_lost_in_the_stated_share(self):
        x, shares = voice(320_000), []
        for seed in range(12):
            y = codecs.packet_loss(np.random.default_rng(seed), x)
            changed = (y != x)[512 : 512 + 998 * 320].reshape(-1, 320)
            shares.append(np.mean(changed.sum(axis=1) > 100))
        self.assertTrue(0.005 < min(shares) and max(shares) < 0.25, shares)
        self.assertTrue(0.04 < np.mean(shares) < 0.13, np.mean(shares))

    def test_a_concealed_gap_continues_the_pitch_before_it(self):
        # A period of 160 samples continues exactly, except for the fade.
        x = voice(8000, hertz=100)
        time = np.arange(2000) / RATE
        tone = (np.sin(2 * np.pi * 100 * time) + np.sin(2 * np.pi * 300 * time)).astype(np.float32)
        on = codecs._conceal(tone[:1600], 320, fade_from=0)
        self.assertGreater(np.dot(on, tone[:320]) / np.linalg.norm(on) / np.linalg.norm(tone[:320]), 0.98)
        self.assertEqual(np.abs(codecs._conceal(x, 320, fade_from=960)).max(), 0)


class Levels(unittest.TestCase):
    def test_the_peak_never_rises(self):
        x = voice(32_000)
        for effect in LEVELS:
            for seed in range(8):
                y = effect(np.random.default_rng(seed), x)
                self.assertLessEqual(np.abs(y).max(), np.abs(x).max() * 1.0001, f"{effect.__name__} {seed}")

    def test_a_limiter_raises_quiet_parts_and_limits_loud_ones(self):
        x = voice(32_000)
        x[:16_000] *= 0.05
        y = levels.limit_peaks(np.random.default_rng(1), x)
        self.assertGreater(level_db(y[:15_000]) - level_db(x[:15_000]), 5.9)
        self.assertGreater(level_db(y), level_db(x))

    def test_automatic_gain_reduces_level_differences(self):
        x = voice(64_000)
        x[:32_000] *= 0.1
        for seed in range(5):
            y = levels.control_gain(np.random.default_rng(seed), x)
            # The halves differ by 20 dB. Half of that or less remains.
            self.assertLess(level_db(y[48_000:]) - level_db(y[:32_000]), 12)


class Rooms(unittest.TestCase):
    SIZE, TALKER, EAR = np.array([4.0, 5, 3]), np.array([1.0, 2, 1.5]), np.array([3.0, 2, 1.5])

    def test_image_sources_match_values_computed_by_hand(self):
        # Floor and ceiling are 1.5 m away, so both reflections run 2 * hypot(1, 1.5) = 3.606 m.
        distances, bounces = images(self.SIZE, self.TALKER, self.EAR, reach=4.5)
        order = np.argsort(distances)
        np.testing.assert_allclose(distances[order][:3], [2, 3.606, 3.606], atol=2e-3)
        self.assertEqual(bounces[order][:3].tolist(), [0, 1, 1])
        # The wall behind the talker gives 4 m, and the one behind the microphone too.
        np.testing.assert_allclose(distances[order][3:5], [4, 4], atol=2e-3)

    def test_the_direct_sound_is_first_and_the_floor_reflection_arrives_on_time(self):
        response = shoebox(np.random.default_rng(1), self.SIZE, self.TALKER, self.EAR, decay_s=0.3)
        floor = round((3.606 - 2) / 343 * RATE)
        self.assertEqual((response[0], response.dtype), (1, np.float32))
        self.assertEqual(int(np.argmax(response[1:100])) + 1, floor)
        # Floor and ceiling arrive together, each weaker by distance and one bounce (60 m3, 94 m2).
        wall = np.exp(-0.0805 * 60 / (94 * 0.3))
        self.assertAlmostEqual(response[floor], 2 * wall * 2 / 3.606, delta=0.05)

    def test_sound_decays_by_60_db_in_about_the_given_time(self):
        for wanted in (0.2, 0.35, 0.5):
            response = shoebox(np.random.default_rng(1), self.SIZE, self.TALKER, self.EAR, wanted)
            left = 10 * np.log10(
                np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1] / np.sum(response**2)
            )
            start, end = np.argmax(left < -5), np.argmax(left < -25)
            self.assertAlmostEqual(3 * (end - start) / RATE / wanted, 1, delta=0.35)

    def test_rooms_are_small_and_different_and_equal_in_every_process(self):
        rooms = bank()
        self.assertEqual(len({room.tobytes() for room in rooms}), 256)
        self.assertTrue(all(room[0] == 1 and np.isfinite(room).all() and len(room) < 9000 for room in rooms))
        bank.cache_clear()
        np.testing.assert_array_equal(bank()[100], rooms[100])


if __name__ == "__main__":
    unittest.main()
