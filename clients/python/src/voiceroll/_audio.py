"""Recordings, as the API takes them."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Union, cast

from . import models_generated as models

Recording = Union[bytes, str, "os.PathLike[str]", models.Audio]
"""A file's path or bytes, or one that the server has: {"upload": ...} or {"clip": ..., "speaker": ...}."""

Voice = Union[Recording, models.Probe, models.Embedding]
"""A recording, or what `embed` returned for it."""

MAX_INLINE_BYTES = 3 * 1024 * 1024
"""Base64 of this many bytes fits into a request body. Larger recordings are uploaded."""


def bytes_of(recording: bytes | str | os.PathLike[str]) -> bytes:
    """The bytes of a file, whose path `recording` may be."""
    return recording if isinstance(recording, bytes) else Path(recording).read_bytes()



def read_all(recordings: Sequence[Recording]) -> tuple[list[bytes | models.Audio], bool]:
    """Reads files. The second value says whether they are too large for one body together."""
    given = [one if isinstance(one, dict) else bytes_of(one) for one in recordings]
    return given, sum(len(one) for one in given if isinstance(one, bytes)) > MAX_INLINE_BYTES


def probe_of(voice: Voice) -> models.Probe | None:
    """The embedding, if it is one. The reply of `embed` can be sent as it is."""
    return cast(models.Probe, voice) if isinstance(voice, dict) and "embedding" in voice else None


def inline(content: bytes | models.Audio) -> models.Audio:
    """The bytes of a recording in a JSON body."""
    if not isinstance(content, bytes):
        return content
    return {"base64": base64.b64encode(content).decode("ascii")}


def announcement(content: bytes, media_type: str) -> models.OpenUploadRequest:
    """What `POST /uploads` must know of a file."""
    sha256 = hashlib.sha256(content).hexdigest()
    return {"mediaType": media_type, "bytes": len(content), "sha256": sha256}


def listed(recordings: Recording | Sequence[Recording]) -> Sequence[Recording]:
    """One recording becomes a list of one."""
    if isinstance(recordings, dict) or isinstance(recordings, (bytes, str, os.PathLike)):
        return [recordings]
    return recordings
