import tempfile
import unittest
from argparse import Namespace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import soundfile
from onnx import TensorProto, helper, numpy_helper
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

from models.training.audio import decode
from models.training.batches import Crops
from models.training.config import RecipeError
from models.training.encoders import Encoder, cache_file, embed, encoders_of, load_raw
from models.training.front_ends import kaldi_filterbank
from models.training.parts import build_targets
from models.training.teacher import embed_list
from models.training.training_list import ListError, read_list
from models.training.voice_change import VoiceChange

VOICES = [VoiceChange(), VoiceChange(speed=1.1), VoiceChange(formants=1.1)]
SAMPLE = Path(__file__).parents[3] / "samples" / "awb" / "1.wav"


def mean_encoder(path: Path, bands: int, dims: int) -> np.ndarray:
    """Writes an encoder [n, frames, bands] -> [n, dims], a mean over frames and a matrix. -> the
    matrix.
    """
    matrix = np.random.default_rng(dims).normal(0, 1, (bands, dims)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["feats"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("MatMul", ["mean", "matrix"], ["embs"]),
        ],
        "encoder",
        [helper.make_tensor_value_info("feats", TensorProto.FLOAT, ["n", "frames", bands])],
        [helper.make_tensor_value_info("embs", TensorProto.FLOAT, ["n", dims])],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, path)
    return matrix


def log_energies(samples: np.ndarray, bands: int) -> np.ndarray:
    """A front end of one row: float32 [1, frames, bands], log energies of `bands` pieces of each 10
    ms.
    """
    frames = samples[: len(samples) // 160 * 160].reshape(1, -1, bands, 160 // bands)
    return np.log(np.square(frames).mean(axis=3) + 1e-6).astype(np.float32)


class Teacher(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.matrices = [mean_encoder(self.root / f"{dims}.onnx", 4, dims) for dims in (3, 5)]
        rng = np.random.default_rng(1)
        for name in ("a", "b", "c"):
            soundfile.write(self.root / f"{name}.wav", rng.normal(0, 0.1, 8000), 16_000)
        self.list = self.root / "list.tsv"
        self.list.write_text("a.wav\tann\nb.wav\tbob\nc.wav\tann\n")
        self.recipe = {"file": "x.toml", "teacher": {"encoders": [self.table(3), self.table(5)]}}
        self.args = Namespace(peers=self.root, cache=self.root / "cache", processes=1)

    def table(self, dims: int, **more) -> dict:
        return {"file": f"{dims}.onnx", "use": f"{__name__}:log_energies", "bands": 4} | more

    def test_embeddings_of_all_encoders_lie_side_by_side_for_each_voice(self):
        embed_list(self.recipe, self.list, self.root, VOICES, self.args)
        raw, sizes = load_raw(self.args.cache, read_list(self.list), VOICES, encoders_of(self.recipe))
        self.assertEqual((raw.shape, sizes), ((3, 3, 8), [3, 5]))
        whole = decode(self.root / "b.wav").astype(np.float32) / 32768
        for row, voice in zip(raw[:, 1], VOICES):
            energies = log_energies(voice(whole), bands=4)[0].mean(axis=0)
            np.testing.assert_allclose(row, np.concatenate([energies @ m for m in self.matrices]), rtol=1e-4)

    def test_rows_of_a_front_end_with_several_windows_are_averaged(self):
        session = onnxruntime.InferenceSession(self.root / "3.onnx")
        samples = np.random.default_rng(1).normal(0, 1, 40).astype(np.float32)
        windows = Encoder("3.onnx", lambda samples: samples.reshape(10, 1, 4), "key")
        expected = (samples.reshape(10, 4) @ self.matrices[0]).mean(axis=0)
        np.testing.assert_allclose(embed(session, windows, samples), expected, atol=1e-5)

    def test_the_cache_depends_on_encoder_and_settings_and_not_on_the_credit(self):
        def file(**more) -> Path:
            [encoder] = encoders_of({"file": "x.toml", "teacher": {"encoders": [self.table(3, **more)]}})
            return cache_file(Path("cache"), read_list(self.list), VoiceChange(), encoder)

        self.assertEqual(file(), file(credit="Someone, MIT"))
        self.assertNotEqual(file(), file(bands=8))

    def test_targets_have_unit_length_and_a_checkpoints_space_is_kept(self):
        self.list.write_text("a.wav\tann\nb.wav\tbob\nc.wav\t?guess\n")
        entries, crops = read_list(self.list), Crops(speeds=[1.0], speed_odds=[1.0])
        embed_list(self.recipe, self.list, self.root, crops.voices, self.args)
        self.recipe["teacher"] |= {"whitening": "centered", "dims": 6}
        targets, space = build_targets(self.recipe, entries, crops, self.args.cache, None)
        self.assertEqual(targets.shape, (1, 3, 6))
        np.testing.assert_allclose(np.linalg.norm(targets, axis=2), 1, atol=1e-5)
        self.recipe["teacher"]["whitening"] = "none"
        again, kept = build_targets(self.recipe, entries, crops, self.args.cache, space)
        self.assertIs(kept, space)
        np.testing.assert_array_equal(again, targets)
        self.recipe["teacher"]["whitening"] = "pca"
        with self.assertRaisesRegex(RecipeError, r"x.toml: \[teacher\] whitening pca"):
            build_targets(self.recipe, entries, crops, self.args.cache, None)

    def test_a_list_without_embeddings_names_the_voices_and_the_command(self):
        embed_list(self.recipe, self.list, self.root, [VoiceChange()], self.args)
        with self.assertRaisesRegex(ListError, r"for voice 0.9\. Run python -m models.training.teacher"):
            load_raw(
                self.args.cache,
                read_list(self.list),
                [VoiceChange(), VoiceChange(0.9)],
                encoders_of(self.recipe),
            )

    def test_a_wrong_encoder_table_names_the_recipe(self):
        for encoders, words in (
            ([], "needs at least one encoder"),
            ([{"use": f"{__name__}:log_energies", "bands": 4}], "needs file"),
            ([self.table(3, width=2)], "does not know width"),
        ):
            with self.assertRaisesRegex(RecipeError, rf"x.toml: \[\[?teacher.encoders\]\]? .*{words}"):
                encoders_of({"file": "x.toml", "teacher": {"encoders": encoders}})
        self.recipe["teacher"]["encoders"][0]["file"] = "none.onnx"
        with self.assertRaisesRegex(RecipeError, "no file none.onnx"):
            embed_list(self.recipe, self.list, self.root, [VoiceChange()], self.args)


class FrontEnds(unittest.TestCase):
    def test_the_kaldi_filterbank_equals_the_reference_up_to_8_khz_at_unit_scale(self):
        samples, _ = soundfile.read(SAMPLE, dtype="float32")
        filters = mel_filter_bank(
            num_frequency_bins=257,
            num_mel_filters=80,
            min_frequency=20,
            max_frequency=8000,
            sampling_rate=16_000,
            norm=None,
            mel_scale="kaldi",
            triangularize_in_mel_space=True,
        )
        expected = spectrogram(
            samples.astype(np.float64),
            window_function(400, "povey", periodic=False),
            frame_length=400,
            hop_length=160,
            fft_length=512,
            power=2.0,
            center=False,
            preemphasis=0.97,
            mel_filters=filters,
            log_mel="log",
            mel_floor=1.192092955078125e-07,
            remove_dc_offset=True,
        ).T
        found = kaldi_filterbank(samples)
        self.assertEqual((found.shape, found.dtype), ((1, *expected.shape), np.float32))
        np.testing.assert_allclose(found[0], expected - expected.mean(axis=0), atol=2e-3)


if __name__ == "__main__":
    unittest.main()
