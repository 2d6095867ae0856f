"""One process or many: the same command, alone or under torchrun."""

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist


@dataclass(frozen=True)
class Place:
    """Where this process stands."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0


def enter(device: str) -> Place:
    """`device`: "auto" (a GPU where there is one), "cpu" or "cuda". Joins the group that torchrun has made."""
    kind = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    local = int(os.environ.get("LOCAL_RANK", 0))
    if kind == "cuda":
        torch.cuda.set_device(local)
    where = torch.device(kind, local) if kind == "cuda" else torch.device(kind)
    if "WORLD_SIZE" not in os.environ:
        return Place(0, 1, where)
    dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    return Place(dist.get_rank(), dist.get_world_size(), where)


def leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def wait() -> None:
    if dist.is_initialized():
        dist.barrier()
