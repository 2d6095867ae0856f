"""Writes the metadata that sherpa-onnx reads to run a speaker network on phones and in browsers.

    python -m models.training.sherpa_metadata --model models/NAME/model.onnx --name NAME

Rewrites the file. The same input always gives the same bytes, and a second run changes nothing.
sherpa-onnx 1.13 reads `framework`, `language`, `sample_rate`, `output_dim`, `normalize_samples` and
`feature_normalize_type` (sherpa-onnx/csrc/speaker-embedding-extractor-model.cc). Other keys, such
as `comment`, are informational.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from . import features as front_end

# The features that sherpa-onnx computes for every such network. The file can't change them.
FIXED = {
    "windowMs": 25,
    "shiftMs": 10,
    "melBins": front_end.MELS,
    "lowHz": front_end.LOW_HZ,
    "highHz": front_end.HIGH_HZ,
    "window": "povey",
    "preemphasis": front_end.PRE_EMPHASIS,
    "removeDcOffset": True,
}
# The front end in features.py, with the keys of model.json.
FEATURES = FIXED | {"sampleRateHz": front_end.SAMPLE_RATE_HZ, "sampleScale": 32768, "normalize": "mean"}


def metadata(name: str, dimension: int, features: dict = FEATURES) -> dict[str, str]:
    """Returns metadata by key. `features` is as in model.json.

    Raises ValueError for features that sherpa-onnx does not compute.
    """
    other = [key for key, value in FIXED.items() if features[key] != value]
    if other:
        raise ValueError(f"{name} needs features that sherpa-onnx doesn't compute: {', '.join(other)}")
    if features["sampleScale"] not in (1, 32768):
        raise ValueError(f"sherpa-onnx supports sample scale 1 or 32768, not {features['sampleScale']}")
    values = {
        # One of the three frameworks it supports. This one takes [1, frames, 80] and returns [1,
        # D].
        "framework": "wespeaker",
        "language": "multilingual",
        "comment": f"{name}, made by models/training of Voiceroll; not a WeSpeaker model",
        "sample_rate": str(features["sampleRateHz"]),
        "output_dim": str(dimension),
        "normalize_samples": "1" if features["sampleScale"] == 1 else "0",
    }
    if features["normalize"] == "mean":
        values["feature_normalize_type"] = "global-mean"
    return values


def set_metadata(model: onnx.ModelProto, values: dict[str, str]) -> None:
    """Replaces all metadata of the model."""
    onnx.helper.set_model_props(model, dict(sorted(values.items())))


def dimension_of(model: bytes) -> int:
    """Returns the size of the embedding by running the model, because a traced graph may not
    declare it.
    """
    session = onnxruntime.InferenceSession(model)
    [given] = session.get_inputs()
    frames = np.zeros((1, 200, front_end.MELS), dtype=np.float32)
    return session.run(None, {given.name: frames})[0].shape[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", required=True)
    args = parser.parse_args()
    model = onnx.load(args.model)
    set_metadata(model, metadata(args.name, dimension_of(args.model.read_bytes())))
    args.model.write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
