import unittest

import numpy as np
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

from models.training.features import (
    HIGH_HZ,
    LOW_HZ,
    MELS,
    PRE_EMPHASIS,
    log_mel,
    mean_normalize,
)


def reference(samples: np.ndarray) -> np.ndarray:
    """float [samples] -> [frames, 80], computed by the transformers library."""
    filters = mel_filter_bank(
        num_frequency_bins=257,
        num_mel_filters=MELS,
        min_frequency=LOW_HZ,
        max_frequency=HIGH_HZ,
        sampling_rate=16_000,
        norm=None,
        mel_scale="kaldi",
        triangularize_in_mel_space=True,
    )
    return spectrogram(
        samples.astype(np.float64) * 32768,
        window_function(400, "povey", periodic=False),
        frame_length=400,
        hop_length=160,
        fft_length=512,
        power=2.0,
        center=False,
        preemphasis=PRE_EMPHASIS,
        mel_filters=filters,
        log_mel="log",
        mel_floor=1.192092955078125e-07,
        remove_dc_offset=True,
    ).T


class LogMel(unittest.TestCase):
    def test_matches_the_reference_on_noise_tones_and_an_offset(self):
        rng = np.random.default_rng(1)
        time = np.arange(16_000) / 16_000
        for samples in (
            rng.normal(0, 0.1, 16_000),
            rng.normal(0, 1e-3, 16_000) + 0.3 * np.sin(2 * np.pi * 440 * time),
            rng.normal(0, 0.05, 16_000) + 0.2,
        ):
            np.testing.assert_allclose(log_mel(samples), reference(samples), atol=1e-3)

    def test_digital_silence_gives_the_floor(self):
        np.testing.assert_allclose(log_mel(np.zeros(400)), np.full((1, 80), np.log(1.1920929e-07)), atol=1e-5)

    def test_drops_a_partial_last_frame(self):
        self.assertEqual([len(log_mel(np.zeros(n))) for n in (400, 559, 560, 48_000)], [1, 1, 2, 298])

    def test_a_batch_equals_its_rows(self):
        batch = np.random.default_rng(2).normal(0, 0.1, (3, 4000))
        np.testing.assert_allclose(log_mel(batch)[1], log_mel(batch[1]), atol=1e-5)

    def test_gain_does_not_change_mean_normalized_features(self):
        samples = np.random.default_rng(3).normal(0, 0.1, 16_000)
        quiet, loud = (mean_normalize(log_mel(g * samples)) for g in (0.1, 1))
        np.testing.assert_allclose(quiet, loud, atol=1e-3)


if __name__ == "__main__":
    unittest.main()
