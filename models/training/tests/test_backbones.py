import hashlib
import tempfile
import unittest
from pathlib import Path

import torch

from models.training.backbones.campplus import CamPlusPlus, segment_means
from models.training.backbones.ecapa import Ecapa, parameters
from models.training.backbones.pooling import StatisticsPooling, make_pooling
from models.training.backbones.redimnet import ReDimNet
from models.training.backbones.resnet import ResNet
from models.training.onnx_file import export_onnx
from models.training.trials import onnx_runner

MELS, EMBEDDING = 80, 16
SMALL = {
    "ecapa": lambda: Ecapa(MELS, EMBEDDING, channels=16, attention=8, bottleneck=4, scale=4),
    "ecapa at half rate": lambda: Ecapa(MELS, EMBEDDING, 16, 8, 4, 4, stride=2),
    "cam++": lambda: CamPlusPlus(MELS, EMBEDDING, front=4, stem=16, growth=8, bottleneck=8, layers=(2, 3, 2)),
    "cam++ with attention": lambda: CamPlusPlus(
        MELS, EMBEDDING, 4, 16, 8, 8, layers=(2, 2), pooling="attentive"
    ),
    "resnet": lambda: ResNet(MELS, EMBEDDING, width=4, blocks=(1, 2, 1, 1)),
    "resnet with gates": lambda: ResNet(MELS, EMBEDDING, 4, (1, 1), squeeze=2, pooling="attentive"),
    "redimnet": lambda: ReDimNet(MELS, EMBEDDING, 2, (1, 2, 2), (1, 1, 1), 2, kernels=(7,), heads=2),
    "redimnet without attention": lambda: ReDimNet(MELS, EMBEDDING, 2, (2, 4), (1, 1), 1, heads=0),
}


class Backbones(unittest.TestCase):
    def setUp(self):
        torch.set_num_threads(1)
        torch.manual_seed(1)

    def each(self, check):
        for name, make in SMALL.items():
            with self.subTest(name):
                check(make())

    def test_returns_one_embedding_per_clip_at_any_batch_size_and_length_from_40_frames(self):
        def check(net):
            for batch, frames in ((2, 40), (3, 199), (2, 298)):
                self.assertEqual(net.train()(torch.randn(batch, frames, MELS)).shape, (batch, EMBEDDING))
            self.assertEqual(net.eval()(torch.randn(1, 41, MELS)).shape, (1, EMBEDDING))

        self.each(check)

    def test_an_embedding_does_not_depend_on_its_neighbors_in_the_batch(self):
        def check(net):
            learn_statistics(net)
            both = torch.randn(2, 157, MELS)
            torch.testing.assert_close(net(both)[1:], net(both[1:]), atol=1e-5, rtol=1e-4)

        self.each(check)

    def test_gradients_reach_every_parameter(self):
        def check(net):
            net.train()(torch.randn(4, 120, MELS)).square().sum(dim=1).log().sum().backward()
            idle = {name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()}
            self.assertEqual(idle, set())

        self.each(check)

    def test_onnxruntime_and_torch_agree_at_other_batch_sizes_and_lengths(self):
        def check(net):
            learn_statistics(net)
            with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
                path = Path(folder) / "net.onnx"
                export_onnx(net, torch.randn(2, 200, MELS), path, "embedding", {0: "batch", 1: "frames"})
                embed = onnx_runner(path, "embedding")
                for batch, frames in ((1, 40), (1, 100), (3, 298), (2, 201)):
                    features = torch.randn(batch, frames, MELS)
                    expected, found = net(features), torch.from_numpy(embed(features.numpy()))
                    self.assertLess(((expected - found).norm() / expected.norm()).item(), 1e-4)

        self.each(check)

    def test_bfloat16_barely_changes_the_direction(self):
        def check(net):
            learn_statistics(net)
            features = torch.randn(2, 120, MELS)
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                rough = net(features).float()
            self.assertGreater(torch.cosine_similarity(rough, net(features)).min().item(), 0.98)

        self.each(check)

    def test_the_defaults_are_small_networks(self):
        for net in (Ecapa(80, 192), CamPlusPlus(80, 192), ResNet(80, 192), ReDimNet(80, 192)):
            self.assertTrue(1e6 < parameters(net) < 2e6, f"{type(net).__name__} {parameters(net)}")

    def test_names_and_shapes_of_ecapa_weights_stay_the_same(self):
        # These are the names and shapes of the bundled weights.
        state = Ecapa(80, 192).state_dict()
        text = "\n".join(f"{name} {tuple(value.shape)}" for name, value in state.items())
        self.assertEqual(hashlib.sha256(text.encode()).hexdigest()[:16], "cdfc807af9567403")


class Parts(unittest.TestCase):
    def test_statistics_pooling_matches_values_computed_by_hand(self):
        pooled = StatisticsPooling()(torch.tensor([[[1.0, 3, 5, 7], [2, 2, 2, 2]]]))
        torch.testing.assert_close(pooled, torch.tensor([[4, 2, 5**0.5, 1e-5**0.5]]))

    def test_a_short_last_segment_averages_only_its_own_frames(self):
        x = torch.cat([torch.full((1, 1, 100), 2.0), torch.full((1, 1, 30), 5.0)], dim=2)
        torch.testing.assert_close(segment_means(x), torch.tensor([[[2.0, 5.0]]]))

    def test_invalid_settings_raise_an_error_with_the_reason(self):
        for make, words in (
            (lambda: make_pooling("max", 4, 4), "not 'max'"),
            (lambda: CamPlusPlus(80, 16, layers=(1, 1, 1, 1)), "layers has 4"),
            (lambda: ReDimNet(80, 16, strides=(3,), blocks=(1,)), "80 rows .80 mels."),
            (lambda: ReDimNet(80, 16, strides=(1,), blocks=(1, 1)), "strides has 1 stages, but blocks has 2"),
            (lambda: ReDimNet(80, 16, channels=6, group_width=4), "group_width 4"),
            (lambda: ReDimNet(80, 16, kernels=(8,)), "must be odd, not 8"),
            (lambda: ReDimNet(80, 16, heads=3), "80 channels"),
        ):
            with self.assertRaisesRegex(ValueError, words):
                make()


def learn_statistics(net: torch.nn.Module) -> None:
    """Gives batch norms non-trivial statistics, then switches to evaluation."""
    with torch.no_grad():
        for _ in range(3):
            net.train()(2 * torch.randn(4, 120, MELS))
    net.eval()


if __name__ == "__main__":
    unittest.main()
