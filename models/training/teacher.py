"""Computes the teacher's embeddings of the clips that a recipe trains and measures on, once.

    python -m models.training.teacher --config RECIPE --speech DIR --peers DIR [--variants FILE]

Each `[[teacher.encoders]]` table of the recipe names a published encoder: an ONNX file in the peers
folder and the front end that computes its input. Clips are embedded clean and whole, with every
voice change of the recipe, because a changed voice is another voice. Encoders are never shipped,
and no network starts from their weights.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from . import config
from .audio import SAMPLE_RATE_HZ, Audio, load_list
from .batches import Crops
from .config import RecipeError, load_recipe
from .encoders import Encoder, cache_file, embed, encoders_of, open_session
from .training_list import Entry, ListError, read_list
from .variants import variants_of
from .voice_change import VoiceChange

MAX_SECONDS = 30  # bounds memory; no clip of the project's corpora is longer
CHUNK = 32  # clips per job of a worker process


_opened: dict[str, Audio | Encoder | Path] = {}  # per worker process, so that jobs don't carry the audio


def _open(
    file: Path, entries: list[Entry], root: Path, cache: Path, recipe: dict, index: int, peers: Path
) -> None:
    encoder = encoders_of(recipe)[index]
    _opened.update(audio=load_list(file, entries, root, cache), encoder=encoder, path=peers / encoder.file)


def _embed_range(job: tuple[VoiceChange, int]) -> np.ndarray:
    voice, start = job
    audio, rows = _opened["audio"], []
    for i in range(start, min(start + CHUNK, len(audio))):
        samples = audio.clip(i)[: MAX_SECONDS * SAMPLE_RATE_HZ].astype(np.float32) / 32768
        rows.append(embed(open_session(_opened["path"]), _opened["encoder"], voice(samples)))
    return np.array(rows, dtype=np.float32)


def embed_list(
    recipe: dict, file: Path, root: Path, voices: list[VoiceChange], args: argparse.Namespace
) -> None:
    """Writes the cache files of a list that don't exist yet."""
    entries = read_list(file)
    load_list(file, entries, root, args.cache, args.processes)
    starts = range(0, len(entries), CHUNK)
    for index, encoder in enumerate(encoders_of(recipe)):
        if not (args.peers / encoder.file).is_file():
            raise RecipeError(
                f"{recipe['file']}: [[teacher.encoders]] no file {encoder.file} in {args.peers}"
            )
        given = (file, entries, root, args.cache, recipe, index, args.peers)
        for voice in voices:
            target = cache_file(args.cache, entries, voice, encoder)
            if not target.exists():
                with ProcessPoolExecutor(args.processes, initializer=_open, initargs=given) as pool:
                    rows = pool.map(_embed_range, [(voice, start) for start in starts])
                    found = list(tqdm(rows, f"{encoder.file} as voice {voice}", len(starts), mininterval=5))
                np.save(target, np.concatenate(found))
            print(target, flush=True)


def embed_recipe(recipe: dict, args: argparse.Namespace) -> None:
    """Embeds the held-out list, then the training list with every voice change."""
    data, crops = config.table(recipe, "data"), Crops(**recipe.get("crops", {}))
    if "held_out" in recipe:
        held_out = recipe["held_out"]
        embed_list(
            recipe, Path(held_out["list"]), args.speech / held_out.get("root", ""), [VoiceChange()], args
        )
    embed_list(recipe, Path(data["list"]), args.speech / data.get("root", ""), crops.voices, args)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="the recipe")
    parser.add_argument(
        "--speech", type=Path, required=True, help="what the recipe's folders are relative to"
    )
    parser.add_argument("--peers", type=Path, required=True, help="the folder with the encoders")
    parser.add_argument("--variants", type=Path, help="embed what every variant in this file needs")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    try:
        recipe = load_recipe(args.config)
        for one in variants_of(recipe, args.variants).values() if args.variants else [recipe]:
            embed_recipe(one, args)
    except (RecipeError, ListError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
