/** What the README shows happens when it is pasted, on a server in a new folder. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../cli/run.ts";
import { ROOT, startProcess } from "../functions/process.ts";

const run = promisify(execFile);
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const block = (after: string, language: string): string =>
  new RegExp(`^## ${after}\n[\\s\\S]*?\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "m").exec(readme)?.[1] ?? "";

test("the README's commands identify a sample voice, and its Node program verifies another", async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, "data"), { mode: 0o700 });
  await symlink(join(ROOT, "samples"), join(folder, "samples"));
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: join(folder, "data") });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const here = (text: string) => text.replaceAll("http://127.0.0.1:7999", server.url);

  const pasted = await run("bash", ["--norc", "-c", here(block("Who is this\\?", "sh"))], { cwd: folder });
  const replies = pasted.stdout.split(/(?<=\})(?=\{)/).map((text) => JSON.parse(text));
  expect(replies).toHaveLength(9);
  const shown = JSON.parse(block("Who is this\\?", "json"));
  const found = replies.at(-1);
  expect(found).toMatchObject({
    decision: shown.decision,
    candidates: shown.candidates.map(({ speaker }: { speaker: string }) => ({ speaker })),
    searched: shown.searched,
    threshold: { far: shown.threshold.far, impostorTrials: shown.threshold.impostorTrials },
  });
  expect(found.candidates[0].score.cosine).toBeCloseTo(shown.candidates[0].score.cosine, 2);
  expect(found.threshold.value).toBeCloseTo(shown.threshold.value, 2);

  const program = join(folder, "readme.mjs");
  await writeFile(program, here(block("In Node", "js")));
  const key = readFileSync(join(folder, "data/api-key"), "utf8").trim();
  const printed = await run(process.execPath, [program], { cwd: folder, env: { ...process.env, KEY: key } });
  expect(printed.stdout).toMatch(/^accept 0\.945\d* 0\.620\d*\n$/);
}, 120_000);

test("the README has about 60 lines", () => {
  expect(readme.split("\n").length).toBeLessThan(75);
});
