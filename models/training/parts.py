"""Builds what a trainer needs from a recipe's tables: batches, and a model with its losses."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import config, teacher_space
from .audio import Audio, load_list
from .augmentation_data import AugmentationData
from .batches import Batches, Crops, clips_by_speaker
from .encoders import encoders_of, load_raw
from .features import MELS
from .teacher_space import TeacherSpace
from .training_list import Entry, is_guess, read_list


class Model(nn.Module):
    """A backbone with the weighted losses that train its embeddings."""

    def __init__(
        self,
        backbone: nn.Module,
        losses: dict[str, nn.Module],
        weights: dict[str, float],
        against_teacher: set[str],
    ):
        """`against_teacher`: names of the losses that compare with targets. Others take labels."""
        super().__init__()
        self.backbone, self.losses, self.weights = backbone, nn.ModuleDict(losses), weights
        self.against_teacher = frozenset(against_teacher)

    def forward(
        self, features: Tensor, labels: Tensor, targets: Tensor, margin: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """features [batch, frames, mels] -> (weighted sum [], losses and accuracy by name)"""
        embeddings = self.backbone(features).float()
        total, values = embeddings.new_zeros(()), {}
        for name, loss in self.losses.items():
            value = (
                loss(embeddings, targets)
                if name in self.against_teacher
                else loss(embeddings, labels, margin)
            )
            if isinstance(value, tuple):
                value, values["accuracy"] = value
            values[name] = value
            total = total + self.weights[name] * value
        return total, values


def build_backbone(recipe: dict) -> nn.Module:
    """Builds table [backbone]. Its `embedding` defaults to 192."""
    settings = config.table(recipe, "backbone")
    return config.build(recipe, "backbone", {"mels": MELS, "embedding": embedding_size(recipe)} | settings)


def embedding_size(recipe: dict) -> int:
    return config.table(recipe, "backbone").get("embedding", 192)


def build_model(recipe: dict, classes: int, teacher_dims: int) -> Model:
    """Builds tables [backbone] and [loss.NAME]."""
    return Model(build_backbone(recipe), *build_losses(recipe, classes, teacher_dims))


def build_losses(
    recipe: dict, classes: int, teacher_dims: int
) -> tuple[dict[str, nn.Module], dict[str, float], set[str]]:
    """Builds tables [loss.NAME].

    Returns losses and weights by name, and the names of losses that compare with the teacher: those
    with an argument `teacher`.
    """
    losses, weights, against = {}, {}, set()
    for name, own in config.table(recipe, "loss").items():
        own = dict(own)
        weights[name] = own.pop("weight", 1.0)
        given = {"embedding": embedding_size(recipe), "classes": classes}
        if config.takes(recipe, f"loss.{name}", own, "teacher"):
            against.add(name)
            given = {"embedding": embedding_size(recipe), "teacher": teacher_dims}
        losses[name] = config.build(recipe, f"loss.{name}", own, **given)
    if against and not teacher_dims:
        raise config.RecipeError(f"{recipe['file']}: [loss.{against.pop()}] needs a table [teacher]")
    return losses, weights, against


def build_batches(
    recipe: dict, speech: Path, cache: Path, batch: int, space: TeacherSpace | None
) -> tuple[Batches, TeacherSpace | None]:
    """Builds tables [data], [crops], [augmentation] and, if present, [teacher].

    space  the teacher space of a checkpoint. None: fitted on this list
    """
    data = config.table(recipe, "data")
    list_file, root = Path(data["list"]), speech / data.get("root", "")
    entries = read_list(list_file)
    audio = load_list(list_file, entries, root, cache)
    if data.get("in_memory"):
        audio = audio.in_memory()
    crops = Crops(**recipe.get("crops", {}))
    targets = None
    if "teacher" in recipe:
        targets, space = build_targets(recipe, entries, crops, cache, space)
    augmentation = config.build(
        recipe, "augmentation", data=build_augmentation_data(data, speech, audio, cache)
    )
    return Batches(entries, audio, augmentation, crops, recipe.get("seed", 0), batch, targets), space


def build_augmentation_data(data: dict, speech: Path, audio: Audio, cache: Path) -> AugmentationData:
    folders = [speech / data[name] if name in data else None for name in ("noise", "rooms")]
    return AugmentationData(audio, *folders, cache)


def build_targets(
    recipe: dict, entries: list[Entry], crops: Crops, cache: Path, space: TeacherSpace | None
) -> tuple[np.ndarray, TeacherSpace]:
    """Builds table [teacher]. Returns targets float32 [voices, clips, T] and their space.

    The table has `whitening` and `ridge` as in teacher_space.fit, `dims` of a target, and
    `speaker_share`, the share of a target that is its speaker's mean.
    """
    settings = recipe["teacher"]
    clips_of = clips_by_speaker(entries)
    raw, sizes = load_raw(cache, entries, crops.voices, encoders_of(recipe))
    if space is None:
        kind = settings.get("whitening", "wccn")
        if kind not in teacher_space.KINDS:
            raise config.RecipeError(
                f"{recipe['file']}: [teacher] whitening {kind}: one of {teacher_space.KINDS}"
            )
        labeled = [own for label, own in clips_of.items() if not is_guess(label)]
        dims, ridge = settings.get("dims", 192), settings.get("ridge", 1.0)
        space = teacher_space.fit(raw[0], sizes, labeled, dims, kind, ridge)
    share = settings.get("speaker_share", 0.0)
    return teacher_space.blend_with_speaker_mean(space(raw), list(clips_of.values()), share), space


def start_at_teacher(model: Model, batches: Batches) -> None:
    """Starts each class at its speaker's mean target, so that all losses pull in the same
    direction.
    """
    if batches.targets is None:
        return
    clips_of = batches.clips_of[: len(batches.speakers)]
    centers = torch.from_numpy(teacher_space.class_centers(batches.targets, clips_of))
    for loss in model.losses.values():
        if getattr(loss, "centers", None) is not None and loss.centers.shape == centers.shape:
            loss.centers.data.copy_(centers)
