"""The loop: batches in, a checkpoint and dev error rates out, every epoch."""

from contextlib import nullcontext
from pathlib import Path

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from . import checkpoint, config, processes
from .config import RecipeError
from .parts import build_batches, build_model, start_at_teacher
from .run_log import RunLog
from .trials import Trials

PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class Trainer:
    """The recipe's table [trainer]. Batch, learning rate and margin depend on the step alone: a resumed run goes on
    as if it had not stopped."""

    def __init__(
        self,
        recipe: dict,
        speech: Path,
        runs: Path,
        cache: Path,
        epochs: int,
        crops_per_epoch: int,
        batch: int = 128,  # per process
        max_grad_norm: float = 5.0,
        precision: str = "bf16",
        freeze_epochs: int = 0,
        device: str = "auto",
        workers: int = 1,
        threads: int = 1,
        log_every: int = 20,
    ):
        if precision not in PRECISIONS:
            raise RecipeError(f"{recipe['file']}: [trainer] precision {precision}: one of {', '.join(PRECISIONS)}")
        torch.set_num_threads(threads)
        torch.manual_seed(recipe.get("seed", 0))
        self.place = processes.enter(device)
        self.recipe, self.speech, self.cache, self.batch = recipe, speech, cache, batch
        self.folder = runs / recipe["name"]
        self.epochs, self.epoch_steps = epochs, crops_per_epoch // (batch * self.place.world)
        if self.epoch_steps < 1:
            raise RecipeError(f"{recipe['file']}: [trainer] crops_per_epoch is less than one batch")
        self.steps = epochs * self.epoch_steps
        self.max_grad_norm, self.freeze_epochs = max_grad_norm, freeze_epochs
        self.workers, self.log_every = workers, log_every
        self.dtype = PRECISIONS[precision]
        self.scaler = torch.amp.GradScaler(self.place.device.type, enabled=precision == "fp16")

    def run(self, resume: Path | None = None, init: Path | None = None, with_losses: bool = False) -> None:
        """`resume`: go on from this checkpoint. `init`: start from its backbone (and its losses)."""
        found = checkpoint.load(resume or init) if resume or init else {}
        self.batches, self.space = build_batches(
            self.recipe, self.speech, self.cache, self.batch, found.get("teacher_space")
        )
        dims = 0 if self.batches.targets is None else self.batches.targets.shape[2]
        self.model = build_model(self.recipe, self.batches.classes, dims).to(self.place.device)
        rate = bound_rate(self.recipe)
        margin = config.bind(self.recipe, "margin", "done") if "margin" in self.recipe else lambda done: 0.0
        self.optimiser = config.build(self.recipe, "optimiser", params=self.model.parameters())
        self.best, first = float("inf"), 0
        self.crops_before = found.get("crops_before" if resume else "crops", 0)
        if found:
            checkpoint.load_weights(self.model.backbone, found["backbone"], resume or init, "backbone")
        if found and (resume or with_losses):
            checkpoint.load_weights(self.model.losses, found["losses"], resume or init, "classifier")
        else:
            start_at_teacher(self.model, self.batches)
        if resume:
            self.optimiser.load_state_dict(found["optimiser"])
            self.scaler.load_state_dict(found["scaler"])
            self.best, first = found["best"], found["epoch"]
            if self.place.first:
                checkpoint.take_up(resume, self.folder, found)
        self._go(first, rate, margin)

    def _go(self, first: int, rate, margin) -> None:
        trials = Trials.of(self.recipe, self.speech, self.cache) if self.place.first else None
        if self.place.first:
            self.folder.mkdir(parents=True, exist_ok=True)
            crops = self.batch * self.place.world
            self.log = RunLog(
                self.folder, first * self.epoch_steps, self.steps, self.epoch_steps, crops, self.log_every
            )
            self.log.write(self.described(first))
        for epoch in range(first, self.epochs):
            loss = self._epoch(epoch, rate, margin)
            if self.place.first:
                self._keep(epoch + 1, loss, trials)
            processes.wait()
        if self.place.first:
            self.log.close()
        processes.leave()

    def described(self, first: int) -> str:
        backbone = sum(p.numel() for p in self.model.backbone.parameters())
        return (
            f"{self.recipe['name']}: {backbone} parameters, {len(self.batches.speakers)} speakers, "
            f"{len(self.batches.audio)} clips, {self.batches.audio.hours():.1f} h, {self.batches.classes} classes, "
            f"{self.epochs} epochs of {self.epoch_steps} batches from epoch {first + 1}, {self.place.world} x "
            f"{self.place.device}"
        )

    def _epoch(self, epoch: int, rate, margin) -> float:
        """-> mean weighted loss"""
        frozen = epoch < self.freeze_epochs
        self.model.train()
        # A frozen backbone must not move its batch statistics either.
        self.model.backbone.train(not frozen).requires_grad_(not frozen)
        many = self.place.world > 1
        model = DistributedDataParallel(self.model) if many else self.model
        start = epoch * self.epoch_steps
        indices = range(
            start * self.place.world + self.place.rank,
            (start + self.epoch_steps) * self.place.world,
            self.place.world,
        )
        workers = {"num_workers": self.workers} | ({"prefetch_factor": 8} if self.workers else {})
        total = 0.0
        for step, batch in enumerate(DataLoader(self.batches, batch_size=None, sampler=indices, **workers), start):
            done = step / self.steps
            for group in self.optimiser.param_groups:
                group["lr"] = rate(done)
            loss, values = self._step(model, batch, margin(done))
            total += loss
            if self.place.first:
                self.log.step(step + 1, values, rate(done), margin(done))
        return total / self.epoch_steps

    def _step(self, model: nn.Module, batch, margin: float) -> tuple[float, dict[str, float]]:
        features, labels, targets = (torch.as_tensor(part).to(self.place.device) for part in batch)
        with self._precision():
            loss, values = model(features, labels, targets, margin)
        if not torch.isfinite(loss):
            raise RuntimeError("the loss is no longer a number: lower lr or max_grad_norm, and --resume the last epoch")
        self.optimiser.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.max_grad_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return loss.item(), {name: value.item() for name, value in values.items()}

    def _keep(self, epoch: int, loss: float, trials: Trials | None) -> None:
        """Writes last.pt and epoch-NNN.pt; best.pt where the mean dev EER (or, without lists, the loss) fell."""
        rates = self._measure(trials) if trials else {}
        if rates:
            self.log.rates(epoch, epoch * self.epoch_steps, rates)
        mark = sum(rates.values()) / len(rates) if rates else loss
        better = mark < self.best
        self.best = min(mark, self.best)
        checkpoint.keep(
            self.folder,
            {
                "backbone": self.model.backbone.state_dict(),
                "losses": self.model.losses.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "scaler": self.scaler.state_dict(),
                "teacher_space": self.space,
                "speakers": self.batches.speakers,
                "crops": self.crops_before + epoch * self.epoch_steps * self.batch * self.place.world,
                "crops_before": self.crops_before,
                "recipe": self.recipe,
                "epoch": epoch,
                "rates": rates,
                "best": self.best,
                "is_best": better,
            },
        )
        if better:
            self.log.write(f"epoch {epoch} is the best so far")

    def _precision(self):
        return torch.autocast(self.place.device.type, self.dtype) if self.dtype else nullcontext()

    def _measure(self, trials: Trials) -> dict[str, float]:
        net, device = self.model.backbone.eval(), self.place.device
        with torch.inference_mode(), self._precision():
            return trials.rates(lambda features: net(torch.from_numpy(features).to(device)).float().cpu().numpy())


def bound_rate(recipe: dict):
    """[schedule] with the optimiser's lr as its peak -> learning rate as a function of `done` in [0, 1]."""
    peak = config.table(recipe, "optimiser").get("lr")
    if peak is None:
        raise RecipeError(f"{recipe['file']}: [optimiser] needs lr")
    return config.bind(recipe, "schedule", "done", peak=peak)
