"""Reads a network's weights back from the ONNX file that export.py wrote: what is bundled can be trained further."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from .config import RecipeError
from .quantise import HALF

PREFIX = "0."  # of the backbone's weights where a whitening matrix follows it
STATE = ("weight", "bias", "running_mean", "running_var")


def read_weights(path: Path) -> dict[str, Tensor]:
    """The backbone's state dict in float32, without a whitening matrix behind it.

    RecipeError where the file is no ONNX model or holds no weights by PyTorch's names.
    """
    if not path.is_file():
        raise RecipeError(f"{path}: no such model")
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
        raise RecipeError(f"{path}: holds no weights by PyTorch's names: only a file of export.py can be trained further")
    return named
