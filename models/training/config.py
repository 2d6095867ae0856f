"""Loads recipes. A recipe is a TOML file that names every part by import path, with its settings.

    [backbone]
    use = "models.training.backbones.ecapa:Ecapa"
    channels = 256

`use` is `module:name` of any module that Python can import. The rest of the table becomes keyword
arguments.
"""

import importlib
import inspect
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any


class RecipeError(ValueError):
    """A recipe has an error. The message names the file and the table."""


def load_recipe(path: Path) -> dict:
    """Returns the tables of the TOML file, plus `name` (the file's stem) and `file`."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file) | {"name": path.stem, "file": str(path)}
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such recipe") from None
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not TOML: {error}") from None


def table(recipe: dict, name: str) -> dict:
    found = recipe.get(name)
    if found is None:
        raise RecipeError(f"{recipe['file']}: no table [{name}]")
    return found


def build(recipe: dict, name: str, settings: dict | None = None, /, **given: Any) -> Any:
    """Calls the part that `settings["use"]` names, with the other settings and `given`.

    `settings` defaults to the recipe's table `name`. Raises RecipeError for an unknown setting and
    for a missing one.
    """
    settings = dict(table(recipe, name) if settings is None else settings)
    where = f"{recipe['file']}: [{name}]"
    made_by = resolve(settings.pop("use", None), where)
    _check(made_by, settings | given, where)
    return made_by(**settings, **given)


def bind(recipe: dict, name: str, /, *free: str, settings: dict | None = None, **given: Any) -> Callable:
    """Like `build`, but returns a function of the arguments in `free` instead of calling it."""
    settings = dict(table(recipe, name) if settings is None else settings)
    where = f"{recipe['file']}: [{name}]"
    function = resolve(settings.pop("use", None), where)
    _check(function, settings | given | dict.fromkeys(free), where)
    return partial(function, **settings, **given)


def takes(recipe: dict, name: str, settings: dict, argument: str) -> bool:
    """Returns whether the part that `settings["use"]` names takes this argument."""
    return (
        argument in inspect.signature(resolve(settings.get("use"), f"{recipe['file']}: [{name}]")).parameters
    )


def resolve(path: str | None, where: str) -> Callable:
    """Imports the object at "module:name"."""
    module, _, name = (path or "").partition(":")
    if not module or not name:
        raise RecipeError(f'{where} needs use = "module:name", not {path!r}')
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise RecipeError(f"{where} use = {path!r}: {error}") from None


def _check(made_by: Callable, settings: dict, where: str) -> None:
    parameters = inspect.signature(made_by).parameters.values()
    names = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    open_ended = any(p.kind == p.VAR_KEYWORD for p in parameters)
    unknown = [] if open_ended else sorted(set(settings) - names)
    if unknown:
        raise RecipeError(f"{where} does not know {', '.join(unknown)}; it takes {', '.join(sorted(names))}")
    missing = [
        p.name for p in parameters if p.name in names and p.default is p.empty and p.name not in settings
    ]
    if missing:
        raise RecipeError(f"{where} needs {', '.join(missing)}")
