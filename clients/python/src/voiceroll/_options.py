"""The optional fields of requests, as keyword arguments."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from . import models_generated as models


class _Selection(TypedDict, total=False):
    channel: int
    segment: models.Segment
    firstSpeechSeconds: float


class EnrollOptions(_Selection, total=False):
    """The fields of an enrollment beside its recordings."""

    name: str
    metadata: dict[str, str]
    consent: str
    force: bool
    keepAudio: bool
    expiresAt: str


class _Decided(TypedDict, total=False):
    operatingPoint: models.OperatingPoint
    include: Literal["score"]


class VerifyOptions(_Selection, _Decided, total=False):
    """The fields of a verification beside its speaker and recording."""

    scoring: Literal["cosine", "z-norm", "s-norm", "as-norm"]
    watchlist: str


class IdentifyOptions(_Selection, _Decided, total=False):
    """The fields of an identification beside its recording."""

    limit: int
    group: str
    speakers: list[str]


class CompareOptions(_Selection, _Decided, total=False):
    """The fields of a comparison beside its recordings."""

    scoring: Literal["cosine", "z-norm", "s-norm", "as-norm"]
    channelA: int
    channelB: int
    segmentA: models.Segment
    segmentB: models.Segment
    firstSpeechSecondsA: float
    firstSpeechSecondsB: float
