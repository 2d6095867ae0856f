import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { temporaryFolder } from "../cli/run.ts";
import { wav } from "../support/wav.ts";
import { ROOT, startProcess } from "./process.ts";

const tools = ["bash", "curl", "jq"].filter((name) => spawnSync(name, ["--version"]).error);
const CLIPS = ["awb/1", "slt/1", "awb/2", "slt/2"];

async function conversation(): Promise<Uint8Array<ArrayBuffer>> {
  const parts = await Promise.all(
    CLIPS.map((clip) => readSamples({ bytes: readFileSync(join(ROOT, `samples/${clip}.wav`)) })),
  );
  const samples = parts.flatMap((part) => [...part.samples, ...new Float32Array(8000)]);
  return new Uint8Array(wav([Float32Array.from(samples)]));
}

async function uploaded(url: string, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const announced = await fetch(`${url}/uploads`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ mediaType: "audio/wav", bytes: bytes.length, sha256 }),
  });
  const { upload, form } = JSON.parse(await announced.text());
  const body = new FormData();
  for (const [name, value] of Object.entries<string>(form.fields)) body.append(name, value);
  body.append("file", new Blob([bytes]));
  expect((await fetch(form.url, { method: "POST", body })).status).toBe(204);
  return upload.id;
}

test.skipIf(tools.length > 0)(
  `the page's commands enroll a stranger over HTTP${tools.length ? ` (without ${tools})` : ""}`,
  {
    timeout: 180_000,
  },
  async () => {
    const page = readFileSync(join(ROOT, "docs/diarization.md"), "utf8");
    const script = /```bash\n(.*?)```/s.exec(page)?.[1] ?? "";
    const data = temporaryFolder();
    const { url, child } = await startProcess("functions/local.ts", { VOICEROLL_DATA: data });
    onTestFinished(() => void child.kill("SIGKILL"));
    const key = readFileSync(join(data, "api-key"), "utf8").trim();
    const upload = await uploaded(url, key, await conversation());
    const env = { ...process.env, URL: url, KEY: key, UPLOAD: upload };
    const cwd = temporaryFolder();
    const shell = () => {
      // Bash reads its start-up files where it takes its input for a remote shell's.
      const args = ["--norc", "-euc", script];
      const ran = spawnSync("bash", args, { cwd, env, encoding: "utf8", timeout: 120_000 });
      expect(ran.stderr).toBe("");
      return ran;
    };
    expect(JSON.parse(shell().stdout)).toMatchObject({ speaker: { id: "bob" } });
    const job = () => JSON.parse(readFileSync(join(cwd, "job.json"), "utf8")).job.result;
    expect(job().voices.map(({ label }: { label: string }) => label)).toEqual(["stranger-1", "stranger-2"]);
    // Again: stranger-1 is bob now, so the same commands find the other one.
    shell();
    expect(job().voices.map(({ label }: { label: string }) => label)).toEqual(["bob", "stranger-1"]);
  },
);
