"""Writes and reads checkpoints: runs/<recipe>/epoch-NNN.pt, `last.pt` and `best.pt`.

`last.pt` is written first and the others are copies of it. A run that is killed at any point can
resume from `last.pt`, which also restores copies that were not made.
"""

import os
import shutil
from pathlib import Path

import torch
from torch import nn

from .config import RecipeError
from .onnx_weights import read_weights

COUNTER = "num_batches_tracked"  # batch norm stores it, ONNX doesn't, and nothing uses it


def save(path: Path, state: dict) -> None:
    """Writes to a temporary file and renames it, so that no partial checkpoint is left."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def save_epoch(folder: Path, state: dict) -> None:
    """Writes last.pt, epoch-NNN.pt and, if `state` is the best so far, best.pt."""
    save(folder / "last.pt", state)
    _copies(folder, state)


def restore(source: Path, folder: Path, state: dict) -> None:
    """Makes `source`, which contains `state`, the run's last.pt and adds the copies that are
    missing.
    """
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
    """Loads a checkpoint to the CPU, or the backbone alone from an ONNX file that export.py wrote.

    Raises RecipeError if the file is not a checkpoint of this trainer.
    """
    if path.suffix == ".onnx":
        return {"backbone": read_weights(path)}
    if not path.is_file():
        raise RecipeError(f"{path}: no such checkpoint")
    try:
        # TeacherSpace contains NumPy arrays, which weights_only rejects. Load only files you trust.
        state = torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:
        raise RecipeError(f"{path}: not a checkpoint: {error}") from None
    if not isinstance(state, dict) or "backbone" not in state:
        raise RecipeError(f"{path}: not a checkpoint of this trainer: it contains no backbone")
    return state


def load_weights(module: nn.Module, weights: dict, path: Path, what: str) -> None:
    """Loads weights. Raises RecipeError with the differences if the architecture differs."""
    own = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in weights.items()}
    differing = [f"{n} is {found[n]}, not {own[n]}" for n in own if n in found and found[n] != own[n]]
    missing = [f"{n} is missing" for n in own if n not in found and not n.endswith(COUNTER)]
    extra = [f"{n} is unknown" for n in found if n not in own]
    faults = differing + missing + extra
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise RecipeError(f"{path}: the {what} has another architecture: {'; '.join(faults[:3])}{more}")
    module.load_state_dict(weights, strict=False)
