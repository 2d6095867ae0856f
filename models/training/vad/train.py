"""Trains the voice activity network further and writes its checkpoint.

python -m models.training.vad.train --speech DIR --cache DIR --silero FILE
    --init models/vad/vad.onnx --run DIR
"""

import argparse
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ..schedules import warm_up_cosine
from .data import TrainingData
from .labels import UNSURE
from .net import VoiceActivity, load_onnx

SEED = 20261130
BATCH_SECONDS = 60
PEAK_RATE = 1e-3
SAVE_EVERY = 20
AHEAD = 4  # batches that are drawn before they are needed


def train(data_of: tuple[Path, Path, Path], init: Path, run_dir: Path, steps: int) -> None:
    """data_of: the arguments of TrainingData, which is opened in a process of its own."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    net = VoiceActivity().eval()  # load_onnx needs fixed statistics
    load_onnx(net, init)
    optimizer = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    run_dir.mkdir(parents=True, exist_ok=True)
    losses: list[float] = []
    for step, (features, labels) in enumerate(batches(data_of, steps)):
        for group in optimizer.param_groups:
            group["lr"] = warm_up_cosine(step / steps, PEAK_RATE, 0.05)
        loss = loss_of(*net.logits(features), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 10 == 0:
            print(
                f"{time.strftime('%H:%M:%S')} step {step + 1}/{steps} loss {np.mean(losses[-50:]):.4f}",
                flush=True,
            )
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            torch.save(net.state_dict(), run_dir / "vad.pt")


def loss_of(logits: Tensor, audible: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy over the audible frames whose label is sure."""
    sure = (labels != UNSURE) & (audible > 0)
    return binary_cross_entropy_with_logits(logits[sure], labels[sure].float())


def batches(data_of: tuple[Path, Path, Path], steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    with ProcessPoolExecutor(1, initializer=_open, initargs=data_of) as worker:
        ready = deque(worker.submit(_batch, step) for step in range(min(AHEAD, steps)))
        for step in range(steps):
            features, labels = ready.popleft().result()
            if step + AHEAD < steps:
                ready.append(worker.submit(_batch, step + AHEAD))
            yield torch.from_numpy(features), torch.from_numpy(labels)


def _open(speech_dir: Path, cache_dir: Path, silero: Path) -> None:
    global _data
    _data = TrainingData(speech_dir, cache_dir, silero)


def _batch(step: int) -> tuple[np.ndarray, np.ndarray]:
    return _data.batch(np.random.default_rng([SEED, step]), BATCH_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--speech", "--cache", "--silero", "--init", "--run"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    train((args.speech, args.cache, args.silero), args.init, args.run, args.steps)


if __name__ == "__main__":
    main()
