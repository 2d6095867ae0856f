"""Puts labeled clean speech into the conditions in which people send it, and makes non-speech.

A condition is a function (rng, speech, labels, sources) -> (samples, labels). Speech is float32
[samples] at 16 kHz with a peak of 0.5, and labels are int8 [frames] as in labels.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from ..audio import load_folder
from ..augmentation_data import random_crop, room_response
from ..codecs import file_round_trip
from ..effects import band, convolve, filter_spectrum, g711
from ..features import FRAME, HOP
from . import sounds
from .data import TEST_SEED, at_level, is_for_testing, noise_files, pool
from .labels import UNSURE
from .whisper import whisper

SECOND = 16_000
VOICES = 4  # of the babble
KINDS = {
    "tones": (sounds.tones, sounds.sweep, sounds.hum),
    "DTMF": (sounds.keypad,),
    "rings": (sounds.bell, sounds.line_tone),
    "coughs": (sounds.coughs,),
    "knocks and bursts": (sounds.clicks, sounds.bursts, sounds.modulated),
}


@dataclass(frozen=True)
class Sources:
    """What no network was trained on: every fourth noise file and room, other music, voices."""

    noise: list[np.ndarray]
    rooms: list[np.ndarray]
    music: np.ndarray
    voices: list[np.ndarray]

    @staticmethod
    def of(speech_dir: Path, cache_dir: Path, voices: list[np.ndarray]) -> "Sources":
        responses = load_folder(speech_dir / "augment/rir", cache_dir)
        rooms = [room_response(responses.clip(i)) for i in range(len(responses)) if is_for_testing(i)]
        noise = noise_files(load_folder(speech_dir / "augment/noise", cache_dir), test=True)
        return Sources(noise, rooms, pool(cache_dir, "music", 60, TEST_SEED), voices)


def around(seconds: float, fill: Callable | None = None) -> Callable:
    """Silence, or what `fill(rng, samples, sources)` returns, on both sides."""
    return lambda rng, x, labels, of: joined(
        rng, of, [(None, seconds, fill), (x, labels), (None, seconds, fill)]
    )


def before(seconds: float, fill: Callable) -> Callable:
    return lambda rng, x, labels, of: joined(rng, of, [(None, seconds, fill), (x, labels)])


def spread(rng: Generator, x: np.ndarray, labels: np.ndarray, of: Sources):
    """4 s of digital silence after every 1.5 s."""
    parts = []
    for at in range(0, len(labels), 150):
        parts += [(x[at * HOP : (at + 150) * HOP], labels[at : at + 150]), (None, 4, None)]
    return joined(rng, of, parts)


def joined(rng: Generator, of: Sources, parts: list) -> tuple[np.ndarray, np.ndarray]:
    """Joins (samples, labels) and (None, seconds, fill). Frames across a joint have no label."""
    waves, labels = [], []
    for part in parts:
        if part[0] is None:
            _, seconds, fill = part
            frames = int(seconds * 100)
            waves.append(fill(rng, frames * HOP, of) if fill else np.zeros(frames * HOP, np.float32))
            mine = np.zeros(frames, np.int8)
        else:
            x, mine = part[0], part[1][: len(part[0]) // HOP].copy()
            waves.append(x[: len(mine) * HOP])
        mine[-2:] = UNSURE
        labels.append(mine)
    x = np.concatenate(waves).astype(np.float32)
    return x, np.concatenate(labels)[: 1 + (len(x) - FRAME) // HOP]


def same_length(change: Callable) -> Callable:
    """A condition from (rng, x, sources) -> samples of the same length."""
    return lambda rng, x, labels, of: (change(rng, x, of).astype(np.float32), labels)


def hiss(rng: Generator, samples: int, _: Sources | None = None) -> np.ndarray:
    """White noise with a peak of -60 dBFS."""
    return rng.uniform(-0.001, 0.001, samples)


def hold_music(rng: Generator, samples: int, of: Sources) -> np.ndarray:
    piece = of.music[rng.integers(len(of.music))]
    return 0.3 * random_crop(rng, piece, samples)


def noisy(snr_db: float) -> Callable:
    def add(rng: Generator, x: np.ndarray, of: Sources) -> np.ndarray:
        noise = random_crop(rng, of.noise[rng.integers(len(of.noise))], len(x))
        return x + at_level(noise, float(np.mean(x**2)), -snr_db)

    return same_length(add)


def babble(rng: Generator, x: np.ndarray, of: Sources) -> np.ndarray:
    """Other voices 10 dB below."""
    voices = rng.integers(len(of.voices), size=VOICES)
    others = sum(random_crop(rng, of.voices[v], len(x)) for v in voices)
    return x + at_level(others, float(np.mean(x**2)), -10)


def room(rng: Generator, x: np.ndarray, of: Sources) -> np.ndarray:
    return convolve(x, of.rooms[rng.integers(len(of.rooms))])


def telephone(rng: Generator, x: np.ndarray, _: Sources) -> np.ndarray:
    return g711(filter_spectrum(x, lambda hertz: band(rng, hertz)))


def opus(rng: Generator, x: np.ndarray, _: Sources) -> np.ndarray:
    return file_round_trip(x, "OGG", "OPUS", compression_level=1 - 2 / 250)  # 8 kbit/s


def mp3(rng: Generator, x: np.ndarray, _: Sources) -> np.ndarray:
    level = 1 - 24 / 152  # 32 kbit/s
    return file_round_trip(x, "MP3", "MPEG_LAYER_III", compression_level=level, bitrate_mode="CONSTANT")


def quiet(peak_dbfs: float) -> Callable:
    gain = 10 ** (peak_dbfs / 20) / 0.5
    return same_length(lambda rng, x, of: np.rint(gain * x * 32768) / 32768)


CONDITIONS: dict[str, Callable] = {
    "clean": lambda rng, x, labels, of: (x, labels),
    "2 s of silence around": around(2),
    "5 s of silence around": around(5),
    "20 s of silence around": around(20),
    "4 s of silence after every 1.5 s": spread,
    "5 s of hiss around": around(5, hiss),
    "15 s of hold music before": before(15, hold_music),
    "babble at 10 dB": same_length(babble),
    "measured rooms": same_length(room),
    **{f"noise at {snr} dB": noisy(snr) for snr in (20, 10, 5, 0)},
    "telephone, mu-law": same_length(telephone),
    "Opus, 8 kbit/s": same_length(opus),
    "MP3, 32 kbit/s": same_length(mp3),
    "whisper-like": same_length(lambda rng, x, of: whisper(rng, x)),
    "a peak of -40 dBFS": quiet(-40),
    "a peak of -60 dBFS": quiet(-60),
}


def non_speech(sources: Sources) -> dict[str, list[np.ndarray]]:
    """Returns 10 s pieces that no network was trained on, each at a level of -50 to 0 dBFS."""
    seed = lambda i: np.random.default_rng(TEST_SEED + i)  # noqa: E731
    sets = {
        "noise without voices": [tiled(clip, 10 * SECOND) for clip in sources.noise],
        "music": [np.array(piece[: 10 * SECOND]) / 32768 for piece in sources.music],
        **{
            kind: [scaled(makers[i % len(makers)](seed(i), 10 * SECOND)) for i in range(20)]
            for kind, makers in KINDS.items()
        },
    }
    rng = np.random.default_rng(7)
    gain = lambda: 10 ** (rng.uniform(-50, 0) / 20)  # noqa: E731
    return {kind: [(gain() * x).astype(np.float32) for x in clips] for kind, clips in sets.items()}


def tiled(clip: np.ndarray, samples: int) -> np.ndarray:
    return np.resize(clip, samples).astype(np.float32) / 32768


def scaled(x: np.ndarray) -> np.ndarray:
    return x / (np.abs(x).max() + 1e-6)
