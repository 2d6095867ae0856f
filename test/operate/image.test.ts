/** The container image's files, run as the image's user. No container engine is needed. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { freePort } from "../support/stand-ins.ts";
import {
  buildRootFilesystem,
  childOf,
  IMAGE_USER,
  identityOf,
  missingForImage,
  startInImage,
} from "./root-filesystem.ts";

const NODE = "/app/node_modules/node/bin/node";
/** The limit of the image is 250 MB, of which its base takes 24. */
const MOST_MB = 227;
const missing = missingForImage();
const onImage = test.skipIf(missing);
if (missing) console.log(`left out: the files of the container image, which need ${missing}`);

let folder = "";
let output = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voiceroll-image-"));
  if (!missing) output = buildRootFilesystem(folder);
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

onImage("the packages are pruned to what the server loads, and the script says what it removed", () => {
  expect(output).toMatch(/removed +\d+\.\d MB {2}onnxruntime for other platforms/);
  const bytes = Number(execFileSync("du", ["-sb", join(folder, "app")], { encoding: "utf8" }).split("\t")[0]);
  expect(bytes / 1e6).toBeLessThan(MOST_MB);
});

onImage("runs as process 1 and user 65532 on a read-only root, is healthy, and ends on SIGTERM", async () => {
  const port = String(await freePort());
  const environment = { HOST: "127.0.0.1", PORT: port, VOICEROLL_DATA: "/data" };
  const server = startInImage(folder, [NODE, "/app/functions/local.ts"], environment);
  let said = "";
  server.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => server.once("exit", resolve));
  while (!said.includes("Voiceroll: http")) {
    if (server.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const pid = childOf(server.pid ?? 0) ?? 0;
  expect(identityOf(pid)).toEqual({ user: IMAGE_USER, number: 1 });
  expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);

  const key = (await readFile(join(folder, "data/api-key"), "utf8")).trim();
  const enrolled = await fetch(`http://127.0.0.1:${port}/speakers/awb/enroll`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" },
    body: new Uint8Array(await readFile(join(ROOT, "samples/awb/1.wav"))),
  });
  expect(enrolled.status).toBe(201);
  expect(await healthOf(port)).toBe(0);
  expect(await readdir(join(folder, "tmp"))).toEqual([]);
  expect((await stat(join(folder, "data/voiceroll.db"))).uid).toBe(IMAGE_USER);

  process.kill(pid, "SIGTERM");
  expect(await ended).toBe(0);
  expect(await healthOf(port)).toBe(1);
});

onImage("the command line is in the image", async () => {
  const keys = startInImage(folder, [NODE, "/app/cli/voiceroll.ts", "keys", "list", "--data", "/data"], {});
  let said = "";
  keys.stdout.on("data", (chunk) => (said += chunk));
  expect(await new Promise((resolve) => keys.once("close", resolve))).toBe(0);
  expect(said).toMatch(/\bfirst\b/);
});

test("the Dockerfile copies what this test ran, and ends as an unprivileged user without a shell", () => {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  expect(text).toContain("RUN infra/image/stage.sh /app");
  expect(text).toMatch(/^FROM gcr\.io\/distroless\/cc-debian12:nonroot$/m);
  expect(text).toContain(`USER ${IMAGE_USER}:${IMAGE_USER}`);
  expect(text).toMatch(/^ENTRYPOINT \["node"\]\nCMD \["--max-semi-space-size=2", "functions\/local\.ts"\]$/m);
});

/** The exit code of the image's health check. */
async function healthOf(port: string): Promise<unknown> {
  const check = startInImage(folder, [NODE, "/app/infra/image/health.ts"], { PORT: port });
  return new Promise((resolve) => check.once("exit", resolve));
}
