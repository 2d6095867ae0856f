"""The client on a real server: test/clients/python.test.ts starts it, and sets URL, KEY and CLIPS."""

import asyncio
import json
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from voiceroll import AsyncVoiceroll, ProblemError, Retries, Voiceroll
from voiceroll._audio import MAX_INLINE_BYTES

URL, KEY = os.environ["URL"], os.environ["KEY"]
CLIPS = Path(os.environ["CLIPS"])


def clip(voice: str, take: int) -> Path:
    """A file of the server's fake embedder."""
    return CLIPS / f"{voice}-{take}.wav"


class Answering:
    """A server that gives one answer after the other, and the keys of the requests that it got."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.keys: list[str | None] = []
        given = iter(answers)
        keys = self.keys

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                keys.append(self.headers.get("Idempotency-Key"))
                status, headers = next(given, (200, {}))
                body = json.dumps({"id": "alice"}).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


class OnServer(unittest.TestCase):
    """Sync."""

    def setUp(self) -> None:
        self.client = Voiceroll(URL, KEY)
        self.addCleanup(self.client.close)

    def test_enrolls_verifies_identifies_and_compares(self) -> None:
        clips = [clip("alice", n) for n in range(1, 5)]
        enrolled = self.client.enroll("alice", clips, name="Alice")
        self.assertEqual(enrolled["speaker"]["clips"], 4)
        self.assertEqual(enrolled["speaker"]["name"], "Alice")
        self.assertEqual(self.client.verify("alice", clip("alice", 9))["decision"], "accept")
        found = self.client.identify(clip("alice", 8).read_bytes(), limit=1)
        self.assertEqual(found["decision"], "match")
        compared = self.client.compare(clip("carol", 1), str(clip("dave", 1)))
        self.assertEqual(compared["decision"], "reject")
        self.assertIn("alice", [speaker["id"] for speaker in self.client.speakers()])

    def test_an_embedding_stands_in_for_its_recording(self) -> None:
        self.client.enroll("carol", [clip("carol", n) for n in range(1, 5)])
        self.client.api.update_registry({"embeddings": True})
        probe = self.client.embed(clip("carol", 9))
        verified = self.client.verify("carol", probe)
        self.assertEqual(verified["decision"], "accept")
        self.assertIn("probe-embedding", verified["warnings"])
        self.assertEqual(self.client.identify(probe, limit=1)["decision"], "match")

    def test_uploads_what_does_not_fit_into_a_body(self) -> None:
        long = clip("alice", 1).read_bytes() + bytes(MAX_INLINE_BYTES)
        upload = self.client.upload(long, "audio/wav")
        read = self.client.api.read_upload(upload["id"])
        self.assertEqual((read["state"], read["bytes"]), ("arrived", len(long)))

    def test_waits_for_a_job(self) -> None:
        job = self.client.api.start_job({"kind": "refresh-statistics"})
        self.assertEqual(self.client.wait_for_job(job["id"])["state"], "done")

    def test_raises_problems(self) -> None:
        with self.assertRaises(ProblemError) as caught:
            self.client.verify("nobody", clip("alice", 1))
        self.assertEqual((caught.exception.slug, caught.exception.status), ("speaker-not-found", 404))
        with self.assertRaises(ProblemError) as caught:
            self.client.enroll("erin", clip("erin", 1), name="")
        self.assertEqual(caught.exception.errors[0]["pointer"], "/name")

    def test_erases_and_quotes_ids_in_paths(self) -> None:
        self.client.api.create_speaker({"id": "gone"})
        self.client.api.erase_speaker("gone")
        with self.assertRaises(ProblemError) as caught:
            self.client.api.read_speaker("gone/../alice?x")
        self.assertEqual(caught.exception.slug, "speaker-not-found")


class InLoop(unittest.TestCase):
    """Async."""

    def test_does_the_same_with_await(self) -> None:
        async def work() -> None:
            async with AsyncVoiceroll(URL, KEY) as client:
                await client.enroll("bob", [clip("bob", n) for n in range(1, 5)])
                verified = await client.verify("bob", clip("bob", 9))
                self.assertEqual(verified["decision"], "accept")
                await client.api.update_registry({"embeddings": True})
                probe = await client.embed(clip("bob", 9))
                self.assertEqual((await client.verify("bob", probe))["speaker"], "bob")
                self.assertEqual((await client.identify(probe))["decision"], "match")
                self.assertIn("bob", [speaker["id"] async for speaker in client.speakers()])
                long = clip("bob", 1).read_bytes() + bytes(MAX_INLINE_BYTES)
                with self.assertRaises(ProblemError):
                    await client.enroll("bob", long)
                job = await client.api.start_job({"kind": "refresh-statistics"})
                self.assertEqual((await client.wait_for_job(job["id"]))["state"], "done")

        asyncio.run(work())


class Repeated(unittest.TestCase):
    """Retries."""

    def test_repeats_with_one_idempotency_key(self) -> None:
        server = Answering((503, {"Retry-After": "0"}), (504, {}))
        self.addCleanup(server.close)
        with Voiceroll(server.url, "k") as client:
            client.api.create_speaker({"id": "alice"})
        self.assertEqual(len(server.keys), 3)
        self.assertEqual(len(set(server.keys)), 1)
        self.assertIsNotNone(server.keys[0])

    def test_leaves_long_waits_and_the_last_attempt_to_the_caller(self) -> None:
        patient = Answering((429, {"Retry-After": "31"}))
        down = Answering(*[(503, {"Retry-After": "0"})] * 3)
        for server in (patient, down):
            self.addCleanup(server.close)
        with Voiceroll(patient.url, "k") as client, self.assertRaises(ProblemError) as caught:
            client.api.create_speaker({"id": "alice"})
        self.assertEqual((caught.exception.retry_after_seconds, len(patient.keys)), (31, 1))
        with (
            Voiceroll(down.url, "k", retries=Retries(attempts=2)) as client,
            self.assertRaises(ProblemError),
        ):
            client.api.create_speaker({"id": "alice"})
        self.assertEqual(len(down.keys), 2)

    def test_creates_a_key_only_once(self) -> None:
        server = Answering((504, {}))
        self.addCleanup(server.close)
        with Voiceroll(server.url, "k") as client, self.assertRaises(ProblemError):
            client.api.create_key({"name": "door", "scopes": ["verify"]})
        self.assertEqual(len(server.keys), 1)


if __name__ == "__main__":
    unittest.main()
