import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from models.training.config import RecipeError
from models.training.export import record
from models.training.features import MELS
from models.training.onnx_file import export_onnx
from models.training.parity import golden, torch_runner
from models.training.quantize import KINDS, quantize
from models.training.quantize_report import Measured, smallest
from models.training.sherpa_metadata import FEATURES, metadata, set_metadata
from models.training.trials import onnx_runner

DIMENSION = 24
SAMPLE = Path(__file__).parents[3] / "samples" / "awb" / "1.wav"


class Mean(torch.nn.Module):
    """A minimal backbone: one convolution, one mean and one matrix."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.frames = torch.nn.Conv1d(MELS, 64, 5)
        self.out = torch.nn.Linear(64, DIMENSION)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.out(torch.relu(self.frames(features.transpose(1, 2))).mean(dim=2))


class ModelFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "model.onnx"
        export_onnx(Mean(), torch.randn(2, 50, MELS), self.path, "embedding", {0: "batch", 1: "frames"})
        model = onnx.load(self.path)
        set_metadata(model, metadata("net", DIMENSION))
        self.path.write_bytes(model.SerializeToString(deterministic=True))

    def embed(self, path: Path) -> np.ndarray:
        features = np.random.default_rng(1).normal(0, 2, (1, 70, MELS)).astype(np.float32)
        return onnxruntime.InferenceSession(path).run(None, {"features": features})[0][0]

    def test_smaller_weights_barely_change_the_embedding(self):
        whole = self.embed(self.path)
        for kind, least in {"fp16": 0.99999, "int8": 0.995}.items():
            path = self.folder / f"{kind}.onnx"
            quantize(self.path, path, kind)
            small = self.embed(path)
            cosine = whole @ small / np.linalg.norm(whole) / np.linalg.norm(small)
            self.assertGreater(cosine, least)
            self.assertLess(path.stat().st_size, 0.6 * self.path.stat().st_size)

    def test_the_same_file_gives_the_same_bytes_and_keeps_its_metadata(self):
        for kind in KINDS:
            first, second = self.folder / "1.onnx", self.folder / "2.onnx"
            quantize(self.path, first, kind)
            quantize(self.path, second, kind)
            self.assertEqual(first.read_bytes(), second.read_bytes())
            props = {prop.key: prop.value for prop in onnx.load(first).metadata_props}
            self.assertEqual(props, metadata("net", DIMENSION))

    def test_a_file_can_be_rewritten_in_place(self):
        quantize(self.path, self.folder / "half.onnx", "fp16")
        quantize(self.path, self.path, "fp16")
        self.assertEqual(self.path.read_bytes(), (self.folder / "half.onnx").read_bytes())

    def test_rejects_a_weight_beyond_half_precision(self):
        model = onnx.load(self.path)
        weights = next(t for t in model.graph.initializer if len(t.dims) == 3)
        values = onnx.numpy_helper.to_array(weights).copy()
        values[0, 0, 0] = 1e6
        weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))
        onnx.save(model, self.path)
        with self.assertRaisesRegex(ValueError, "half precision"):
            quantize(self.path, self.path, "fp16")

    def test_torch_and_onnx_give_the_same_golden_embedding(self):
        [by_torch] = golden([SAMPLE], torch_runner(Mean()))
        [by_onnx] = golden([SAMPLE], onnx_runner(self.path, "embedding"))
        self.assertGreater(np.dot(by_torch, by_onnx), 0.999999)
        self.assertAlmostEqual(np.linalg.norm(by_torch), 1, places=5)

    def test_rejects_an_unknown_kind(self):
        with self.assertRaisesRegex(ValueError, "int4"):
            quantize(self.path, self.path, "int4")


class Record(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.clips, self.unlabeled = Path(folder.name) / "clips.tsv", Path(folder.name) / "unlabeled.tsv"
        self.clips.write_text("path\tspeaker\tcorpus\tlicence\n1\ta\tx\tMIT\n2\ta\tx\tMIT\n3\tb\ty\tNC\n")
        self.unlabeled.write_text("path\tguess\tcorpus\tlicence\n4\tp\tz\tApache-2.0\n5\tq\tz\tApache-2.0\n")
        self.state = {
            "recipe": {
                "name": "r",
                "backbone": {"use": "m:Net", "channels": 8},
                "teacher": {"encoders": [{"file": "e.onnx", "credit": "E, MIT"}, {"file": "f.onnx"}]},
            },
            "speakers": ["a"],
            "guesses": ["?p"],
            "crops": 7,
            "teacher_space": object(),
        }

    def test_names_teachers_and_the_sources_of_labeled_and_unlabeled_clips(self):
        found = record(self.state, "net", self.clips, self.unlabeled)
        self.assertEqual((found["trainSpeakers"], found["trainClips"], found["unlabeledClips"]), (1, 2, 1))
        sources = [{"corpus": "x", "license": "MIT"}, {"corpus": "z", "license": "Apache-2.0"}]
        self.assertEqual((found["sources"], found["teachers"]), (sources, ["E, MIT", "f.onnx"]))

    def test_requires_the_file_of_unlabeled_clips(self):
        with self.assertRaisesRegex(RecipeError, "--unlabeled"):
            record(self.state, "net", self.clips)

    def test_a_network_without_a_teacher_names_none(self):
        found = record(self.state | {"teacher_space": None, "guesses": []}, "net", None)
        self.assertEqual(found["teachers"], [])


class Smallest(unittest.TestCase):
    def choose(self, half: float, eight: float, eight_ms: float = 5.0) -> str:
        sizes = {"fp32": 8, "fp16": 4, "int8": 2}
        rates = {"fp32": 0.05, "fp16": half, "int8": eight}
        times = {"fp32": 5.0, "fp16": 5.0, "int8": eight_ms}
        return smallest([Measured(k, sizes[k], times[k], {"a": rates[k]}) for k in sizes]).weights

    def test_chooses_the_smallest_file_that_costs_less_than_two_percent(self):
        self.assertEqual(self.choose(0.0500, 0.0509), "int8")
        self.assertEqual(self.choose(0.0509, 0.0511), "fp16")
        self.assertEqual(self.choose(0.0511, 0.0511), "fp32")

    def test_skips_a_smaller_file_that_is_much_slower(self):
        self.assertEqual(self.choose(0.05, 0.05, eight_ms=7.4), "int8")
        self.assertEqual(self.choose(0.05, 0.05, eight_ms=7.6), "fp16")


class SherpaMetadata(unittest.TestCase):
    def test_states_int16_scale_and_mean_normalization(self):
        values = metadata("net", 192)
        self.assertEqual(values["output_dim"], "192")
        self.assertEqual(values["normalize_samples"], "0")
        self.assertEqual(values["feature_normalize_type"], "global-mean")

    def test_rejects_features_that_sherpa_does_not_compute(self):
        with self.assertRaisesRegex(ValueError, "window"):
            metadata("net", 192, FEATURES | {"window": "hamming"})
        with self.assertRaisesRegex(ValueError, "scale"):
            metadata("net", 192, FEATURES | {"sampleScale": 2})

    def test_omits_normalization_for_features_without_it(self):
        self.assertNotIn("feature_normalize_type", metadata("net", 192, FEATURES | {"normalize": "none"}))


if __name__ == "__main__":
    unittest.main()
