"""Sends requests for the generated operations."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from ._problem import ProblemError
from ._retries import Retries, key_request

Values = Mapping[str, "str | int | float | bool | None"]


def path_of(pattern: str, *values: str) -> str:
    """Puts values into the places of a path."""
    return pattern.format(*(quote(value, safe="") for value in values))


def _build(
    http: httpx.Client | httpx.AsyncClient,
    method: str,
    path: str,
    query: Values | None,
    headers: Values | None,
    body: Any,
) -> httpx.Request:
    request = http.build_request(
        method,
        path,
        params=_given(query),
        headers={name: str(value) for name, value in _given(headers).items()},
        json=body,
    )
    key_request(request)
    return request


def _given(values: Values | None) -> dict[str, Any]:
    return {name: value for name, value in (values or {}).items() if value is not None}


def _checked(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise ProblemError(response)
    return response


class Sender:
    """Sends requests one after the other."""

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        self._http = http
        self._retries = retries

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Values | None = None,
        headers: Values | None = None,
        body: Any = None,
    ) -> httpx.Response:
        request = _build(self._http, method, path, query, headers, body)
        for attempt in itertools.count(1):
            try:
                response = self._http.send(request)
            except httpx.TransportError:
                wait = self._retries.after_error(request, attempt)
                if wait is None:
                    raise
            else:
                wait = self._retries.after_reply(request, response, attempt)
                if wait is None:
                    return _checked(response)
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _json(self, method: str, path: str, **request: Any) -> Any:
        return self._send(method, path, **request).json()

    def _text(self, method: str, path: str, **request: Any) -> str:
        return self._send(method, path, **request).text

    def _bytes(self, method: str, path: str, **request: Any) -> bytes:
        return self._send(method, path, **request).content

    def _nothing(self, method: str, path: str, **request: Any) -> None:
        self._send(method, path, **request)


class AsyncSender:
    """Like `Sender`, with `await`."""

    def __init__(self, http: httpx.AsyncClient, retries: Retries) -> None:
        self._http = http
        self._retries = retries

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Values | None = None,
        headers: Values | None = None,
        body: Any = None,
    ) -> httpx.Response:
        request = _build(self._http, method, path, query, headers, body)
        for attempt in itertools.count(1):
            try:
                response = await self._http.send(request)
            except httpx.TransportError:
                wait = self._retries.after_error(request, attempt)
                if wait is None:
                    raise
            else:
                wait = self._retries.after_reply(request, response, attempt)
                if wait is None:
                    return _checked(response)
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def _json(self, method: str, path: str, **request: Any) -> Any:
        return (await self._send(method, path, **request)).json()

    async def _text(self, method: str, path: str, **request: Any) -> str:
        return (await self._send(method, path, **request)).text

    async def _bytes(self, method: str, path: str, **request: Any) -> bytes:
        return (await self._send(method, path, **request)).content

    async def _nothing(self, method: str, path: str, **request: Any) -> None:
        await self._send(method, path, **request)
