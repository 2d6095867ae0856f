"""Adds a last linear layer that reduces variation within speakers, by WCCN of the embeddings.

    python -m models.training.whiten --checkpoint runs/RECIPE/best.pt --list LIST --root DIR
        --out runs/RECIPE/white.pt

Hatch et al. 2006, doi:10.21437/Interspeech.2006-183. The matrix is fitted on training speakers with
several clips, never on dev. Cosine ignores an embedding's length, so the matrix applies to
embeddings of any length and can follow the network directly.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import checkpoint
from .audio import SAMPLE_RATE_HZ, Audio, load_list
from .batches import clips_by_speaker
from .config import RecipeError
from .features import log_mel, mean_normalize
from .parts import build_backbone
from .training_list import Entry, ListError, is_guess, read_list
from .wccn import MIN_CLIPS, unit, whitening, within_speakers

MAX_SECONDS = 6
CLIPS_PER_SPEAKER = 20


def embed_groups(
    net: torch.nn.Module, audio: Audio, groups: list[list[int]], as_unit: bool = True
) -> list[np.ndarray]:
    """Returns [clips, D] for each group, from the first seconds of each clip."""
    longest = MAX_SECONDS * SAMPLE_RATE_HZ

    def embed(i: int) -> np.ndarray:
        samples = audio.clip(i)[:longest].astype(np.float32) / 32768
        return net(torch.from_numpy(mean_normalize(log_mel(samples))[None]))[0].numpy()

    with torch.inference_mode():
        found = (np.array([embed(i) for i in own]) for own in tqdm(groups, "embedding", leave=False))
        return [unit(one) if as_unit else one for one in found]


def labeled_groups(entries: list[Entry], without: list[str]) -> list[list[int]]:
    """Returns the first clips of every labeled speaker with several clips, as indices of entries.

    without  first folders (corpora) to leave out
    """
    return [
        own[:CLIPS_PER_SPEAKER]
        for label, own in clips_by_speaker(entries).items()
        if not is_guess(label) and len(own) >= MIN_CLIPS
        if entries[own[0]].path.split("/")[0] not in without
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--checkpoint", "--list", "--root", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--ridge", type=float, default=0.1)
    parser.add_argument(
        "--without",
        nargs="*",
        default=[],
        help="first folders (corpora) to leave out because their labels are unreliable",
    )
    args = parser.parse_args()
    try:
        state = checkpoint.load(args.checkpoint)
        net = build_backbone(state["recipe"])
        checkpoint.load_weights(net, state["backbone"], args.checkpoint, "backbone")
        entries = read_list(args.list)
        audio = load_list(args.list, entries, args.root, args.cache)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None
    groups = labeled_groups(entries, args.without)
    if not groups:
        raise SystemExit(
            f"{args.list}: no speaker has {MIN_CLIPS} clips, so there is no variation to learn from"
        )
    torch.set_num_threads(1)
    within = within_speakers(embed_groups(net.eval(), audio, groups))
    checkpoint.save(args.out, state | {"whitening": torch.from_numpy(whitening(within, args.ridge)).float()})
    print(f"{len(groups)} speakers, {sum(map(len, groups))} clips -> {args.out}")


if __name__ == "__main__":
    main()
