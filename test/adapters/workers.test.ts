import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { localWorkers } from "../../lib/adapters/local/workers.ts";

function workers() {
  const found = localWorkers();
  if (!found) throw new Error("this test needs /proc");
  return found;
}

/** The name that another process would have. */
const nameWith = (change: { [place: number]: string }): string =>
  workers()
    .own.split(" ")
    .map((part, i) => change[i] ?? part)
    .join(" ");

const ended = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));

/** A process that runs until it is killed, and its start time in clock ticks. */
function sleeping() {
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const start = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ")[19];
  return { child, name: nameWith({ 2: String(child.pid), 3: start }) };
}

test("a running process has not ended, and a killed one has", async () => {
  const { child, name } = sleeping();
  expect([workers().hasEnded(workers().own), workers().hasEnded(name)]).toEqual([false, false]);
  child.kill("SIGKILL");
  await ended(child);
  expect(workers().hasEnded(name)).toBe(true);
});

test("a process whose number is in use again has ended", () => {
  const { child } = sleeping();
  expect(workers().hasEnded(nameWith({ 2: String(child.pid), 3: "1" }))).toBe(true);
});

test("a process of another machine or container counts as running", async () => {
  const { child, name } = sleeping();
  child.kill("SIGKILL");
  await ended(child);
  const [boot, namespace, ...rest] = name.split(" ");
  expect(workers().hasEnded(["another-boot", namespace, ...rest].join(" "))).toBe(false);
  expect(workers().hasEnded([boot, "pid:[1]", ...rest].join(" "))).toBe(false);
});

test("a process that waits for its parent has ended", async () => {
  // The shell ends its child, and never asks for its exit code.
  const shell = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 1000"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void shell.kill("SIGKILL"));
  const pid = await new Promise<string>((resolve) =>
    shell.stdout.once("data", (chunk: Buffer) => resolve(String(chunk).trim())),
  );
  const stat = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  while (stat()[0] !== "Z") await new Promise((resume) => setTimeout(resume, 5));
  expect(workers().hasEnded(nameWith({ 2: pid, 3: stat()[19] }))).toBe(true);
});
