"""Makes reference numbers and fixtures for test/audio, with implementations that share no code with lib/audio.

    python -m venv venv && venv/bin/pip install numpy soundfile soxr transformers
    venv/bin/python test/golden/audio/make.py          # also needs ffmpeg with libopus

fbank.json     log-mel by transformers.audio_utils in its Kaldi setting
resample.json  soxr, quality VHQ
decode.json    samples that libsndfile (libopus, libFLAC) decodes from the *.opus and *.flac in this folder
The sounds are chirps and seeded noise made here, not anyone's voice.
Last made with numpy 2.4.6, soundfile 0.14.0, soxr 1.1.0, transformers 5.18.0, ffmpeg 5.1.9.
"""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import soundfile
import soxr
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

HERE = Path(__file__).parent
RECIPES = {
    "production": dict(
        sampleRateHz=16000, windowMs=25, shiftMs=10, melBins=80, lowHz=20, highHz=7600, window="povey",
        preemphasis=0.97, removeDcOffset=True, sampleScale=32768, normalize="mean",
    ),
    # models/catalog.json: torchaudio.compliance.kaldi.fbank as in wespeaker/bin/infer_onnx.py.
    "wespeaker": dict(
        sampleRateHz=16000, windowMs=25, shiftMs=10, melBins=80, lowHz=20, highHz=8000, window="hamming",
        preemphasis=0.97, removeDcOffset=True, sampleScale=32768, normalize="mean",
    ),
    # The same as in 3D-Speaker's speakerlab/process/processor.py, which keeps samples in [-1, 1].
    "3d-speaker": dict(
        sampleRateHz=16000, windowMs=25, shiftMs=10, melBins=80, lowHz=20, highHz=8000, window="povey",
        preemphasis=0.97, removeDcOffset=True, sampleScale=1, normalize="mean",
    ),
    "hamming": dict(
        sampleRateHz=16000, windowMs=25, shiftMs=10, melBins=40, lowHz=60, highHz=8000, window="hamming",
        preemphasis=0.9, removeDcOffset=False, sampleScale=1, normalize="none",
    ),
}  # fmt: skip
EVERY = 5  # one of so many reference frames is kept
TONES = ((0.05, 0.2), (0.31, 0.15), (0.62, 0.2), (0.85, 0.25))  # share of the lower Nyquist frequency, amplitude
RATES_HZ = (8000, 11025, 22050, 32000, 44100, 44101, 48000, 96000, 192000)


def sweep(rate: int, seconds: float, seed: int) -> np.ndarray:
    """A chirp with its octave, seeded noise, a stretch of digital silence and a constant offset."""
    t = np.arange(int(rate * seconds)) / rate
    x = 0.4 * np.sin(2 * np.pi * (200 + 3000 * t) * t) + 0.1 * np.sin(2 * np.pi * (400 + 6000 * t) * t)
    x += 0.02 * np.random.default_rng(seed).standard_normal(len(t)) + 0.03
    x[int(0.6 * len(t)) : int(0.8 * len(t))] = 0
    return x


def log_mel(x: np.ndarray, recipe: dict) -> np.ndarray:
    filters = mel_filter_bank(
        num_frequency_bins=257, num_mel_filters=recipe["melBins"], min_frequency=recipe["lowHz"],
        max_frequency=recipe["highHz"], sampling_rate=16000, norm=None, mel_scale="kaldi",
        triangularize_in_mel_space=True,
    )  # fmt: skip
    window = window_function(400, recipe["window"], periodic=False)
    return spectrogram(
        x * recipe["sampleScale"], window, frame_length=400, hop_length=160, fft_length=512, power=2.0,
        center=False, preemphasis=recipe["preemphasis"], mel_filters=filters, log_mel="log",
        mel_floor=1.1920929e-7, remove_dc_offset=recipe["removeDcOffset"], dtype=np.float64,
    ).T  # fmt: skip


def make_fbank() -> dict:
    pcm = np.round(sweep(16000, 0.7, 1) * 32767).astype("<i2")
    out = {"pcm16": base64.b64encode(pcm.tobytes()).decode(), "every": EVERY, "recipes": []}
    for name, recipe in RECIPES.items():
        features = log_mel(pcm / 32768, recipe)
        kept = [[round(float(v), 5) for v in row] for row in features[::EVERY]]
        out["recipes"].append({"name": name, "recipe": recipe, "frames": len(features), "features": kept})
    return out


def make_resample() -> list[dict]:
    out = []
    for rate in RATES_HZ:
        nyquist = min(rate, 16000) / 2
        t = np.arange(int(rate * 0.25)) / rate
        x = sum(a * np.sin(2 * np.pi * share * nyquist * t) for share, a in TONES).astype(np.float32)
        y = soxr.resample(x.astype(np.float64), rate, 16000, quality="VHQ")
        out.append({"rateHz": rate, "from": 1500, "samples": [round(float(v), 6) for v in y[1500:1700]]})
    return out


def make_decode() -> list[dict]:
    mono, stereo = sweep(16000, 1.0, 2), np.stack([sweep(16000, 0.7, 3), 0.5 * sweep(16000, 0.7, 4)], 1)
    opus("mono.opus", mono, ["-b:a", "20k", "-application", "voip"])
    opus("stereo.opus", stereo, ["-b:a", "40k"])
    opus("frames60.opus", mono, ["-b:a", "16k", "-frame_duration", "60", "-application", "voip"])
    flac("mono16.flac", mono[:8000], 16000, 16, ["-compression_level", "12"])
    flac("stereo24.flac", stereo[:4000], 44100, 24, ["-compression_level", "5", "-ch_mode", "mid_side"])
    flac("left-side.flac", stereo[:3000], 8000, 16, ["-compression_level", "3", "-ch_mode", "left_side"])
    flac("right-side.flac", stereo[:3000], 8000, 16, ["-compression_level", "0", "-ch_mode", "right_side"])
    soundfile.write(HERE / "eight.flac", mono[:3000], 8000, subtype="PCM_S8")
    # The samples are multiples of 16, so the encoder stores them without their four zero bits.
    soundfile.write(HERE / "wasted.flac", np.round(mono[:3000] * 2047) / 2048, 16000, subtype="PCM_16")
    out = []
    for path in sorted([*HERE.glob("*.opus"), *HERE.glob("*.flac")]):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        entry = {"file": path.name, "rateHz": rate, "channels": samples.shape[1], "length": len(samples)}
        if path.suffix == ".flac":
            entry["sha256"] = hashlib.sha256(samples.astype("<f4").T.tobytes()).hexdigest()
        else:
            entry["samples"] = [[round(float(v), 6) for v in row] for row in samples[3000:9000:40].T]
        out.append(entry)
    return out


def opus(name: str, samples: np.ndarray, options: list[str]) -> None:
    encode(name, samples, 16000, "pcm_s16le", ["-c:a", "libopus", *options])


def flac(name: str, samples: np.ndarray, rate: int, bits: int, options: list[str]) -> None:
    layout = ["-sample_fmt", "s16"] if bits == 16 else ["-sample_fmt", "s32", "-bits_per_raw_sample", "24"]
    encode(name, samples, rate, f"pcm_s{bits}le", ["-c:a", "flac", *layout, *options])


def encode(name: str, samples: np.ndarray, rate: int, codec: str, options: list[str]) -> None:
    wav = HERE / "tmp.wav"
    soundfile.write(wav, samples, rate, subtype={"pcm_s16le": "PCM_16", "pcm_s24le": "PCM_24"}[codec])
    bitexact = ["-fflags", "+bitexact", "-flags", "+bitexact", "-map_metadata", "-1"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", wav, *options, *bitexact, HERE / name], check=True
    )
    wav.unlink()


for file, numbers in {"fbank": make_fbank(), "resample": make_resample(), "decode": make_decode()}.items():
    (HERE / f"{file}.json").write_text(json.dumps(numbers, separators=(",", ":")) + "\n")
