import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from models.training import checkpoint
from models.training.backbones.ecapa import Ecapa
from models.training.config import RecipeError
from models.training.features import MELS
from models.training.onnx_file import export_onnx
from models.training.onnx_weights import read_weights
from models.training.quantize import quantize
from models.training.widen import fit_last_layer, widen

NARROW = {
    "mels": MELS,
    "embedding": 8,
    "channels": 16,
    "scale": 4,
    "attention": 8,
    "bottleneck": 4,
    "aggregate": 48,
}


def ecapa(**settings) -> Ecapa:
    """Returns a network without equal weights, because the exporter stores equal ones only once."""
    torch.manual_seed(len(settings))
    net = Ecapa(**NARROW | settings)
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
        for _ in range(3):
            net(torch.randn(8, 60, MELS))
    return net.eval()


class Weights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "model.onnx"
        self.features = torch.randn(2, 50, MELS, generator=torch.Generator().manual_seed(1))

    def write(self, net: torch.nn.Module) -> None:
        export_onnx(net, self.features, self.path, "embedding", {0: "batch", 1: "frames"})

    def test_reads_back_an_exported_network(self):
        net = ecapa()
        self.write(net)
        again = ecapa(stride=1)
        checkpoint.load_weights(again, checkpoint.load(self.path)["backbone"], self.path, "backbone")
        with torch.inference_mode():
            torch.testing.assert_close(again(self.features), net(self.features), rtol=0, atol=1e-6)

    def test_reads_back_a_network_with_a_whitening_matrix_in_half_precision(self):
        net = ecapa()
        self.write(torch.nn.Sequential(net, torch.nn.Linear(8, 8, bias=False)))
        quantize(self.path, self.path, "fp16")
        own = {
            name: value for name, value in net.state_dict().items() if not name.endswith(checkpoint.COUNTER)
        }
        found = read_weights(self.path)
        self.assertEqual(found.keys(), own.keys())
        for name, value in own.items():
            torch.testing.assert_close(found[name], value, rtol=2e-3, atol=1e-6)

    def test_rejects_a_file_that_is_not_such_a_network(self):
        self.path.write_bytes(b"RIFF")
        for path in (self.path, self.folder / "none.onnx"):
            with self.assertRaises(RecipeError):
                read_weights(path)

    def test_a_wider_network_computes_the_same(self):
        narrow, wide = ecapa(), ecapa(channels=24)
        self.write(narrow)
        wide.load_state_dict(widen(read_weights(self.path), wide.state_dict(), scale=4))
        with torch.inference_mode():
            torch.testing.assert_close(wide(self.features), narrow(self.features), rtol=0, atol=1e-5)

    def test_fits_the_last_layer_to_targets(self):
        net = ecapa()
        features = torch.randn(64, 40, MELS, generator=torch.Generator().manual_seed(2))
        with torch.inference_mode():
            before = net(features).numpy()
        turned = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 8)))[0]
        weights = net.state_dict()
        fit_last_layer(weights, before, before @ turned)
        net.load_state_dict(weights)
        with torch.inference_mode():
            after = net(features).numpy()
        np.testing.assert_allclose(after, before @ turned, atol=0.02 * np.abs(before).max())


if __name__ == "__main__":
    unittest.main()
