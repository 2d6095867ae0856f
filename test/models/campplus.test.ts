import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Architecture, buildLambda } from "../../infra/build/build-lambda.ts";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { readSpeakersCheck } from "../../lib/adapters/model/speakers-check.ts";
import { BANDWIDTHS } from "../../lib/audio/types.ts";
import { speakersLimit } from "../../lib/score/scoring/multiple-speakers.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { ROOT, run, temporaryFolder } from "../cli/run.ts";
import { gatewayEvent, replyOf } from "../support/lambda-events.ts";
import { startFunction } from "../support/lambda-runtime.ts";
import { peerFile } from "../support/peers.ts";

/**
 * CAM++ itself, by the path of a user. test/cli/models.test.ts and test/adapters/pull.test.ts cover
 * the same commands with networks of our own.
 */
const NAME = "campplus-zh-en";
const network = peerFile(`${NAME}.onnx`);
const manifest = join(ROOT, "models", NAME, "model.json");
const VOICES = ["awb", "rms", "slt"];
const take = (voice: string, n: number) => `samples/${voice}/${n}.wav`;

test("the catalog's entry and the folder with what was measured describe one network", async () => {
  if (!network) console.log(`There is no ${NAME}.onnx (VOICEROLL_PEERS), so these tests are limited.`);
  const catalog = JSON.parse(await readFile(join(ROOT, "models/catalog.json"), "utf8"));
  const own = JSON.parse(await readFile(manifest, "utf8"));
  const entry = catalog.find(({ name }: { name: string }) => name === NAME);
  // The released file stores its weights in full precision. Its digest differs, so it's another
  // model to the registry, with the same cohort and thresholds.
  expect(entry.sha256).not.toBe(own.sha256);
  expect([entry.dimension, entry.features]).toEqual([own.dimension, own.features]);
});

test("its check for several speakers has limits for every bandwidth and amount of speech", async () => {
  const check = await readSpeakersCheck(dirname(manifest), JSON.parse(await readFile(manifest, "utf8")));
  if (!check) throw new Error(`${NAME} has no check for several speakers`);
  for (const bandwidth of BANDWIDTHS)
    for (const seconds of [4, 9, 60]) expect(speakersLimit(check, { bandwidth, seconds })).toBeDefined();
});

if (network) {
  test("enroll, verify, identify, calibrate, export and import, from one model to the other and back", {
    timeout: 600_000,
  }, async () => {
    const data = ["--data", temporaryFolder()];
    const ok = async (...args: string[]) => {
      const result = await run(...data, ...args);
      if (result.code !== 0) throw new Error(`${args.join(" ")}: ${result.code} ${result.stderr}`);
      return result.stdout;
    };
    const enrollAll = async () => {
      for (const voice of VOICES) await ok("enroll", voice, ...[1, 2, 3].map((n) => take(voice, n)));
    };
    const decides = async () => {
      expect(await ok("verify", "slt", take("slt", 5))).toMatch(/accept/);
      const other = await run(...data, "verify", "slt", take("awb", 5));
      expect([other.code, other.stdout.includes("reject")]).toEqual([1, true]);
      expect(await ok("identify", take("rms", 6))).toMatch(/rms/);
    };
    await enrollAll();
    await decides();
    await ok("models", "add", network, "--manifest", manifest);
    const used = await ok("models", "use", NAME);
    expect(used).toMatch(/3 speakers \(9 clips, \d+ s of speech\).* takes about \d+ s/);
    expect(used).toMatch(/3 speakers rebuilt from 9 clips/);
    await decides();
    // Nine clips of three people support no threshold at 1 %, and calibrate says so.
    const calibrated = await run(...data, "calibrate");
    expect(calibrated.stdout + calibrated.stderr).toMatch(/speakers/);

    const file = join(temporaryFolder(), "export.jsonl");
    await ok("export", "--plain-templates", "--audio", "--out", file);
    const copy = ["--data", temporaryFolder()];
    await run(...copy, "models", "add", network, "--manifest", manifest);
    await run(...copy, "models", "use", NAME);
    expect((await run(...copy, "import", file)).code).toBe(0);
    expect((await run(...copy, "verify", "slt", take("slt", 5))).code).toBe(0);

    expect(await ok("models", "use", "ecapa-c256")).toMatch(/3 speakers rebuilt from 9 clips/);
    await decides();
    expect(await ok("fsck")).toMatch(/all consistent/);
  });

  test("the Lambda bundle serves it", { timeout: 240_000 }, async () => {
    const data = temporaryFolder();
    await run("--data", data, "models", "add", network, "--manifest", manifest);
    const folder = join(temporaryFolder(), "task");
    const entries = { local: join(ROOT, "test/lambda/local-entry.ts") };
    const model = join(data, "models", NAME);
    await buildLambda({ architecture: arch() as Architecture, folder, entries, model });
    const [store, keyFile] = [temporaryFolder(), join(temporaryFolder(), "key")];
    const started = await startFunction(folder, "local.handler", {
      ...{ VOICEROLL_DATA: store, VOICEROLL_TEST_KEY: keyFile, VOICEROLL_MODEL: `./models/${NAME}` },
    });
    try {
      const headers = {
        Authorization: `Bearer ${await readFile(keyFile, "utf8")}`,
        "Content-Type": "audio/wav",
      };
      const send = async (path: string, clip: string, query = "") =>
        replyOf(
          await started.invoke(
            gatewayEvent({ method: "POST", path, query, headers, body: await readFile(join(ROOT, clip)) }),
          ),
        );
      const ready = replyOf(await started.invoke(gatewayEvent({ path: "/ready" })));
      expect([ready.status, ready.body.modelName]).toEqual([200, NAME]);
      for (const n of [1, 2, 3])
        expect((await send("/speakers/slt/enroll", take("slt", n))).status).toBe(201);
      expect((await send("/verify", take("slt", 5), "speaker=slt")).body.decision).toBe("accept");
      expect((await send("/verify", take("rms", 5), "speaker=slt")).body.decision).toBe("reject");
    } finally {
      await started.close();
    }
  });

  test("the golden clip has the embedding that the folder states", { timeout: 60_000 }, async () => {
    const own = JSON.parse(await readFile(manifest, "utf8"));
    const folder = join(temporaryFolder(), NAME);
    await cp(join(ROOT, "models", NAME), folder, { recursive: true });
    await copyFile(network, join(folder, "model.onnx"));
    await writeFile(join(folder, "model.json"), JSON.stringify({ ...own, vad: undefined }));
    const { embedder } = await openBundle({ workers: 0, folder });
    const golden = await embedder.embed({ bytes: await readFile(join(folder, own.golden.file)) });
    await embedder.close();
    expect(cosine(golden.embedding!, normalize(own.golden.embedding))).toBeGreaterThan(0.9999);
  });
}
