import unittest

import numpy as np

from models.training.voice_change import VoiceChange, change_speed, shift_formants

RATE = 16_000


def vowel(pitch: float, formants: tuple[float, ...]) -> np.ndarray:
    """Returns one second of harmonics of `pitch` with resonances at `formants`, all in Hz."""
    time, harmonics = np.arange(RATE) / RATE, np.arange(pitch, 7000, pitch)
    sizes = sum(np.exp(-(((harmonics - f) / 250) ** 2)) for f in formants) + 0.002
    return (0.1 * np.sin(2 * np.pi * np.outer(time, harmonics)) @ sizes).astype(np.float32)


def peak(x: np.ndarray, low: float, high: float) -> float:
    """Returns the center of gravity of the spectrum between two frequencies, in Hz."""
    power = np.abs(np.fft.rfft(x)) ** 2
    hertz = np.arange(len(power)) * RATE / len(x)
    band = (hertz > low) & (hertz < high)
    return float((hertz * power)[band].sum() / power[band].sum())


class Changes(unittest.TestCase):
    def test_speed_raises_pitch_and_shortens(self):
        tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
        faster = change_speed(tone, 1.1)
        spectrum = np.abs(np.fft.rfft(faster))
        self.assertAlmostEqual(np.argmax(spectrum) * RATE / len(faster), 1100, delta=3)

    def test_a_formant_shift_moves_formants_and_keeps_pitch_and_length(self):
        x = vowel(125, (700, 1800))
        for factor in (0.87, 1.15):
            y = shift_formants(x, factor)
            self.assertEqual((y.shape, y.dtype), (x.shape, x.dtype))
            self.assertAlmostEqual(peak(y, 1300, 2600) / peak(x, 1300, 2600), factor, delta=0.03)
            spectrum = np.abs(np.fft.rfft(y))
            between = spectrum[62:7000:125].mean()
            self.assertGreater(spectrum[125:7000:125].mean(), 20 * between)

    def test_a_factor_of_one_returns_the_samples_unchanged(self):
        x = vowel(125, (700,))
        self.assertIs(VoiceChange()(x), x)
        np.testing.assert_allclose(shift_formants(x, 1 + 1e-9), x, atol=1e-4)

    def test_speed_and_formants_combine(self):
        x = vowel(125, (1500,))
        y = VoiceChange(speed=1.1, formants=1.1)(x)
        self.assertAlmostEqual(len(y), len(x) / 1.1, delta=2)
        self.assertAlmostEqual(peak(y, 800, 3000) / peak(x, 800, 3000), 1.21, delta=0.05)

    def test_silence_stays_silent(self):
        self.assertEqual(np.abs(shift_formants(np.zeros(5000, np.float32), 1.2)).max(), 0)


if __name__ == "__main__":
    unittest.main()
