"""The training loop. Each epoch writes a checkpoint and measures error rates."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from . import checkpoint, config, processes
from .config import RecipeError
from .held_out import HeldOut
from .parts import build_batches, build_model, start_at_teacher
from .run_log import RunLog
from .trials import Trials

PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class Trainer:
    """The recipe's table [trainer].

    Batches, learning rate and margin depend on the step alone, so that a resumed run gives the same
    weights as one that was not interrupted.
    """

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
            raise RecipeError(
                f"{recipe['file']}: [trainer] precision {precision}: one of {', '.join(PRECISIONS)}"
            )
        torch.set_num_threads(threads)
        torch.manual_seed(recipe.get("seed", 0))
        self.process = processes.join(device)
        self.recipe, self.speech, self.cache, self.batch = recipe, speech, cache, batch
        self.folder = runs / recipe["name"]
        self.epochs, self.epoch_steps = epochs, crops_per_epoch // (batch * self.process.world)
        if self.epoch_steps < 1:
            raise RecipeError(f"{recipe['file']}: [trainer] crops_per_epoch is smaller than one batch")
        self.steps = epochs * self.epoch_steps
        self.max_grad_norm, self.freeze_epochs = max_grad_norm, freeze_epochs
        self.workers, self.log_every = workers, log_every
        self.dtype = PRECISIONS[precision]
        self.scaler = torch.amp.GradScaler(self.process.device.type, enabled=precision == "fp16")

    def run(self, resume: Path | None = None, init: Path | None = None, with_losses: bool = False) -> None:
        """Continues from `resume`, or starts from the backbone (and losses) of `init`."""
        found = checkpoint.load(resume or init) if resume or init else {}
        self.batches, self.space = build_batches(
            self.recipe, self.speech, self.cache, self.batch, found.get("teacher_space")
        )
        dims = 0 if self.batches.targets is None else self.batches.targets.shape[2]
        self.model = build_model(self.recipe, self.batches.classes, dims).to(self.process.device)
        rate = bound_rate(self.recipe)
        margin = config.bind(self.recipe, "margin", "done") if "margin" in self.recipe else lambda done: 0.0
        groups = [{"params": list(part.parameters())} for part in (self.model.backbone, self.model.losses)]
        self.optimizer = config.build(self.recipe, "optimizer", params=groups)
        self.best, first = float("inf"), 0
        self.cpu_seconds = found.get("cpu_seconds", 0.0) if resume else 0.0
        self.crops_before = found.get("crops_before" if resume else "crops", 0)
        if found:
            checkpoint.load_weights(self.model.backbone, found["backbone"], resume or init, "backbone")
        if found and (resume or with_losses):
            checkpoint.load_weights(self.model.losses, found["losses"], resume or init, "classifier")
        else:
            start_at_teacher(self.model, self.batches)
        if resume:
            self.optimizer.load_state_dict(found["optimizer"])
            self.scaler.load_state_dict(found["scaler"])
            self.best, first = found["best"], found["epoch"]
            if self.process.first:
                checkpoint.restore(resume, self.folder, found)
        self._go(first, rate, margin)

    def _go(self, first: int, rate, margin) -> None:
        trials = held_out = None
        if self.process.first:
            trials = Trials.of(self.recipe, self.speech, self.cache)
            held_out = HeldOut.of(self.recipe, self.speech, self.cache, self.batches.augmentation)
            self.folder.mkdir(parents=True, exist_ok=True)
            crops = self.batch * self.process.world
            self.log = RunLog(
                self.folder, first * self.epoch_steps, self.steps, self.epoch_steps, crops, self.log_every
            )
            self.log.write(self.described(first))
        for epoch in range(first, self.epochs):
            loss = self._epoch(epoch, rate, margin)
            if self.process.first:
                self._keep(epoch + 1, loss, trials, held_out)
            processes.barrier()
        if self.process.first:
            self.log.close()
        processes.leave()

    def described(self, first: int) -> str:
        backbone = sum(p.numel() for p in self.model.backbone.parameters())
        return (
            f"{self.recipe['name']}: {backbone} parameters, {len(self.batches.speakers)} speakers, "
            f"{len(self.batches.audio)} clips, {self.batches.audio.hours():.1f} h, "
            f"{self.batches.classes} classes, {self.epochs} epochs of {self.epoch_steps} batches from "
            f"epoch {first + 1}, {self.process.world} x {self.process.device}"
        )

    def _epoch(self, epoch: int, rate, margin) -> float:
        """Trains one epoch. Returns the mean weighted loss."""
        since = time.process_time()
        frozen = epoch < self.freeze_epochs
        self.model.train()
        # A frozen backbone must keep its batch statistics too.
        self.model.backbone.train(not frozen).requires_grad_(not frozen)
        many = self.process.world > 1
        model = DistributedDataParallel(self.model) if many else self.model
        start = epoch * self.epoch_steps
        indices = range(
            start * self.process.world + self.process.rank,
            (start + self.epoch_steps) * self.process.world,
            self.process.world,
        )
        workers = {"num_workers": self.workers} | ({"prefetch_factor": 8} if self.workers else {})
        total = 0.0
        for step, batch in enumerate(
            DataLoader(self.batches, batch_size=None, sampler=indices, **workers), start
        ):
            done = step / self.steps
            for group in self.optimizer.param_groups:
                group["lr"] = rate(done)
            loss, values = self._step(model, batch, margin(done))
            total += loss
            if self.process.first:
                self.log.step(step + 1, values, rate(done), margin(done))
        self.cpu_seconds += time.process_time() - since
        return total / self.epoch_steps

    def _step(self, model: nn.Module, batch, margin: float) -> tuple[float, dict[str, float]]:
        features, labels, targets = (torch.as_tensor(part).to(self.process.device) for part in batch)
        with self._precision():
            loss, values = model(features, labels, targets, margin)
        if not torch.isfinite(loss):
            raise RuntimeError(
                "The loss is not finite. Lower lr or max_grad_norm, then --resume from the last epoch."
            )
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.max_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.item(), {name: value.item() for name, value in values.items()}

    def _keep(self, epoch: int, loss: float, trials: Trials | None, held_out: HeldOut | None) -> None:
        """Measures, then writes last.pt and epoch-NNN.pt, and best.pt if the mean dev EER fell.

        Without trial lists, best.pt has the lowest loss.
        """
        rates = self._measure(trials.rates) if trials else {}
        others = self._measure(partial(held_out.measure, space=self.space)) if held_out else {}
        for title, found in (("EER", rates), ("held out", others)):
            if found:
                self.log.rates(title, epoch, epoch * self.epoch_steps, found)
        mark = sum(rates.values()) / len(rates) if rates else loss
        better = mark < self.best
        self.best = min(mark, self.best)
        checkpoint.save_epoch(
            self.folder,
            {
                "backbone": self.model.backbone.state_dict(),
                "losses": self.model.losses.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
                "teacher_space": self.space,
                "speakers": self.batches.speakers,
                "guesses": self.batches.guesses,
                "crops": self.crops_before + epoch * self.epoch_steps * self.batch * self.process.world,
                "crops_before": self.crops_before,
                "recipe": self.recipe,
                "epoch": epoch,
                "cpu_seconds": self.cpu_seconds,  # of this process, without measuring
                "rates": rates,
                "held_out": others,
                "best": self.best,
                "is_best": better,
            },
        )
        if better:
            self.log.write(f"epoch {epoch} is the best so far")

    def _precision(self):
        return torch.autocast(self.process.device.type, self.dtype) if self.dtype else nullcontext()

    def _measure(self, measure: Callable) -> dict[str, float]:
        net, device = self.model.backbone.eval(), self.process.device
        with torch.inference_mode(), self._precision():
            return measure(lambda features: net(torch.from_numpy(features).to(device)).float().cpu().numpy())


def bound_rate(recipe: dict):
    """Returns the learning rate as a function of `done` in [0, 1]: [schedule] with the optimizer's
    lr as its peak.
    """
    peak = config.table(recipe, "optimizer").get("lr")
    if peak is None:
        raise RecipeError(f"{recipe['file']}: [optimizer] needs lr")
    return config.bind(recipe, "schedule", "done", peak=peak)
