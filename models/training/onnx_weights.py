"""Reads weights back from an ONNX file that export.py wrote, for further training."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from .config import RecipeError
from .quantize import HALF

PREFIX = "0."  # of the backbone's weights if a whitening matrix follows it
STATE = ("weight", "bias", "running_mean", "running_var")


def read_weights(path: Path) -> dict[str, Tensor]:
    """Returns the backbone's state dict in float32, without a whitening matrix that follows it.

    Raises RecipeError if the file is not an ONNX model, or has no weights with PyTorch's names.
    """
    if not path.is_file():
        raise RecipeError(f"{path}: model not found")
    try:
        graph = onnx.load(path).graph
    except Exception as error:
        raise RecipeError(f"{path}: not an ONNX model: {error}") from None
    found = {
        stored.name.removesuffix(HALF): torch.from_numpy(np.array(numpy_helper.to_array(stored))).float()
        for stored in graph.initializer
    }
    named = {name: value for name, value in found.items() if name.rsplit(".", 1)[-1] in STATE}
    if any(name.startswith(PREFIX) for name in named):
        named = {name.removeprefix(PREFIX): value for name, value in named.items() if name.startswith(PREFIX)}
    if not named:
        raise RecipeError(
            f"{path}: no weights with PyTorch's names. Only files from export.py can be trained further."
        )
    return named
