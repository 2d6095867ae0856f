"""Trains the speaker network of a recipe.

    python -m models.training.train --config models/training/ecapa-c192.toml --speech DIR --cache DIR
        --run DIR

`--resume` goes on from the run folder's checkpoint. Batches, learning rate and margin depend on the step
alone, so a resumed run sees the data that an unbroken one would have seen. One process computes, one prepares
batches.
"""

import argparse
import os
import time
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from .batches import Batches
from .config import load_config
from .ecapa import Ecapa, parameters
from .loss import AamSoftmax, Distillation
from .schedule import learning_rate, margin
from .trials import Trials

TRIAL_SECONDS = 6  # of each dev clip, while training


def build(config: dict, classes: int) -> nn.ModuleDict:
    embedding = config["net"]["embedding"]
    return nn.ModuleDict(
        {
            "net": Ecapa(**config["net"]),
            "speakers": AamSoftmax(embedding, classes, config["loss"]["scale"]),
            "teacher": Distillation(),
        }
    )


def save(path: Path, **state) -> None:
    """Never leaves a half-written checkpoint."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def measure(net: nn.Module, trials: Trials) -> str:
    net.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        rates = trials.rates(lambda features: net(torch.from_numpy(features)).float().numpy())
    net.train()
    return "dev EER " + " ".join(f"{name} {rate:.4f}" for name, rate in rates.items())


def train(config: dict, speech_dir: Path, cache_dir: Path, run_dir: Path, resume: bool) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(config["seed"])
    data, loss_config, run = config["data"], config["loss"], config["run"]
    steps = data["crops"] // data["batch"]
    batches = Batches(config, speech_dir, cache_dir, steps)
    model = build(config, batches.classes)
    # The classes start where the teachers place their speakers, so that both losses pull the same way.
    model["speakers"].centres.data.copy_(torch.from_numpy(batches.centres()))
    rate, decay = config["optimiser"]["learning_rate"], config["optimiser"]["weight_decay"]
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    first, checkpoint = 0, run_dir / "checkpoint.pt"
    if resume:
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    run_dir.mkdir(parents=True, exist_ok=True)
    trials = Trials(speech_dir, cache_dir, TRIAL_SECONDS)
    log = Log(run_dir / "log.txt", first, steps, data["batch"])
    log.write(
        f"{config['name']}: {parameters(model['net'])} parameters, {len(batches.speakers)} speakers, "
        f"{len(batches.trained_clips)} clips, {batches.classes} classes, {steps} steps from {first}"
    )
    loader = DataLoader(
        batches, batch_size=None, sampler=range(first, steps), num_workers=1, prefetch_factor=8
    )
    for step, (features, labels, targets) in enumerate(loader, start=first):
        done = step / steps
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(done, rate, config["optimiser"]["warm_up"])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            embeddings = model["net"](features)
        embeddings = embeddings.float()
        widened = margin(done, loss_config["margin"], loss_config["margin_from"], loss_config["margin_full"])
        speaker_loss, accuracy = model["speakers"](embeddings, labels, widened)
        teacher_loss = model["teacher"](embeddings, targets)
        loss = speaker_loss + loss_config["teacher_weight"] * teacher_loss
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config["optimiser"]["max_grad_norm"])
        optimiser.step()
        log.add(step + 1, speaker_loss.item(), teacher_loss.item(), accuracy.item())
        if (step + 1) % run["log_every"] == 0:
            log.flush(group["lr"], widened)
        if (step + 1) % run["save_every"] == 0 or step + 1 == steps:
            save(
                checkpoint,
                model=model.state_dict(),
                optimiser=optimiser.state_dict(),
                step=step + 1,
                config=config,
            )
        if (step + 1) % run["trials_every"] == 0 or step + 1 == steps:
            log.write(measure(model["net"], trials))


class Log:
    """Means since the last line, with speed and time left, to a file and to the terminal."""

    def __init__(self, path: Path, first: int, steps: int, batch: int):
        self.path, self.steps, self.batch = path, steps, batch
        self.step, self.since, self.rows = first, time.monotonic(), []

    def add(self, step: int, *values: float) -> None:
        self.step = step
        self.rows.append(values)

    def flush(self, rate: float, widened: float) -> None:
        seconds_per_step = (time.monotonic() - self.since) / len(self.rows)
        speaker, teacher, accuracy = (sum(column) / len(self.rows) for column in zip(*self.rows))
        left = (self.steps - self.step) * seconds_per_step / 60
        self.write(
            f"step {self.step}/{self.steps} {self.step / self.steps:.1%} loss {speaker:.3f} "
            f"teacher {teacher:.4f} accuracy {accuracy:.3f} lr {rate:.2e} margin {widened:.2f} "
            f"{self.batch / seconds_per_step:.0f} crops/s {left:.0f} min left"
        )
        self.since, self.rows = time.monotonic(), []

    def write(self, text: str) -> None:
        line = f"{time.strftime('%H:%M:%S')} {text}"
        print(line, flush=True)
        with self.path.open("a") as file:
            file.write(line + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--config", "--speech", "--cache", "--run"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    train(load_config(args.config), args.speech, args.cache, args.run, args.resume)


if __name__ == "__main__":
    main()
