"""Runs the same command in one process, or in many under torchrun."""

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist


@dataclass(frozen=True)
class Process:
    """This process among those of the run."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0


def join(device: str) -> Process:
    """Joins torchrun's group, if any. `device`: "cpu", "cuda" or "auto" (a GPU if present)."""
    kind = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    local = int(os.environ.get("LOCAL_RANK", 0))
    if kind == "cuda":
        torch.cuda.set_device(local)
    where = torch.device(kind, local) if kind == "cuda" else torch.device(kind)
    if "WORLD_SIZE" not in os.environ:
        return Process(0, 1, where)
    dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    return Process(dist.get_rank(), dist.get_world_size(), where)


def leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def barrier() -> None:
    if dist.is_initialized():
        dist.barrier()
