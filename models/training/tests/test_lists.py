import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile

from models.training.audio import check_files, decode, load_list
from models.training.list_maker import (
    from_clips,
    from_folder,
    from_unlabeled,
    held_out_speakers,
)
from models.training.training_list import (
    Entry,
    ListError,
    read_list,
    rewritten,
    write_list,
)
from models.training.whiten import labeled_groups


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def listed(self, *lines: str) -> Path:
        file = self.root / "train.tsv"
        file.write_text("".join(f"{line}\n" for line in lines))
        return file

    def sound(self, path: str, seconds: float = 1, rate: int = 16_000) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, 0.1 * np.sin(np.arange(int(seconds * rate)) / 7), rate)
        return file


class Lists(InFolder):
    def refused(self, words: str, *lines: str):
        with self.assertRaisesRegex(ListError, words):
            read_list(self.listed(*lines))

    def test_every_error_names_its_line(self):
        self.refused(r"train.tsv:2: expected path<TAB>label, found 'b.wav bob'", "a.wav\tann", "b.wav bob")
        self.refused(r"train.tsv:3: a.wav is already on line 1", "a.wav\tann", "b.wav\tbob", "a.wav\tbob")
        self.refused(r"only one speaker \(ann\)", "a.wav\tann", "b.wav\tann")
        self.refused("empty")
        self.refused(r"train.tsv:2: label 2 exists but label 1 doesn't.*--number", "a.wav\t0", "b.wav\t2")
        with self.assertRaisesRegex(ListError, "list not found"):
            read_list(self.root / "none.tsv")

    def test_a_rewrite_closes_gaps_drops_speakers_and_changes_paths(self):
        entries = [e for e in read_list(self.listed("d/a\t9", "d/b\tx", "d/c\tx", "d/e\t9", "d/f\tone"))]
        done = rewritten(entries, add_prefix="n/", strip_prefix="d/", min_clips=2, number=True)
        self.assertEqual(
            [(e.path, e.label) for e in done], [("n/a", "0"), ("n/b", "1"), ("n/c", "1"), ("n/e", "0")]
        )
        write_list(self.root / "new.tsv", done)
        self.assertEqual([e.label for e in read_list(self.root / "new.tsv")], ["0", "1", "1", "0"])

    def test_makes_a_list_from_one_folder_per_speaker(self):
        for path in ("ann/1.wav", "ann/day 2/1.wav", "bob/1.wav", "loose.wav"):
            self.sound(path)
        made = [(e.path, e.label) for e in from_folder(self.root)]
        self.assertEqual(made, [("ann/1.wav", "ann"), ("ann/day 2/1.wav", "ann"), ("bob/1.wav", "bob")])

    def test_leaves_out_corpora_licenses_and_held_out_speakers(self):
        rows = [
            "path\tspeaker\tcorpus\tlicence",
            "1\ta\tx\tMIT",
            "2\tb\tx\tCC BY-NC",
            "3\tc\ty\tMIT",
            "4\td\tx\tMIT",
        ]
        (self.root / "clips.tsv").write_text("\n".join(rows))
        (self.root / "out.txt").write_text("d\n")
        made = from_clips(self.root / "clips.tsv", ["y"], "NC", self.root / "out.txt")
        self.assertEqual([e.path for e in made], ["1"])
        (self.root / "only.txt").write_text("b\nd\n")
        kept = from_clips(self.root / "clips.tsv", [], only=self.root / "only.txt")
        self.assertEqual([e.label for e in kept], ["b", "d"])
        with self.assertRaisesRegex(ListError, "no corpus z"):
            from_clips(self.root / "clips.tsv", ["z"])

    def test_unlabeled_clips_get_guesses_that_do_not_count_as_speakers(self):
        (self.root / "unlabeled.tsv").write_text(
            "path\tguess\tcorpus\tlicence\np/1\tpv-1\tp\tMIT\np/2\tpv-2\tp\tMIT\n"
        )
        made = from_unlabeled(self.root / "unlabeled.tsv")
        self.assertEqual([(e.path, e.label) for e in made], [("p/1", "?pv-1"), ("p/2", "?pv-2")])
        self.refused(r"only one speaker \(ann\)", "a\tann", "p/1\t?pv-1", "p/2\t?pv-2")
        self.assertEqual(len(read_list(self.listed("a\t0", "b\t1", "p/1\t?7"))), 3)

    def test_whitening_uses_labeled_speakers_with_several_clips(self):
        names = ["x/a"] * 4 + ["x/b"] * 3 + ["y/c"] * 5 + ["x/?d"] * 6
        entries = [Entry(f"{name}-{i}.wav", name[2:], i) for i, name in enumerate(names)]
        self.assertEqual(labeled_groups(entries, without=[]), [[0, 1, 2, 3], [7, 8, 9, 10, 11]])
        self.assertEqual(labeled_groups(entries, without=["y"]), [[0, 1, 2, 3]])

    def test_held_out_speakers_have_several_clips_and_do_not_change_when_others_are_added(self):
        some = [f"a-{n}" for n in range(100) for _ in range(4)] + ["a-single"]
        held = held_out_speakers(some)
        self.assertTrue(10 <= len(held) <= 30)
        more = held_out_speakers(some + [f"b-{n}" for n in range(100) for _ in range(4)])
        self.assertEqual(held, [s for s in more if s.startswith("a-")])


class Files(InFolder):
    def test_every_faulty_file_is_reported_with_its_line_before_anything_is_cached(self):
        self.sound("good.wav")
        whole = self.sound("cut.wav").read_bytes()
        (self.root / "cut.wav").write_bytes(whole[: len(whole) // 2])
        ogg = self.root / "cut.ogg"
        soundfile.write(
            ogg, np.random.default_rng(1).normal(0, 0.1, 48_000), 16_000, format="OGG", subtype="OPUS"
        )
        ogg.write_bytes(ogg.read_bytes()[:-200])
        (self.root / "empty.wav").touch()
        (self.root / "text.wav").write_text("not a sound")
        names = ["good.wav", "none.wav", "empty.wav", "text.wav", "cut.wav", "cut.ogg"]
        file = self.listed(*(f"{name}\t{name[0]}" for name in names))
        with self.assertRaises(ListError) as caught:
            load_list(file, read_list(file), self.root, self.root / "cache")
        told = str(caught.exception)
        for line, name, fault in (
            (2, "none.wav", "no such file"),
            (3, "empty.wav", "empty file"),
            (4, "text.wav", "libsndfile can't read it"),
            (5, "cut.wav", "truncated"),
            (6, "cut.ogg", "truncated"),
        ):
            self.assertRegex(told, f"train.tsv:{line}: {name}: {fault}")
        self.assertNotIn("good.wav", told)
        self.assertEqual(list((self.root / "cache").iterdir()), [])
        with self.assertRaisesRegex(ListError, "train.tsv:5: cut.wav: truncated"):
            check_files(file, read_list(file), self.root)

    def test_decoded_clips_are_cached_until_a_file_changes(self):
        self.sound("a.wav", 1), self.sound("b.wav", 2, rate=8_000)
        file = self.listed("a.wav\ta", "b.wav\tb")
        cache = self.root / "cache"
        first = load_list(file, read_list(file), self.root, cache)
        self.assertEqual([len(first.clip(i)) for i in (0, 1)], [16_000, 32_000])
        np.testing.assert_array_equal(first.clip(0), decode(self.root / "a.wav"))
        self.sound("a.wav", 0.5)
        self.assertEqual(len(load_list(file, read_list(file), self.root, cache).clip(0)), 8_000)


if __name__ == "__main__":
    unittest.main()
