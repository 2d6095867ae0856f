"""The client of a Voiceroll speaker registry: enroll, verify and identify voices."""

from . import models_generated as models
from ._async_client import AsyncVoiceroll
from ._audio import Recording
from ._client import Voiceroll
from ._problem import FieldError, ProblemError
from ._retries import Retries

__all__ = [
    "AsyncVoiceroll",
    "FieldError",
    "ProblemError",
    "Recording",
    "Retries",
    "Voiceroll",
    "models",
]
