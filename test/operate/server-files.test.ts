/** The files of infra/server: nginx in front of a real server, and the systemd unit. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../cli/run.ts";
import { ROOT, startProcess } from "../functions/process.ts";
import { nginx, send, startNginx } from "./nginx.ts";

const ANALYZE = "/usr/bin/systemd-analyze";
const hasSystemd = existsSync(ANALYZE);
if (!nginx) console.log("left out: nginx in front of the server (apt-get install nginx-light)");
if (!hasSystemd) console.log("left out: the systemd unit (apt-get install systemd)");
const CLIP = join(ROOT, "samples/awb/1.wav");

async function serverBehindNginx() {
  const data = temporaryFolder();
  const env = { VOICEROLL_DATA: data, TRUST_PROXY: "1", MAX_CONNECTIONS_PER_ADDRESS: "1000" };
  const server = await startProcess("functions/local.ts", env);
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const proxy = await startNginx(temporaryFolder(), new URL(server.url).port);
  onTestFinished(proxy.close);
  const key = (await readFile(join(data, "api-key"), "utf8")).trim();
  const ask = (method: string, path: string, headers: Record<string, string>, body?: Uint8Array | string) =>
    send(proxy, method, path, {
      headers: { Authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const linesOf = (route: string) =>
    server
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line): Record<string, unknown> => JSON.parse(line))
      .filter((line) => line.route === route);
  return { ask, linesOf };
}

test.skipIf(!nginx)(
  "behind nginx, the log has the client's address and limits are the server's",
  async () => {
    const { ask, linesOf } = await serverBehindNginx();
    const wav = { "Content-Type": "audio/wav", "X-Forwarded-For": "203.0.113.1" };
    const enrolled = await ask("POST", "/speakers/awb/enroll", wav, await readFile(CLIP));
    expect(enrolled.status).toBe(201);
    expect(linesOf("/speakers/{id}/enroll")).toMatchObject([{ status: 201, peer: "127.0.0.1" }]);
    const large = await ask("POST", "/verify?speaker=awb", wav, new Uint8Array(6_000_000));
    expect([large.status, JSON.parse(large.text).type]).toEqual([
      413,
      "urn:voiceroll:problem:body-too-large",
    ]);
  },
  120_000,
);

test.skipIf(!nginx)(
  "behind nginx, an upload's form points to the proxy, which passes the file on",
  async () => {
    const { ask } = await serverBehindNginx();
    const bytes = await readFile(CLIP);
    const announced = await ask(
      "POST",
      "/uploads",
      { "Content-Type": "application/json" },
      JSON.stringify({
        mediaType: "audio/wav",
        bytes: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      }),
    );
    const { form, upload } = JSON.parse(announced.text);
    expect(form.url).toMatch(/^https:\/\/voice\.example\.com\/uploads\//);
    const fields = new FormData();
    for (const [name, value] of Object.entries<string>(form.fields)) fields.append(name, value);
    fields.append("file", new Blob([bytes]), "clip.wav");
    const posted = new Request("https://voice.example.com", { method: "POST", body: fields });
    const { pathname, search } = new URL(form.url);
    const sent = await ask(
      "POST",
      pathname + search,
      { "Content-Type": posted.headers.get("Content-Type") ?? "" },
      new Uint8Array(await posted.arrayBuffer()),
    );
    expect(sent.status).toBeLessThan(300);
    const state = await ask("GET", `/uploads/${upload.id}`, {});
    expect(JSON.parse(state.text).state).toBe("arrived");
  },
  120_000,
);

test.skipIf(!hasSystemd)("systemd accepts the unit, and rates it as well protected", () => {
  const folder = temporaryFolder();
  const unit = readFileSync(join(ROOT, "infra/server/voiceroll.service"), "utf8");
  const program = join(folder, "opt/voiceroll/node_modules/.bin/node");
  mkdirSync(join(program, ".."), { recursive: true });
  writeFileSync(program, "", { mode: 0o755 });
  const installed = join(folder, "voiceroll.service");
  // The program need not be installed on this machine, and the user need not exist.
  writeFileSync(
    installed,
    unit.replaceAll("/opt/voiceroll", join(folder, "opt/voiceroll")).replaceAll("=voiceroll\n", "=nobody\n"),
  );
  const said = execFileSync(ANALYZE, ["verify", "--man=no", installed], { encoding: "utf8", stdio: "pipe" });
  expect(said).toBe("");
  const security = ["security", "--offline=true", "--threshold=20", installed];
  expect(() => execFileSync(ANALYZE, security, { stdio: "pipe" })).not.toThrow();
});
