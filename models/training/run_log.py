"""Logs a run's progress: a progress bar, lines in log.txt and TensorBoard files."""

import time
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

FIELDS = ("loss", "accuracy")


class RunLog:
    """The log of a run. Only the first process of a distributed run has one.

    folder  runs/<recipe>
    first   number of steps done before, when resuming
    steps   of the whole run
    crops   per step, over all processes
    """

    def __init__(self, folder: Path, first: int, steps: int, epoch_steps: int, crops: int, every: int):
        self.file = folder / "log.txt"
        self.steps, self.epoch_steps, self.crops, self.every = steps, epoch_steps, crops, every
        self.board = SummaryWriter(folder / "tensorboard", purge_step=first)
        self.bar = tqdm(total=steps, initial=first, unit="batch", dynamic_ncols=True, mininterval=1)
        self.since, self.rows = time.monotonic(), []

    def step(self, step: int, values: dict[str, float], rate: float, margin: float) -> None:
        """Logs a step.

        `step` is the number of batches done, `values` the losses and accuracy of the last one.
        """
        self.rows.append(values)
        self.bar.update()
        if step % self.every and step % self.epoch_steps:
            return
        seconds = (time.monotonic() - self.since) / len(self.rows)
        means = {name: sum(row[name] for row in self.rows) / len(self.rows) for name in values}
        speed, left = self.crops / seconds, (self.steps - step) * seconds
        epoch, batch = (step - 1) // self.epoch_steps + 1, (step - 1) % self.epoch_steps + 1
        losses = " ".join(f"{name} {value:.4f}" for name, value in means.items())
        self.write(
            f"epoch {epoch} batch {batch}/{self.epoch_steps} {losses} lr {rate:.2e} margin {margin:.2f} "
            f"{speed:.0f} crops/s ETA {int(left // 3600)}:{int(left % 3600 // 60):02}:{int(left % 60):02}"
        )
        self.bar.set_postfix({"epoch": epoch} | {name: f"{value:.3f}" for name, value in means.items()})
        for name, value in (means | {"lr": rate, "margin": margin, "crops per second": speed}).items():
            self.board.add_scalar(name, value, step)
        self.since, self.rows = time.monotonic(), []

    def rates(self, title: str, epoch: int, step: int, rates: dict[str, float]) -> None:
        """Writes what was measured after an epoch, by name; `title` is "EER" or "held out"."""
        self.write(f"epoch {epoch} {title} " + " ".join(f"{name} {rate:.4f}" for name, rate in rates.items()))
        for name, rate in rates.items():
            self.board.add_scalar(f"{title}/{name}", rate, step)
        self.board.flush()
        self.since, self.rows = time.monotonic(), []

    def write(self, text: str) -> None:
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}"
        tqdm.write(line)
        with self.file.open("a") as file:
            file.write(line + "\n")

    def close(self) -> None:
        self.bar.close()
        self.board.close()
