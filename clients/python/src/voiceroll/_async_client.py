"""The client with `await`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import cast

import httpx
from typing_extensions import Self, Unpack

from . import models_generated as models
from ._audio import Recording, Voice, announcement, bytes_of, inline, listed, probe_of, read_all
from ._client import POLL_SECONDS
from ._options import (
    CompareOptions,
    EmbedOptions,
    EnrollOptions,
    IdentifyOptions,
    SentPair,
    SentVoice,
    VerifyOptions,
)
from ._problem import ProblemError
from ._retries import Retries
from .operations_generated import AsyncOperations


class AsyncVoiceroll:
    """A registry, like `Voiceroll` with `await`. Methods raise `ProblemError` for a reply that isn't a success.

    url      where the server is, such as http://127.0.0.1:7999
    key      an API key (`vr_...`)
    timeout  seconds for one attempt
    """

    api: AsyncOperations
    """Every operation of the API, with the same retries and errors."""

    def __init__(
        self, url: str, key: str, *, retries: Retries = Retries(), timeout: float = 60
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout)
        self._timeout = timeout
        self.api = AsyncOperations(self._http, retries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def enroll(
        self,
        speaker: str,
        recordings: Recording | Sequence[Recording],
        **options: Unpack[EnrollOptions],
    ) -> models.Enrollment:
        """Adds one or more recordings to a speaker, and creates the speaker if needed."""
        return await self.api.enroll(speaker, {**options, "audio": await self._sources(listed(recordings))})

    async def verify(
        self, speaker: str, voice: Voice, **options: Unpack[VerifyOptions]
    ) -> models.Decision:
        """Decides whether a recording, or the result of `embed`, is the voice of a speaker."""
        return await self.api.verify({**options, "speaker": speaker, **await self._sent(voice)})

    async def identify(
        self, voice: Voice, **options: Unpack[IdentifyOptions]
    ) -> models.Identification:
        """Finds out which speaker of the registry a recording, or the result of `embed`, is, if any."""
        return await self.api.identify({**options, **await self._sent(voice)})

    async def embed(self, recording: Recording, **options: Unpack[EmbedOptions]) -> models.Embedding:
        """Turns a recording into an embedding, which `verify` and `identify` take in its place.

        Only in a registry with the setting `embeddings`. Protect it like a recording.
        """
        [audio] = await self._sources([recording])
        return await self.api.embed_clip({**options, "audio": audio})

    async def compare(
        self, a: Recording, b: Recording, **options: Unpack[CompareOptions]
    ) -> models.Decision:
        """Decides whether two recordings are the same voice."""
        [first, second] = await self._sources([a, b])
        pair: SentPair = {"audioA": first, "audioB": second}
        return await self.api.compare({**options, **pair})

    async def speakers(self) -> AsyncIterator[models.Speaker]:
        """Yields all speakers, page by page."""
        page = await self.api.list_speakers()
        for speaker in page["speakers"]:
            yield speaker
        while page["next"] is not None:
            page = await self.api.list_speakers(cursor=page["next"])
            for speaker in page["speakers"]:
                yield speaker

    async def upload(
        self, recording: bytes | str, media_type: str = "application/octet-stream"
    ) -> models.Upload:
        """Uploads a file. Its ID can be used as {"upload": id} wherever a recording is taken."""
        content = bytes_of(recording)
        ticket = await self.api.open_upload(announcement(content, media_type))
        form = ticket["form"]
        # Not by the client of the API: a bucket refuses its Authorization header.
        async with httpx.AsyncClient(timeout=self._timeout) as http:
            response = await http.post(form["url"], data=form["fields"], files={"file": content})
        if not response.is_success:
            raise ProblemError(response)
        return ticket["upload"]

    async def wait_for_job(self, job_id: str) -> models.Job:
        """Returns a job once it is done. Check its `problem`."""
        wait, longest = POLL_SECONDS
        while True:
            job = (await self.api.read_job(job_id, limit=1))["job"]
            if job["state"] == "done":
                return job
            await asyncio.sleep(wait)
            wait = min(2 * wait, longest)

    async def _sent(self, voice: Voice) -> SentVoice:
        probe = probe_of(voice)
        if probe is not None:
            return {"probe": probe}
        [audio] = await self._sources([cast(Recording, voice)])
        return {"audio": audio}

    async def _sources(self, recordings: Sequence[Recording]) -> list[models.Audio]:
        given, is_large = read_all(recordings)
        if not is_large:
            return [inline(one) for one in given]
        return [
            {"upload": (await self.upload(one))["id"]} if isinstance(one, bytes) else one for one in given
        ]
