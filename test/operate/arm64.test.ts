/** The container image's files for arm64, run by an emulator of such a machine. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { freePort } from "../support/stand-ins.ts";
import {
  ARM64_NODE,
  buildArm64RootFilesystem,
  childOf,
  missingForArm64,
  startInImage,
} from "./root-filesystem.ts";

const missing = missingForArm64();
if (missing) console.log(`left out: the container image for arm64, which needs ${missing}`);

test.skipIf(missing)(
  "the image for arm64 enrolls a sample and verifies another one of the same voice",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "voiceroll-arm64-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    buildArm64RootFilesystem(folder);
    const port = String(await freePort());
    const environment = { HOST: "127.0.0.1", PORT: port, VOICEROLL_DATA: "/data" };
    const server = startInImage(folder, [...ARM64_NODE, "/app/functions/local.ts"], environment);
    // `unshare` can't end a process of another user with itself.
    onTestFinished(() => {
      const pid = server.exitCode === null && childOf(server.pid ?? 0);
      if (pid) process.kill(pid, "SIGKILL");
    });
    let said = "";
    server.stderr.on("data", (chunk) => (said += chunk));
    while (!said.includes("Voiceroll: http")) {
      if (server.exitCode !== null) throw new Error(said);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const key = (await readFile(join(folder, "data/api-key"), "utf8")).trim();
    const send = async (path: string, sample: string): Promise<Record<string, unknown>> => {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${key}`,
          "Content-Type": "audio/wav",
          "Idempotency-Key": `${path} ${sample}`,
        },
        body: new Uint8Array(await readFile(join(ROOT, "samples", sample))),
      });
      const body = (await reply.json()) as Record<string, unknown>;
      // An emulated clip takes 15 s on a busy machine, and a request has 30 s.
      if (!/deadline-exceeded|idempotency-in-progress/.test(String(body.type))) return body;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return send(path, sample);
    };
    expect(await send("/speakers/awb/enroll", "awb/1.wav")).toMatchObject({ created: true });
    expect(await send("/verify?speaker=awb", "awb/2.wav")).toMatchObject({ decision: "accept" });
  },
  600_000,
);
