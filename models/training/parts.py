"""From a recipe's tables to what the trainer works with: batches, and a model with its losses."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import config, teacher_space
from .audio import Audio, load_list
from .batches import Batches, Crops, clips_by_speaker
from .features import MELS
from .lists import Entry, read_list
from .material import Material
from .teacher import load_raw
from .teacher_space import TeacherSpace


class Model(nn.Module):
    """A backbone and the losses that its embeddings are trained by, weighted."""

    def __init__(self, backbone: nn.Module, losses: dict[str, nn.Module], weights: dict[str, float]):
        super().__init__()
        self.backbone, self.losses, self.weights = backbone, nn.ModuleDict(losses), weights

    def forward(
        self, features: Tensor, labels: Tensor, targets: Tensor, margin: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """features [batch, frames, mels] -> (weighted sum [], each loss and the accuracy by name)"""
        embeddings = self.backbone(features).float()
        total, values = embeddings.new_zeros(()), {}
        for name, loss in self.losses.items():
            value = loss(embeddings, targets) if name in self.against_teacher else loss(embeddings, labels, margin)
            if isinstance(value, tuple):
                value, values["accuracy"] = value
            values[name] = value
            total = total + self.weights[name] * value
        return total, values

    against_teacher: frozenset[str] = frozenset()


def build_backbone(recipe: dict) -> nn.Module:
    """Table [backbone]; its `embedding` is 192 where it is not set."""
    settings = config.table(recipe, "backbone")
    return config.build(recipe, "backbone", {"mels": MELS, "embedding": embedding_size(recipe)} | settings)


def embedding_size(recipe: dict) -> int:
    return config.table(recipe, "backbone").get("embedding", 192)


def build_model(recipe: dict, classes: int, teacher_dims: int) -> Model:
    """Tables [backbone] and [loss.NAME]; a loss is against the teacher if it takes an argument `teacher`."""
    backbone, dims = build_backbone(recipe), embedding_size(recipe)
    losses, weights, against = {}, {}, set()
    for name, own in config.table(recipe, "loss").items():
        own = dict(own)
        weights[name] = own.pop("weight", 1.0)
        if config.takes(recipe, f"loss.{name}", own, "teacher"):
            against.add(name)
            given = {"embedding": dims, "teacher": teacher_dims}
        else:
            given = {"embedding": dims, "classes": classes}
        losses[name] = config.build(recipe, f"loss.{name}", own, **given)
    if against and not teacher_dims:
        raise config.RecipeError(f"{recipe['file']}: [loss.{against.pop()}] needs a table [teacher]")
    model = Model(backbone, losses, weights)
    model.against_teacher = frozenset(against)
    return model


def build_batches(
    recipe: dict, speech: Path, cache: Path, batch: int, space: TeacherSpace | None
) -> tuple[Batches, TeacherSpace | None]:
    """Tables [data], [crops], [augmentation] and, where there is one, [teacher].

    space  the axes that a checkpoint aims at; None: fitted on this list
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
    augmentation = config.build(recipe, "augmentation", material=build_material(data, speech, audio, cache))
    return Batches(entries, audio, augmentation, crops, recipe.get("seed", 0), batch, targets), space


def build_material(data: dict, speech: Path, audio: Audio, cache: Path) -> Material:
    folders = [speech / data[name] if name in data else None for name in ("noise", "rooms")]
    return Material(audio, *folders, cache)


def build_targets(
    recipe: dict, entries: list[Entry], crops: Crops, cache: Path, space: TeacherSpace | None
) -> tuple[np.ndarray, TeacherSpace]:
    """Table [teacher]: `dims` of a target, `speaker_share` of it that is the speaker's mean."""
    settings = recipe["teacher"]
    clips_of = list(clips_by_speaker(entries).values())
    raw = load_raw(cache, entries, crops.speeds)
    space = space or teacher_space.fit(raw[0], clips_of, settings.get("dims", 192))
    return teacher_space.towards_speakers(space(raw), clips_of, settings.get("speaker_share", 0.5)), space


def start_at_teacher(model: Model, batches: Batches) -> None:
    """Classes start where the teacher places their speakers, so that all losses pull the same way."""
    if batches.targets is None:
        return
    centres = torch.from_numpy(teacher_space.class_centres(batches.targets, list(batches.clips_of.values())))
    for loss in model.losses.values():
        if getattr(loss, "centres", None) is not None and loss.centres.shape == centres.shape:
            loss.centres.data.copy_(centres)
