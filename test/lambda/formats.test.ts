import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../../infra/build/build-lambda.ts";
import { bundleEntries } from "../../infra/build/bundle.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";

const FORMATS = join(ROOT, "test/golden/formats");

test("a bundle decodes every format without the packages' folders", async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-bundle-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await bundleEntries(ROOT, { decode: join(ROOT, "test/lambda/decode-entry.ts") }, { folder, maps: folder });
  const names = (await readdir(FORMATS)).filter((name) => !/\.(sh|json)$/.test(name));
  const paths = [
    ...names.map((name) => join(FORMATS, name)),
    join(ROOT, "samples/awb/1.wav"),
    join(ROOT, "test/golden/audio/mono16.flac"),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "decode.mjs"), ...paths], {
    cwd: folder,
  });
  const expected: Record<string, number> = {};
  for (const path of paths) {
    const { samples } = await readSamples({ bytes: new Uint8Array(await readFile(path)), channel: 0 });
    expected[path] = samples.length;
  }
  expect(JSON.parse(stdout)).toEqual(expected);
});
