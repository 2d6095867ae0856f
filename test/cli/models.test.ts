import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { localServices } from "../../lib/adapters/local/services.ts";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { speakerId } from "../domain/asking.ts";
import { startProcess } from "../functions/process.ts";
import { fileServer } from "../support/file-server.ts";
import { draftOf, entryOf, otherNetwork } from "../support/networks.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

/** Writes a network and its manifest to a new folder. */
async function ownModel(name: string): Promise<{ network: string; manifest: string }> {
  const folder = temporaryFolder();
  const [network, manifest] = [join(folder, "own.onnx"), join(folder, "own.json")];
  writeFileSync(network, await otherNetwork(name));
  writeFileSync(manifest, JSON.stringify(await draftOf(name)));
  return { network, manifest };
}

const small = async (name: string) => {
  const manifest = join(temporaryFolder(), "small.json");
  writeFileSync(manifest, JSON.stringify({ ...(await draftOf(name)), dimension: 16 }));
  return { network: "test/golden/models/fair.onnx", manifest };
};

test("adds a model, uses it, rebuilds speakers for it and back, and removes it", async () => {
  const data = ["--data", temporaryFolder()];
  const bundled = (await readModelManifest(BUNDLED_MODEL)).name;
  const clips = [1, 2, 3, 4].map((n) => `samples/awb/${n}.wav`);
  expect((await run(...data, "enroll", "awb", ...clips)).code).toBe(0);
  const { network, manifest } = await ownModel("own");

  const added = await run(...data, "models", "add", network, "--manifest", manifest);
  expect(added).toMatchObject({ code: 0, stderr: "" });
  expect(added.stdout).toMatch(
    /^own: installed, \d+ dimensions, mdl_[0-9a-f]{64}\nTo use it: voiceroll models use own /,
  );
  const list = (await run(...data, "models", "list")).stdout;
  expect(list).toMatch(new RegExp(`^\\* +${bundled} +bundled .* measured `, "m"));
  expect(list).toMatch(/^ +own +installed .* none +none +for tests/m);
  expect(list).toMatch(/^ +wespeaker-resnet34-lm +catalog +256 +none +CC-BY-4.0 +research /m);
  const names = list
    .split("\n")
    .flatMap((line) => /^[* ] +([a-z]\S*) +(?:bundled|catalog|installed)/.exec(line)?.[1] ?? []);
  expect(names.slice(0, 3)).toEqual([bundled, "campplus-zh-en", "own"]);

  const used = await run(...data, "models", "use", "own", "--no-reembed");
  expect(used).toMatchObject({ code: 0, stderr: "" });
  expect(used.stdout).toMatch(/own has no thresholds/);
  expect(used.stdout).toMatch(/own has no check for several speakers/);
  expect(used.stdout).toMatch(
    /1 speakers \(4 clips, \d+ s of speech\) .* takes about \d+ s\.\n.* voiceroll models reembed --data /,
  );
  const early = await run(...data, "verify", "awb", "samples/awb/5.wav");
  expect(early).toMatchObject({ code: 2, stderr: expect.stringMatching(/made by mdl_.*models reembed/) });
  expect((await run(...data, "models", "remove", "own")).code).toBe(2);

  const rebuilt = await run(...data, "models", "reembed");
  expect(rebuilt).toMatchObject({ code: 0, stdout: "1 speakers rebuilt from 4 clips\n" });
  expect(rebuilt.stderr).toMatch(/re-embedding: 4 of 4 clips/);
  const after = await run(...data, "verify", "awb", "samples/awb/5.wav");
  expect(after.code).toBe(3);
  expect(after.stdout).toMatch(/score: +cosine 0\.\d+\nverdict: +inconclusive: no thresholds were measured/);
  expect((await run(...data, "fsck")).code).toBe(0);

  const back = await run(...data, "models", "use", bundled);
  expect(back).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 speakers rebuilt from 4 clips/) });
  expect((await run(...data, "verify", "awb", "samples/awb/5.wav")).code).toBe(0);
  expect((await run(...data, "models", "remove", "own")).stdout).toBe("own: removed\n");
});

test("reports a speaker without recordings with exit code 1, and rebuilds the others", async () => {
  const folder = temporaryFolder();
  const data = ["--data", folder];
  for (const voice of ["awb", "slt"])
    expect((await run(...data, "enroll", voice, `samples/${voice}/1.wav`)).code).toBe(0);
  const shown = JSON.parse((await run(...data, "speakers", "show", "awb", "--json")).stdout);
  const registry = JSON.parse((await run(...data, "registry", "show", "--json")).stdout).registryId;
  rmSync(join(folder, "audio", registry, shown.uid), { recursive: true });
  const { network, manifest } = await small("tiny");
  await run(...data, "models", "add", network, "--manifest", manifest);
  const used = await run(...data, "models", "use", "tiny");
  expect(used.code).toBe(1);
  expect(used.stdout).toMatch(/^awb {2}needs-reenrollment {2}clp_\w+ missing-audio$/m);
  expect(used.stdout).toMatch(/1 speakers rebuilt from 1 clips; 1 must be reset and enroll again\n$/);
  const list = (await run(...data, "speakers", "list")).stdout;
  expect(list).toMatch(/awb +needs-reenrollment/);
  expect(list).toMatch(/slt +enrolling/);
});

test("a killed reembed leaves every speaker intact, and the next run resumes it", async () => {
  const data = temporaryFolder();
  const services = localServices(data, await openBundle({ workers: 0 }));
  const registry = await ensureRegistry(services, "default");
  for (const voice of ["awb", "kal", "rms", "slt"])
    for (const n of [1, 2, 3, 4])
      await enroll(services, {
        registry,
        speakerId: speakerId(`${voice}-${n}`),
        clips: [{ bytes: readFileSync(join(ROOT, `samples/${voice}/${n}.wav`)) }],
      });
  await services.close();
  const { network, manifest } = await small("tiny");
  await run("--data", data, "models", "add", network, "--manifest", manifest);
  await run("--data", data, "models", "use", "tiny", "--no-reembed");

  const args = [join(ROOT, "cli/voiceroll.ts"), "--data", data, "models", "reembed"];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.once("data", () => child.kill("SIGKILL"));
  await once(child, "close");
  expect(await run("--data", data, "fsck")).toMatchObject({ code: 0 });
  const rest = JSON.parse((await run("--data", data, "models", "reembed", "--json")).stdout);
  expect(rest.speakers).toBeLessThan(16);
  expect(rest.needsReenrollment).toEqual([]);
  const list = (await run("--data", data, "speakers", "list")).stdout;
  expect(list.match(/ enrolling /g)).toHaveLength(16);
  expect((await run("--data", data, "fsck")).stdout).toBe("16 speakers, 16 clips, all consistent\n");
});

test("pull resumes a download and prints the license", async () => {
  const bytes = await otherNetwork("pulled");
  const server = await fileServer(bytes);
  const [data, catalog] = [temporaryFolder(), join(temporaryFolder(), "catalog.json")];
  writeFileSync(catalog, JSON.stringify([await entryOf("pulled", bytes, server.url)]));
  const partial = join(data, "models", ".downloads", "pulled.onnx");
  const when = () => (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) >= 1_000_000;
  server.faults.push({ cutAfter: 1_000_000, when });
  const args = ["--data", data, "models", "pull", "pulled", "--catalog", catalog];
  const pulled = await run(...args);
  expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pulled: installed, /) });
  expect(pulled.stderr).toMatch(/^pulled: none\npulled: nothing\npulled: \d of \d MB\n/);
  expect(server.requests.map(({ range }) => range)).toEqual([undefined, "bytes=1000000-"]);
  const kept = readFileSync(join(data, "models", "pulled", "model.onnx"));
  expect(createHash("sha256").update(kept).digest()).toEqual(createHash("sha256").update(bytes).digest());
  expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/already installed/) });
});

test("installs a part of the catalog, or one's own, lists it, and refuses to use it as a model", async () => {
  const data = ["--data", temporaryFolder(), "models"];
  const part = "test/golden/models/segmentation.onnx";
  const [catalog, manifest] = [join(temporaryFolder(), "catalog.json"), join(temporaryFolder(), "part.json")];
  const sha256 = createHash("sha256")
    .update(readFileSync(join(ROOT, part)))
    .digest("hex");
  const entry = { kind: "segmentation", name: "marks", description: "for tests", license: "MIT (us)" };
  const address = "http://127.0.0.1:1/x";
  writeFileSync(catalog, JSON.stringify([{ ...entry, trainedOn: ["nothing"], address, bytes: 1, sha256 }]));
  const listed = (await run(...data, "list", "--catalog", catalog)).stdout;
  expect(listed).toMatch(/^ +marks +catalog part +MIT \(us\) +for tests$/m);

  const pulled = await run(...data, "pull", "marks", "--catalog", catalog, "--from", part);
  expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^marks: installed\. .* diarize /) });
  expect((await run(...data, "list")).stdout).toMatch(/^ +marks +installed part +MIT/m);
  const rows = (await run(...data, "list", "--json")).stdout.trim().split("\n");
  expect(rows.map((row) => JSON.parse(row)).find(({ name }) => name === "marks")).toMatchObject({
    ...{ kind: "segmentation", state: "installed", active: false, dimension: null },
  });
  const used = await run(...data, "use", "marks");
  expect(used).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/marks is no speaker model but a part/),
  });
  expect((await run(...data, "remove", "marks")).stdout).toBe("marks: removed\n");

  writeFileSync(manifest, JSON.stringify({ kind: "segmentation", name: "own" }));
  const added = await run(...data, "add", part, "--manifest", manifest, "--json");
  expect(JSON.parse(added.stdout)).toEqual({ name: "own", kind: "segmentation" });
});

test("errors are one line that explains what to do", async () => {
  const server = await fileServer(Buffer.from("a page"));
  const data = ["--data", temporaryFolder(), "models"];
  const [network, manifest] = ["samples/awb/1.wav", (await small("tiny")).manifest];
  const cases: [string[], number, RegExp][] = [
    [["pull", "nobody"], 2, /The catalog has no model nobody\. It has: /],
    [
      ["pull", "wespeaker-resnet34-lm", "--from", server.url],
      2,
      /The file from .* has sha256 .* Nothing was installed/,
    ],
    [
      ["pull", "wespeaker-resnet34-lm", "--from", "http://127.0.0.1:1/x"],
      70,
      /Can't connect to .* HTTPS_PROXY/,
    ],
    [["pull", "wespeaker-resnet34-lm", "--accept-digest", "0".repeat(64)], 2, /no other is accepted/],
    [["pull", "wespeaker-resnet34-lm", "--from", "ftp://x"], 2, /http or https/],
    [["add", network, "--manifest", manifest], 2, /can't be opened as an ONNX network/],
    [["add", "nowhere.onnx", "--manifest", manifest], 2, /Cannot read nowhere.onnx: there is no such file/],
    [["add", network, "--manifest", "README.md"], 2, /isn't valid JSON. See docs\/models.md/],
    [["use", "nobody"], 2, /No model nobody is installed here\. Installed: /],
    [["remove", "nobody"], 2, /No model nobody/],
  ];
  for (const [args, code, why] of cases) {
    const result = await run(...data, ...args);
    expect([args, result.code, result.stdout]).toEqual([args, code, ""]);
    expect(result.stderr.trimEnd().split("\n").at(-1)).toMatch(why);
  }
  expect((await run(...data, "list", "--json")).stdout).not.toMatch(/"installed"/);
});

test("the server and compare use the chosen model, and report a damaged one", async () => {
  const data = temporaryFolder();
  const { network, manifest } = await small("tiny");
  await run("--data", data, "models", "add", network, "--manifest", manifest);
  await run("--data", data, "models", "use", "tiny");
  const compared = await run("--data", data, "compare", "samples/awb/1.wav", "samples/awb/2.wav");
  expect(compared).toMatchObject({ code: 3, stdout: expect.stringMatching(/no thresholds were measured/) });

  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: data });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({ modelName: "tiny" });

  writeFileSync(join(data, "models", "tiny", "model.json"), "{}");
  const broken = await run("--data", data, "compare", "samples/awb/1.wav", "samples/awb/2.wav");
  expect(broken).toMatchObject({ code: 70, stderr: expect.stringMatching(/tiny.*voiceroll models use/) });
});

test("each data folder has its own installed models", async () => {
  const [data, other] = [temporaryFolder(), temporaryFolder()];
  const { network, manifest } = await small("tiny");
  await run("--data", data, "models", "add", network, "--manifest", manifest);
  expect((await run("--data", other, "models", "list")).stdout).not.toMatch(/tiny/);
});
