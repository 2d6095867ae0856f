import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from models.training.backbones.ecapa import Ecapa
from models.training.features import MELS
from models.training.frames_output import head_of, last_of, with_frames
from models.training.onnx_file import export_onnx
from models.training.quantize import quantize

SETTINGS = {"channels": 32, "aggregate": 48, "dilations": [1, 2, 2], "embedding": 16, "stride": 2}


class FramesOutput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "model.onnx"
        torch.manual_seed(1)
        net = torch.nn.Sequential(Ecapa(MELS, **SETTINGS), torch.nn.Linear(16, 16, bias=False))
        export_onnx(net, torch.randn(2, 200, MELS), path, "embedding", {0: "batch", 1: "frames"})
        quantize(path, path, "fp16")
        self.model = onnx.load(path)
        self.features = np.random.default_rng(1).normal(0, 2, (2, 151, MELS)).astype(np.float32)

    def run_model(self, model: onnx.ModelProto, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        return onnxruntime.InferenceSession(model.SerializeToString()).run(None, given)

    def test_one_pass_gives_the_same_embedding_and_the_head_makes_it_from_the_frames(self):
        tensor = last_of(self.model)
        (before,) = self.run_model(self.model, {"features": self.features})
        embedding, frames = self.run_model(with_frames(self.model, tensor), {"features": self.features})
        np.testing.assert_array_equal(embedding, before)
        self.assertEqual(frames.shape, (2, 48, 76))
        (made,) = self.run_model(head_of(self.model, tensor), {"frames": frames})
        np.testing.assert_allclose(made, before, atol=1e-5)

    def test_the_head_embeds_a_part_of_the_frames_and_has_no_layer_before_them(self):
        tensor = last_of(self.model)
        _, frames = self.run_model(with_frames(self.model, tensor), {"features": self.features})
        head = head_of(self.model, tensor)
        (part,) = self.run_model(head, {"frames": frames[:, :, 10:40]})
        self.assertEqual(part.shape, (2, 16))
        self.assertFalse(any("blocks" in one.name for one in head.graph.initializer))

    def test_a_network_without_the_layer_is_refused(self):
        with self.assertRaises(ValueError):
            last_of(self.model, "/none/")


if __name__ == "__main__":
    unittest.main()
