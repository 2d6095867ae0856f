import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export type Child = { process: ChildProcessByStdio<Writable, Readable, null>; lines: AsyncIterator<string> };

/** Starts a script that works once the test writes a line to it, and waits until it is ready. */
export async function startChild(script: string, ...args: readonly string[]): Promise<Child> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value !== "ready") throw new Error(`${script} printed ${value}`);
  return { process: child, lines };
}

export async function restOf({ lines }: Child): Promise<string[]> {
  const rest: string[] = [];
  for (let line = await lines.next(); !line.done; line = await lines.next()) rest.push(line.value);
  return rest;
}
