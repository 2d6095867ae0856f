import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from models.training.features import MELS
from models.training.losses.distillation import Distillation
from models.training.onnx_file import export_onnx
from models.training.parts import Model, build_backbone
from models.training.probe import FrozenLayers, head, train
from models.training.wccn import unit

RECIPE = {
    "file": "x.toml",
    "seed": 1,
    "backbone": {
        "use": "models.training.backbones.ecapa:Ecapa",
        "channels": 16,
        "embedding": 8,
        "attention": 8,
        "bottleneck": 4,
        "scale": 4,
    },
    "optimizer": {"use": "torch.optim:AdamW", "lr": 1e-2},
    "schedule": {"use": "models.training.schedules:constant_rate"},
    "margin": {"use": "models.training.schedules:constant_margin", "full": 0.0},
}


class Probing(unittest.TestCase):
    def test_frozen_layers_return_the_input_of_the_last_layer_of_the_file(self):
        torch.manual_seed(1)
        net = build_backbone(RECIPE)
        with torch.no_grad():
            for weight in net.parameters():
                weight.add_(0.1 * torch.randn_like(weight))
            for _ in range(3):  # gives batch norms statistics of their own
                net(torch.randn(8, 60, MELS))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            export_onnx(net, torch.randn(2, 50, MELS), path, "embedding", {0: "batch", 1: "frames"})
            layers = FrozenLayers(RECIPE, path)
        features = np.random.default_rng(1).normal(0, 1, (3, 60, MELS)).astype(np.float32)
        with torch.inference_mode():
            expected = net.eval()(torch.from_numpy(features))
            found = net.project_norm(net.project(torch.from_numpy(layers(features))))
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        self.assertEqual(layers(features).shape, (3, layers.size))

    def test_a_head_learns_targets_that_depend_linearly_on_its_input(self):
        torch.manual_seed(1)
        rng = np.random.default_rng(1)
        inputs = rng.normal(0, 1, (3840, 12)).astype(np.float32)
        clips = np.arange(3840)
        targets = unit(inputs @ rng.normal(0, 1, (12, 4)))[None].astype(np.float32)
        drawn = {
            "inputs": inputs,
            "labels": np.full(3840, -1),
            "places": np.stack([0 * clips, clips], axis=1),
        }
        model = Model(head(12, 4), {"teacher": Distillation(4, 4)}, {"teacher": 1.0}, {"teacher"})
        net = train(RECIPE, drawn, model, targets)
        with torch.inference_mode():
            found = unit(net(torch.from_numpy(inputs)).numpy())
        self.assertGreater((found * targets[0]).sum(axis=1).mean(), 0.97)


if __name__ == "__main__":
    unittest.main()
