"""The client that waits for each reply."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import cast

import httpx
from typing_extensions import Self, Unpack

from . import models_generated as models
from ._audio import Recording, Voice, announcement, bytes_of, inline, listed, probe_of, read_all
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
from .operations_generated import Operations

POLL_SECONDS = (0.25, 5.0)


class Voiceroll:
    """A registry. Methods raise `ProblemError` for a reply that isn't a success.

    url      where the server is, such as http://127.0.0.1:7999
    key      an API key (`vr_...`)
    timeout  seconds for one attempt
    """

    api: Operations
    """Every operation of the API, with the same retries and errors."""

    def __init__(
        self, url: str, key: str, *, retries: Retries = Retries(), timeout: float = 60
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)
        self._timeout = timeout
        self.api = Operations(self._http, retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def enroll(
        self,
        speaker: str,
        recordings: Recording | Sequence[Recording],
        **options: Unpack[EnrollOptions],
    ) -> models.Enrollment:
        """Adds one or more recordings to a speaker, and creates the speaker if needed."""
        return self.api.enroll(speaker, {**options, "audio": self._sources(listed(recordings))})

    def verify(
        self, speaker: str, voice: Voice, **options: Unpack[VerifyOptions]
    ) -> models.Decision:
        """Decides whether a recording, or the result of `embed`, is the voice of a speaker."""
        return self.api.verify({**options, "speaker": speaker, **self._sent(voice)})

    def identify(
        self, voice: Voice, **options: Unpack[IdentifyOptions]
    ) -> models.Identification:
        """Finds out which speaker of the registry a recording, or the result of `embed`, is, if any."""
        return self.api.identify({**options, **self._sent(voice)})

    def embed(self, recording: Recording, **options: Unpack[EmbedOptions]) -> models.Embedding:
        """Turns a recording into an embedding, which `verify` and `identify` take in its place.

        Only in a registry with the setting `embeddings`. Protect it like a recording.
        """
        [audio] = self._sources([recording])
        return self.api.embed_clip({**options, "audio": audio})

    def compare(
        self, a: Recording, b: Recording, **options: Unpack[CompareOptions]
    ) -> models.Decision:
        """Decides whether two recordings are the same voice."""
        [first, second] = self._sources([a, b])
        pair: SentPair = {"audioA": first, "audioB": second}
        return self.api.compare({**options, **pair})

    def speakers(self) -> Iterator[models.Speaker]:
        """Yields all speakers, page by page."""
        page = self.api.list_speakers()
        yield from page["speakers"]
        while page["next"] is not None:
            page = self.api.list_speakers(cursor=page["next"])
            yield from page["speakers"]

    def upload(
        self, recording: bytes | str, media_type: str = "application/octet-stream"
    ) -> models.Upload:
        """Uploads a file. Its ID can be used as {"upload": id} wherever a recording is taken."""
        content = bytes_of(recording)
        ticket = self.api.open_upload(announcement(content, media_type))
        form = ticket["form"]
        # Not by the client of the API: a bucket refuses its Authorization header.
        response = httpx.post(
            form["url"], data=form["fields"], files={"file": content}, timeout=self._timeout
        )
        if not response.is_success:
            raise ProblemError(response)
        return ticket["upload"]

    def wait_for_job(self, job_id: str) -> models.Job:
        """Returns a job once it is done. Check its `problem`."""
        wait, longest = POLL_SECONDS
        while True:
            job = self.api.read_job(job_id, limit=1)["job"]
            if job["state"] == "done":
                return job
            time.sleep(wait)
            wait = min(2 * wait, longest)

    def _sent(self, voice: Voice) -> SentVoice:
        probe = probe_of(voice)
        if probe is not None:
            return {"probe": probe}
        [audio] = self._sources([cast(Recording, voice)])
        return {"audio": audio}

    def _sources(self, recordings: Sequence[Recording]) -> list[models.Audio]:
        given, is_large = read_all(recordings)
        if not is_large:
            return [inline(one) for one in given]
        return [
            {"upload": self.upload(one)["id"]} if isinstance(one, bytes) else one for one in given
        ]
