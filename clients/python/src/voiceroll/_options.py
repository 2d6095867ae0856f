"""The optional fields of requests, as keyword arguments."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from . import models_generated as models


class _Selection(TypedDict, total=False):
    channel: int
    segment: models.Segment
    firstSpeechSeconds: float


class EmbedOptions(_Selection, total=False):
    """The fields of an embedding request beside its recording."""


class SentVoice(TypedDict, total=False):
    """What a decision is made on: one of the two."""

    audio: models.Audio
    probe: models.Probe


class SentPair(TypedDict, total=False):
    """What a comparison is made on: one of the two on each side."""

    audioA: models.Audio
    audioB: models.Audio
    probeA: models.Probe
    probeB: models.Probe


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
    challenge: str
    transcript: str


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
