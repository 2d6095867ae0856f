import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile

from models.training.encoders import cache_file, encoders_of
from models.training.held_out import HeldOut
from models.training.teacher_space import TeacherSpace
from models.training.training_list import read_list
from models.training.voice_change import VoiceChange

RECIPE = {
    "file": "x.toml",
    "teacher": {"encoders": [{"file": "e.onnx", "use": "models.training.front_ends:kaldi_filterbank"}]},
}


class Measuring(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root, rng = Path(folder.name), np.random.default_rng(1)
        (self.root / "x").mkdir()
        lines = []
        for i in range(8):  # two speakers of four clips
            soundfile.write(self.root / f"x/{i}.wav", rng.normal(0, 0.1, 16_000 + 1600 * i), 16_000)
            lines.append(f"x/{i}.wav\t{'ann' if i < 4 else 'bob'}\n")
        self.list = self.root / "held-out.tsv"
        self.list.write_text("".join(lines))
        self.targets = np.eye(2, dtype=np.float32)[[0] * 4 + [1] * 4] + rng.normal(0, 0.05, (8, 2))
        [encoder] = encoders_of(RECIPE)
        np.save(
            cache_file(self.root, read_list(self.list), VoiceChange(), encoder),
            self.targets.astype(np.float32),
        )
        self.space = TeacherSpace([2], np.zeros(2), np.eye(2))

    def held_out(self, **settings) -> HeldOut:
        augment = lambda rng, x: x + rng.normal(0, 0.1, len(x)).astype(np.float32)  # noqa: E731
        return HeldOut(RECIPE, self.root, self.root, augment, str(self.list), **settings)

    def test_a_student_that_equals_the_teacher_measures_as_perfect(self):
        answers = iter([*self.targets, *self.targets])
        found = self.held_out().measure(lambda _: next(answers)[None], self.space)
        self.assertEqual((found["eer"], found["degraded_eer"]), (0, 0))
        for name in ("cosine", "degraded_cosine", "relation"):
            self.assertAlmostEqual(found[name], 1, places=5)

    def test_degraded_crops_are_shorter_and_the_same_every_time(self):
        one, other = self.held_out(crop_seconds=0.5), self.held_out(crop_seconds=0.5)
        self.assertEqual({len(x) for x in one.degraded}, {48})
        for a, b in zip(one.degraded, other.degraded):
            np.testing.assert_array_equal(a, b)

    def test_without_a_teacher_only_error_rates_are_measured(self):
        rng = np.random.default_rng(2)
        found = self.held_out().measure(lambda _: rng.normal(0, 1, (1, 3)))
        self.assertEqual(set(found), {"eer", "degraded_eer"})

    def test_a_student_of_another_size_is_compared_by_relations_alone(self):
        rng = np.random.default_rng(2)
        found = self.held_out().measure(lambda _: rng.normal(0, 1, (1, 3)), self.space)
        self.assertEqual(set(found), {"eer", "degraded_eer", "relation"})


if __name__ == "__main__":
    unittest.main()
