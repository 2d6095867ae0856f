import tempfile
import unittest
from pathlib import Path

from models.training.batches import Crops
from models.training.config import RecipeError, load_recipe
from models.training.variants import merged, variants_of

ROOT = Path(__file__).parents[3]
RECIPES = ROOT / "models/training/recipes"


class Merging(unittest.TestCase):
    base = {
        "seed": 1,
        "loss": {"speakers": {"use": "m:A", "scale": 30}, "teacher": {"use": "m:D", "weight": 15}},
    }

    def test_a_setting_replaces_its_own_and_leaves_the_base_as_it_is(self):
        changed = merged(self.base, {"loss": {"teacher": {"weight": 2}}})
        self.assertEqual(changed["loss"]["teacher"], {"use": "m:D", "weight": 2})
        self.assertEqual(changed["loss"]["speakers"], {"use": "m:A", "scale": 30})
        self.assertEqual(self.base["loss"]["teacher"]["weight"], 15)

    def test_a_table_with_use_replaces_the_whole_table(self):
        self.assertEqual(
            merged(self.base, {"loss": {"teacher": {"use": "m:R"}}})["loss"]["teacher"], {"use": "m:R"}
        )

    def test_false_removes_a_table_and_stays_a_value_elsewhere(self):
        self.assertEqual(list(merged(self.base, {"loss": {"speakers": False}})["loss"]), ["teacher"])
        self.assertEqual(merged(self.base, {"seed": False})["seed"], False)


class Variants(unittest.TestCase):
    def test_settings_for_all_reach_every_variant_and_each_has_its_own_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "some.toml"
            file.write_text("[all]\na.x = 1\n[variants.plain]\n[variants.other]\na.y = 2\n")
            found = variants_of({"name": "base", "file": "base.toml", "a": {"x": 0, "y": 0}}, file)
        self.assertEqual([r["a"] for r in found.values()], [{"x": 1, "y": 0}, {"x": 1, "y": 2}])
        self.assertEqual([r["name"] for r in found.values()], ["some/plain", "some/other"])

    def test_a_file_extends_the_variants_of_another_and_its_own_settings_win(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "some.toml").write_text("[all]\na.x = 1\na.y = 1\n[variants.plain]\n")
            file = Path(folder) / "more.toml"
            file.write_text('extends = "some.toml"\n[all]\na.y = 2\n[variants.other]\na.x = 3\n')
            found = variants_of({"name": "base", "file": "base.toml", "a": {}}, file)
        self.assertEqual(
            {r["name"]: r["a"] for r in found.values()},
            {"more/plain": {"x": 1, "y": 2}, "more/other": {"x": 3, "y": 2}},
        )

    def test_a_file_without_variants_is_an_error(self):
        with self.assertRaisesRegex(RecipeError, r"fine-tune.toml: no table \[variants.NAME\]"):
            variants_of({}, RECIPES / "fine-tune.toml")

    def test_every_included_variant_names_existing_parts_and_is_unique(self):
        recipes = variants_of(load_recipe(RECIPES / "distill.toml"), RECIPES / "variants/gpu.toml")
        settings = [{k: v for k, v in r.items() if k not in ("name", "file")} for r in recipes.values()]
        for i, one in enumerate(settings):
            self.assertNotIn(one, settings[:i])
            self.assertEqual(len(Crops(**one["crops"]).voices), len(one["crops"]["speeds"]))
            for table in [one["backbone"], *one["loss"].values()]:
                module, name = table["use"].split(":")
                self.assertTrue(hasattr(__import__(module, fromlist=[name]), name), table["use"])


if __name__ == "__main__":
    unittest.main()
