"""Checkpoints: one file per epoch under runs/<experiment>, `last.pt` and `best.pt` beside them.

`last.pt` is written first, and the others are its copies: a run that is killed at any point finds in it all that a
resumed run needs, the copies that were not made included.
"""

import os
import shutil
from pathlib import Path

import torch
from torch import nn

from .config import RecipeError
from .onnx_weights import read_weights


COUNTER = "num_batches_tracked"  # kept by batch norm, not by ONNX, and not used


def save(path: Path, state: dict) -> None:
    """Never leaves a half-written file: a run that is killed here has the epoch before."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def keep(folder: Path, state: dict) -> None:
    save(folder / "last.pt", state)
    _copies(folder, state)


def take_up(source: Path, folder: Path, state: dict) -> None:
    """Makes `source`, which holds `state`, the run's last checkpoint, with the copies that a killed run did not make."""
    folder.mkdir(parents=True, exist_ok=True)
    if source.resolve() != (folder / "last.pt").resolve():
        _copy(source, folder / "last.pt")
    _copies(folder, state)


def _copies(folder: Path, state: dict) -> None:
    _copy(folder / "last.pt", folder / f"epoch-{state['epoch']:03}.pt")
    if state.get("is_best"):
        _copy(folder / "last.pt", folder / "best.pt")


def _copy(source: Path, target: Path) -> None:
    partial = target.with_suffix(".partial")
    shutil.copyfile(source, partial)
    os.replace(partial, target)


def load(path: Path) -> dict:
    """Everything on the CPU; of an ONNX file that export.py wrote, the backbone alone.

    RecipeError where it is no checkpoint of this trainer.
    """
    if path.suffix == ".onnx":
        return {"backbone": read_weights(path)}
    if not path.is_file():
        raise RecipeError(f"{path}: no such checkpoint")
    try:
        # TeacherSpace holds NumPy arrays, which weights_only would refuse; checkpoints are one's own.
        state = torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:
        raise RecipeError(f"{path}: not a checkpoint: {error}") from None
    if not isinstance(state, dict) or "backbone" not in state:
        raise RecipeError(f"{path}: not a checkpoint of this trainer: it holds no backbone")
    return state


def load_weights(module: nn.Module, weights: dict, path: Path, what: str) -> None:
    """RecipeError, naming what differs, where the weights are another architecture's."""
    own = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in weights.items()}
    differing = [f"{n} is {found[n]}, not {own[n]}" for n in own if n in found and found[n] != own[n]]
    missing = [f"no {n}" for n in own if n not in found and not n.endswith(COUNTER)]
    extra = [f"{n} has no place" for n in found if n not in own]
    faults = differing + missing + extra
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise RecipeError(f"{path}: the {what} is of another architecture: {'; '.join(faults[:3])}{more}")
    module.load_state_dict(weights, strict=False)
