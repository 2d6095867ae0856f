"""Trains the voice activity network and writes its checkpoint.

python -m models.training.vad.train --speech DIR --cache DIR --run DIR --steps 1500
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ..schedules import warm_up_cosine
from .data import TrainingData
from .net import VoiceActivity

SEED = 20261124
BATCH_SECONDS = 120
PEAK_RATE = 4e-3
SAVE_EVERY = 100


def train(speech_dir: Path, cache_dir: Path, run_dir: Path, steps: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    data, net = TrainingData(speech_dir, cache_dir), VoiceActivity()
    optimizer = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    run_dir.mkdir(parents=True, exist_ok=True)
    losses: list[float] = []
    for step in range(steps):
        features, labels = (
            torch.from_numpy(a) for a in data.batch(np.random.default_rng([SEED, step]), BATCH_SECONDS)
        )
        for group in optimizer.param_groups:
            group["lr"] = warm_up_cosine(step / steps, PEAK_RATE, 0.05)
        loss = binary_cross_entropy_with_logits(net.logits(features), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(
                f"{time.strftime('%H:%M:%S')} step {step + 1}/{steps} loss {np.mean(losses[-50:]):.4f}",
                flush=True,
            )
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            torch.save(net.state_dict(), run_dir / "vad.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--speech", "--cache", "--run"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args()
    train(args.speech, args.cache, args.run, args.steps)


if __name__ == "__main__":
    main()
