"""Which requests are repeated, and when."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

import httpx

from ._problem import retry_after_of

_FIRST_WAIT_SECONDS = 0.2
_READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Retries:
    """How requests that fail for the moment are repeated.

    attempts              how often a request is sent at most. 1: no retries
    longest_wait_seconds  a longer wait is left to the caller
    """

    attempts: int = 4
    longest_wait_seconds: float = 30

    def after_error(self, request: httpx.Request, attempt: int) -> float | None:
        """Seconds until the next attempt after a broken connection. None: there is none."""
        return _backoff(attempt) if attempt < self.attempts and _is_safe(request) else None

    def after_reply(self, request: httpx.Request, response: httpx.Response, attempt: int) -> float | None:
        """Seconds until the next attempt. None: the reply is final."""
        if attempt >= self.attempts:
            return None
        # A reply with Retry-After says that nothing was done.
        wait: float | None = retry_after_of(response)
        if wait is None and response.status_code in (502, 504) and _is_safe(request):
            wait = _backoff(attempt)
        return wait if wait is not None and wait <= self.longest_wait_seconds else None


def key_request(request: httpx.Request) -> None:
    """Gives a change an Idempotency-Key, so that its attempts do the work only once."""
    if request.method not in _READS:
        request.headers.setdefault("Idempotency-Key", str(uuid.uuid4()))


def _is_safe(request: httpx.Request) -> bool:
    """A key's token is shown once, so creating a key ignores an Idempotency-Key."""
    return not (request.method == "POST" and request.url.path.endswith("/keys"))


def _backoff(attempt: int) -> float:
    """Doubles with each attempt, with full jitter."""
    return random.random() * _FIRST_WAIT_SECONDS * 2.0**attempt
