import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
import soundfile
import torch

from models.training import checkpoint
from models.training.config import RecipeError, build, load_recipe
from models.training.training_list import ListError
from models.training.trials import Trials, equal_error_rate, read_trials

ROOT = Path(__file__).parents[3]

RECIPE = """
seed = 1
[data]
list = "{root}/train.tsv"
[crops]
seconds = [0.6, 0.8]
speeds = [1.0, 1.1]
speed_odds = [0.5, 0.5]
[augmentation]
use = "models.training.augment:Channel"
[backbone]
use = "models.training.backbones.ecapa:Ecapa"
channels = {channels}
embedding = 8
attention = 8
bottleneck = 4
scale = 4
[loss.speakers]
use = "models.training.losses.margin:AamSoftmax"
[optimizer]
use = "torch.optim:AdamW"
lr = 3e-3
[schedule]
use = "models.training.schedules:warm_up_cosine"
warm_up = 0.1
[margin]
use = "models.training.schedules:constant_margin"
full = 0.1
[trainer]
use = "models.training.trainer:Trainer"
epochs = {epochs}
crops_per_epoch = 16
batch = 8
precision = "fp32"
device = "cpu"
workers = 0
freeze_epochs = {frozen}
"""


# Kills the run after it has written N checkpoint files.
KILLED_AFTER = """
import os, sys
left, place = int(sys.argv.pop(1)), os.replace
def replace(source, target):
    global left
    place(source, target)
    left -= str(target).endswith(".pt")
    if left == 0:
        os.kill(os.getpid(), 9)
os.replace = replace
from models.training.train import main
main()
"""


class Trained(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        rng = np.random.default_rng(1)
        lines = []
        for speaker in range(4):
            for clip in range(2):
                buzz = np.cumsum(rng.normal(100 + 60 * speaker, 5, 16_000)) / 16_000 % 1 - 0.5
                soundfile.write(self.root / f"{speaker}-{clip}.wav", 0.3 * buzz, 16_000)
                lines.append(f"{speaker}-{clip}.wav\t{speaker}\n")
        (self.root / "train.tsv").write_text("".join(lines))

    def recipe(self, name: str, epochs: int = 2, channels: int = 8, frozen: int = 0, more: str = "") -> Path:
        text = RECIPE.format(root=self.root, epochs=epochs, channels=channels, frozen=frozen)
        file = self.root / f"{name}.toml"
        file.write_text(text + more)
        return file

    def command(self, recipe: Path, *options: str) -> list[str]:
        own = ["--config", recipe, "--speech", self.root, "--runs", self.root / "runs", *options]
        return ["-m", "models.training.train", *map(str, own)]

    def train(self, recipe: Path, *options: str, launcher: tuple[str, ...] = (sys.executable,)):
        return subprocess.run(
            [*launcher, *self.command(recipe, *options)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def weights(self, name: str, epoch: str = "last") -> dict:
        return checkpoint.load(self.root / "runs" / name / f"{epoch}.pt")["backbone"]

    def assert_same(self, one: dict, other: dict):
        for key, value in one.items():
            torch.testing.assert_close(value, other[key], rtol=0, atol=0)

    def test_a_run_writes_logs_and_checkpoints_and_a_killed_run_resumes_to_the_same_weights(self):
        whole = self.train(self.recipe("whole", epochs=3))
        self.assertEqual(whole.returncode, 0, whole.stderr)
        folder = self.root / "runs/whole"
        names = {path.name for path in folder.iterdir()}
        self.assertLessEqual(
            {"epoch-001.pt", "epoch-002.pt", "epoch-003.pt", "last.pt", "best.pt", "log.txt", "tensorboard"},
            names,
        )
        self.assertRegex(
            (folder / "log.txt").read_text(),
            r"epoch 3 batch 2/2 .*speakers \d.*lr \S+ margin 0.10 \d+ crops/s ETA 0:00:00",
        )
        killed = subprocess.Popen(
            [sys.executable, *self.command(self.recipe("killed", epochs=3))],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        first = self.root / "runs/killed/epoch-001.pt"
        while not first.exists() and killed.poll() is None:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        resumed = self.train(self.recipe("killed", epochs=3), "--resume")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assert_same(self.weights("whole"), self.weights("killed"))
        again = self.train(self.recipe("whole", epochs=3), "--resume", "1")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assert_same(self.weights("whole"), self.weights("killed"))

    def test_a_run_that_is_killed_between_checkpoint_files_resumes_with_all_of_them(self):
        self.assertEqual(self.train(self.recipe("whole")).returncode, 0)
        for files in (1, 4):  # the copies of epoch 1, or of the last epoch, are missing
            name = f"killed-{files}"
            own = self.command(self.recipe(name))[2:]
            killed = subprocess.run(
                [sys.executable, "-c", KILLED_AFTER, str(files), *own], cwd=ROOT, capture_output=True
            )
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
            resumed = self.train(self.recipe(name), "--resume")
            self.assertEqual(resumed.returncode, 0, resumed.stderr)
            for epoch in ("epoch-001", "epoch-002", "last", "best"):
                self.assert_same(self.weights("whole", epoch), self.weights(name, epoch))

    def test_two_processes_train_one_network(self):
        torchrun = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2")
        torchrun += ("--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1")
        done = self.train(self.recipe("many", epochs=1), launcher=torchrun)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertIn("2 x cpu", (self.root / "runs/many/log.txt").read_text())

    def test_fine_tuning_freezes_the_backbone_for_one_epoch_and_starts_a_new_classifier(self):
        self.assertEqual(self.train(self.recipe("base", epochs=1)).returncode, 0)
        lines = (self.root / "train.tsv").read_text().splitlines()[:6]
        (self.root / "train.tsv").write_text("\n".join(lines))
        done = self.train(self.recipe("fine", frozen=1), "--init", str(self.root / "runs/base/last.pt"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same(self.weights("base"), self.weights("fine", "epoch-001"))
        moved = self.weights("fine", "epoch-002")["stem.conv.weight"]
        self.assertFalse(torch.equal(moved, self.weights("base")["stem.conv.weight"]))

    def test_rejects_a_checkpoint_of_another_architecture_before_training_starts(self):
        self.assertEqual(self.train(self.recipe("narrow", epochs=1)).returncode, 0)
        done = self.train(self.recipe("wide", channels=16), "--init", str(self.root / "runs/narrow/last.pt"))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(
            done.stderr, r"narrow/last.pt: the backbone has another architecture: stem.conv.weight is"
        )
        self.assertFalse((self.root / "runs/wide").exists())
        lost = self.train(self.recipe("narrow"), "--resume", "7")
        self.assertIn("epoch-007.pt: no such checkpoint", lost.stderr)

    def test_an_ablation_trains_every_variant_once_and_prints_a_table(self):
        trials = self.root / "x.txt"
        trials.write_text("1 0-0.wav 0-1.wav\n0 0-0.wav 1-0.wav\n")
        more = '[evaluation]\nlists = ["x.txt"]\n[held_out]\ncrop_seconds = 0.6\n'
        more += f'list = "{self.root}/train.tsv"\n'
        variants = self.root / "some.toml"
        variants.write_text("[variants.as-it-is]\n[variants.wide]\nbackbone.channels = 16\n")
        command = ["-m", "models.training.ablation", "--config", self.recipe("base", epochs=1, more=more)]
        command += ["--variants", variants, "--speech", self.root, "--runs", self.root / "runs"]

        def ablation(*options: str) -> str:
            done = subprocess.run(
                [sys.executable, *map(str, command), *options],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=300,
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        self.assertRegex(ablation("--table"), r"\| wide \| 0.\d\d \| not run \|")
        first = ablation()
        self.assertRegex(
            first, r"\| as-it-is \| 0.\d\d \| \d+.\d \|  \|  \|  \| \d+.\d \| \d+.\d \| \d+.\d \| \d+.\d \|"
        )
        written = (self.root / "runs/some/wide/last.pt").stat().st_mtime_ns
        self.assertEqual(ablation().splitlines()[-2:], first.splitlines()[-2:])
        self.assertEqual((self.root / "runs/some/wide/last.pt").stat().st_mtime_ns, written)

    def test_rejects_a_list_with_a_broken_file_before_training_starts(self):
        (self.root / "3-1.wav").write_bytes(b"")
        done = self.train(self.recipe("broken"))
        self.assertIn("train.tsv:8: 3-1.wav: empty file", done.stderr)
        self.assertFalse((self.root / "runs/broken").exists())


class Recipes(unittest.TestCase):
    def recipe(self, table: dict) -> dict:
        return {"file": "x.toml", "schedule": table}

    def test_finds_a_part_by_import_path_and_errors_name_file_and_table(self):
        self.assertEqual(build(self.recipe({"use": "fractions:Fraction", "numerator": 3}), "schedule"), 3)
        for table, words in (
            (
                {"use": "models.training.schedules:constant_rate", "peek": 1},
                r"x.toml: \[schedule\] does not know peek",
            ),
            ({"use": "models.training.schedules:constant_margin"}, r"\[schedule\] needs done, full"),
            ({"use": "models.training.schedules:nothing"}, "nothing"),
            ({"peak": 1}, 'needs use = "module:name"'),
        ):
            with self.assertRaisesRegex(RecipeError, words):
                build(self.recipe(table), "schedule")

    def test_every_included_recipe_names_existing_parts(self):
        for file in sorted((ROOT / "models/training/recipes").glob("*.toml")):
            recipe = load_recipe(file)
            tables = [t for t in recipe.values() if isinstance(t, dict)] + list(recipe["loss"].values())
            for table in tables:
                if "use" in table:
                    module, name = table["use"].split(":")
                    self.assertTrue(hasattr(__import__(module, fromlist=[name]), name), table["use"])


class Rates(unittest.TestCase):
    def test_equal_error_rates_match_values_computed_by_hand(self):
        self.assertEqual(equal_error_rate(np.array([3.0, 4.0]), np.array([1.0, 2.0])), 0)
        self.assertEqual(equal_error_rate(np.array([1.0, 3, 4, 5]), np.array([0.0, 0.5, 0.7, 3.5])), 0.25)

    def test_rates_of_a_list_come_from_the_cosines_of_its_pairs(self):
        trials = object.__new__(Trials)
        pairs = [("a", "b"), ("c", "d"), ("a", "c"), ("b", "d")]
        trials.lists = {"x": (np.array([True, True, False, False]), pairs)}
        right, wrong = (dict(zip("abcd", np.eye(2)[rows])) for rows in ([0, 0, 1, 1], [0, 1, 0, 1]))
        self.assertEqual((trials.rates_of(right), trials.rates_of(wrong)), ({"x": 0}, {"x": 1}))

    def test_an_invalid_trial_is_reported_with_its_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("1 a b\n2 a c\n")
            file.flush()
            with self.assertRaisesRegex(ListError, r":2: expected label path path, found"):
                read_trials(Path(file.name))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    unittest.main()
