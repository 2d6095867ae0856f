"""Makes variants of a recipe from a variants file.

[all]                                # settings that replace the recipe's in every variant
trainer.epochs = 2
[variants.no-margin-loss]            # one variant
loss.speakers = false                # removes the table [loss.speakers]
[variants.wide]
backbone.channels = 384              # replaces one setting
[variants.other.backbone]            # replaces the whole table, because it has `use`
use = "models.training.backbones.campplus:CamPlusPlus"

At the top, `extends = "other.toml"` adds the variants of another file. Its [all] applies first.
"""

import tomllib
from pathlib import Path

from .config import RecipeError


def merged(table: dict, changes: dict) -> dict:
    """Returns a copy of `table` with `changes`, including nested tables."""
    result = dict(table)
    for name, value in changes.items():
        if value is False and isinstance(result.get(name), dict):
            del result[name]
        elif isinstance(value, dict) and "use" not in value and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def variants_of(recipe: dict, file: Path) -> dict[str, dict]:
    """Returns recipes by variant name. Raises RecipeError if the file is not a variants file."""
    common, variants = read_variants(file)
    base = merged(recipe, common)
    return {
        name: merged(base, changes) | {"name": f"{file.stem}/{name}", "file": f"{file}: {name}"}
        for name, changes in variants.items()
    }


def read_variants(file: Path) -> tuple[dict, dict[str, dict]]:
    """Returns the settings of [all] and those of each variant, including the file it extends."""
    try:
        tables = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{file}: {error}") from None
    common, variants = tables.get("all", {}), tables.get("variants", {})
    if "extends" in tables:
        extended, inherited = read_variants(file.parent / tables["extends"])
        common, variants = merged(extended, common), inherited | variants
    if not variants:
        raise RecipeError(f"{file}: no table [variants.NAME]")
    return common, variants
