import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, temporaryFolder } from "./run.ts";

test("records the command line's changes, exports them, and finds a changed and a missing entry", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  const key = JSON.parse(
    (await run(...data, "keys", "create", "--json", "--scopes", "verify", "--audio-seconds-per-day", "60"))
      .stdout,
  );
  await run(...data, "registry", "set", "--far", "0.02", "--pause-after-rejects", "off");
  await run(...data, "enroll", "awb", "samples/awb/1.wav");
  await run(...data, "speakers", "delete", "awb");
  await run(...data, "keys", "set", key.keyId, "--audio-seconds-per-day", "none");
  await run(...data, "keys", "revoke", key.keyId);
  const loose = ["compare", "samples/awb/1.wav", "samples/awb/2.wav", "--far", "0.05", "--json"];
  const { decisionId } = JSON.parse((await run(...data, ...loose)).stdout);

  const file = join(folder, "audit.jsonl");
  const exported = await run(...data, "audit", "export", file);
  const [, head = ""] = /^head (7:[0-9a-f]{64})\n$/.exec(exported.stdout) ?? [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries.map(({ operation, details }) => [operation, details])).toEqual([
    ["createKey", { key: key.keyId, scopes: ["verify"], expiresAt: null, audioSecondsPerDay: 60 }],
    ["updateRegistry", { far: 0.02, "guessing.rejects": 0 }],
    ["enroll", { clips: 1 }],
    ["eraseSpeaker", {}],
    ["updateKey", { key: key.keyId, audioSecondsPerDay: null }],
    ["revokeKey", { key: key.keyId }],
    ["compare", { far: 0.05 }],
  ]);
  expect(entries[6].outcome).toBe(decisionId);
  expect(lines.join("")).not.toContain("awb");
  const ofSpeaker = await run(...data, "audit", "list", "--speaker", "awb");
  expect(ofSpeaker.stdout).toBe(`${lines[2]}\n${lines[3]}\n`);

  expect(await run(...data, "audit", "verify", "--head", head)).toMatchObject({
    code: 0,
    stdout: `The chain is intact: 7 entries, head ${head}\n`,
  });
  writeFileSync(file, `${lines.slice(0, 6).join("\n")}\n`);
  expect(await run("audit", "verify", file, "--head", head)).toMatchObject({
    code: 1,
    stderr: "Entry 7 is the first that is wrong: it is missing: the known head is entry 7.\n",
  });
  writeFileSync(file, lines.join("\n").replace('"clips":1', '"clips":2'));
  expect(await run("audit", "verify", file)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^Before it, the chain is intact: 2 entries, head 2:/),
    stderr: "Entry 3 is the first that is wrong: its hash doesn't match its content.\n",
  });
}, 180_000);
