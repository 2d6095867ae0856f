import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT, startProcess } from "./process.ts";

/** onnxruntime resolves the address of its collector 6 to 16 seconds after the start. */
const WATCHED_MS = 20_000;

/** Returns the inodes of a process's sockets. */
async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => "")));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

/** Returns "tcp LOCAL REMOTE" in hexadecimal for each IP socket except the listener's. */
async function strangeSockets(pid: number, port: number): Promise<string[]> {
  const own = await socketsOf(pid);
  const listener = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const tables = ["tcp", "tcp6", "udp", "udp6"].map(async (table) => {
    const text = await readFile(`/proc/${pid}/net/${table}`, "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => {
      const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
      return own.has(inode ?? "") && !local?.endsWith(listener) ? [`${table} ${local} ${remote}`] : [];
    });
  });
  return (await Promise.all(tables)).flat();
}

const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

test.runIf(process.platform === "linux")(
  "a server that enrolls and verifies opens no socket but its listener and writes no file outside its data",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "voiceroll-telemetry-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const [home, data] = [join(folder, "home"), join(folder, "data")];
    // The runtime sends nothing if CI is set or XDG_CACHE_HOME points elsewhere.
    const unset = {
      CI: undefined,
      GITHUB_ACTIONS: undefined,
      TF_BUILD: undefined,
      XDG_CACHE_HOME: undefined,
    };
    const env = { ...unset, HOME: home, VOICEROLL_DATA: data, ORT_DISABLE_TELEMETRY: undefined };
    const server = await startProcess("functions/local.ts", env);
    onTestFinished(() => void server.child.kill("SIGKILL"));
    const { pid = 0 } = server.child;
    const port = Number(new URL(server.url).port);
    const key = (await readFile(join(data, "api-key"), "utf8")).trim();
    const post = async (path: string, clip: string) =>
      fetch(server.url + path, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" },
        body: new Uint8Array(await readFile(join(ROOT, clip))),
      });
    expect((await post("/speakers/awb/enroll", "samples/awb/1.wav")).status).toBe(201);
    expect((await post("/verify?speaker=awb", "samples/awb/2.wav")).status).toBe(200);

    const seen = new Set<string>();
    const end = performance.now() + WATCHED_MS;
    while (performance.now() < end) {
      for (const socket of await strangeSockets(pid, port)) seen.add(socket);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect([...seen]).toEqual([]);
    expect(await filesBelow(home).catch(() => [])).toEqual([]);
    const temporary = await readdir(tmpdir());
    expect(temporary.filter((name) => name.split(/\D+/).includes(String(pid)))).toEqual([]);
  },
  60_000,
);
