"""Augmentation: simulates another room, background, device and line for a crop of clean speech."""

import numpy as np
from numpy.random import Generator

from .augmentation_data import AugmentationData
from .codecs import a_law, low_bit_rate, mp3_round_trip, opus_round_trip, packet_loss
from .effects import (
    band,
    convolve,
    equalizer,
    filter_spectrum,
    g711,
    mix,
    simulated_room,
)
from .levels import clip_peaks, control_gain, limit_peaks
from .rooms import small_room

LEVELS = (clip_peaks, control_gain, limit_peaks)
TELEPHONE_CODECS = (lambda _, x: g711(x), a_law, low_bit_rate)
WIDE_CODECS = (opus_round_trip, mp3_round_trip)


class Channel:
    """Draws a new channel for every crop, so that a network doesn't learn the microphone.

    Each setting is the share of crops that an effect applies to. With `equalizer` 1, no two crops
    have the same frequency response, even if both come from one recording. `codec` applies to
    wide-band crops. Half of the telephone crops go through a telephone codec.
    """

    def __init__(
        self,
        data: AugmentationData,
        room: float = 0.4,
        noise: float = 0.45,
        babble: float = 0.2,
        telephone: float = 0.25,
        equalizer: float = 1.0,
        codec: float = 0.05,
        loss: float = 0.03,
        level: float = 0.1,
    ):
        self.data = data
        self.share = dict(room=room, noise=noise, babble=babble, telephone=telephone, equalizer=equalizer)
        self.share |= dict(codec=codec, loss=loss, level=level)

    def __call__(self, rng: Generator, x: np.ndarray) -> np.ndarray:
        """float32 [samples] -> [samples], rounded to 16 bits as in a file."""
        hit = {effect: rng.random() < share for effect, share in self.share.items()}
        x = self._place(rng, x, hit)
        if hit["telephone"] or hit["equalizer"]:
            phone = hit["telephone"]
            x = filter_spectrum(x, lambda hertz: equalizer(rng, hertz) * (band(rng, hertz) if phone else 1))
        x = x * np.float32(10 ** (rng.uniform(-35, -1) / 20) / (np.abs(x).max() + 1e-6))
        x = self._device(rng, x, hit)
        return (np.rint(x.clip(-1, 1) * 32767) / 32768).astype(np.float32)

    def _place(self, rng: Generator, x: np.ndarray, hit: dict[str, bool]) -> np.ndarray:
        """Applies reverberation, then adds noise and other speakers."""
        if hit["room"]:
            kind = rng.integers(3)
            measured = self.data.room(rng) if kind == 0 else None
            if kind == 2:
                x = small_room(rng, x)
            else:
                x = convolve(x, simulated_room(rng) if measured is None else measured)
        if hit["noise"]:
            x = mix(x, self.data.noise(rng, len(x)), rng.uniform(0, 25))
        if hit["babble"]:
            x = mix(x, self.data.babble(rng, len(x)), rng.uniform(6, 25))
        return x

    def _device(self, rng: Generator, x: np.ndarray, hit: dict[str, bool]) -> np.ndarray:
        """Applies level control, a codec and packet loss."""
        if hit["level"]:
            x = LEVELS[rng.integers(len(LEVELS))](rng, x)
        if hit["telephone"] and rng.random() < 0.5:
            x = TELEPHONE_CODECS[rng.integers(len(TELEPHONE_CODECS))](rng, x)
        elif hit["codec"] and not hit["telephone"]:
            x = WIDE_CODECS[rng.integers(len(WIDE_CODECS))](rng, x)
        return packet_loss(rng, x) if hit["loss"] else x
