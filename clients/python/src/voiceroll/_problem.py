"""Replies that aren't a success."""

from __future__ import annotations

from typing import Any, TypedDict

import httpx

_PREFIX = "urn:voiceroll:problem:"


class FieldError(TypedDict):
    """An invalid field of a request."""

    pointer: str
    detail: str


class ProblemError(Exception):
    """A reply that is an RFC 9457 problem. Its text says what to do about it.

    status               the HTTP status
    slug                 what went wrong, such as `speaker-not-found`. None for an error of HTTP itself
    request_id           the ID of the request, which the server's log has too
    errors               the invalid fields, with JSON pointers into the request
    retry_after_seconds  when the request may be repeated, if the server said so
    """

    def __init__(self, response: httpx.Response) -> None:
        problem = _json_of(response)
        super().__init__(problem.get("detail") or f"The server replied {response.status_code}.")
        kind = str(problem.get("type", ""))
        self.status: int = response.status_code
        self.slug: str | None = kind[len(_PREFIX) :] if kind.startswith(_PREFIX) else None
        self.title: str = problem.get("title") or response.reason_phrase
        self.request_id: str | None = problem.get("instance") or response.headers.get("x-request-id")
        self.errors: list[FieldError] = problem.get("errors", [])
        self.retry_after_seconds: int | None = retry_after_of(response)


def retry_after_of(response: httpx.Response) -> int | None:
    """The seconds in Retry-After. None without the header."""
    text = response.headers.get("retry-after", "")
    return int(text) if text.isdigit() else None


def _json_of(response: httpx.Response) -> dict[str, Any]:
    """The body may be something else, such as a proxy's page."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
