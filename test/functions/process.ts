import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export type ServerProcess = {
  url: string;
  output(): string;
  child: ChildProcess;
  ended: Promise<number | NodeJS.Signals | null>;
};

/** Starts a script that runs a server. Resolves when it has printed its address. */
export async function startProcess(
  script: string,
  env: Record<string, string | undefined>,
  { root = ROOT, args = [] }: { root?: string; args?: readonly string[] } = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: root,
    env: { ...process.env, HOST: "127.0.0.1", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  // Report a signal as well as an exit code: SIGSEGV is a fault in native code.
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on("exit", (code, signal) => resolve(code ?? signal)),
  );
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (found) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    ended.then((code) => reject(new Error(`${script} ended with ${code}: ${output}`)));
  });
  return { url, output: () => output, child, ended };
}
