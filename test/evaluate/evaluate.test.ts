import { join } from "node:path";
import { expect, test } from "vitest";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { NO_WINDOWS } from "../../lib/adapters/model/windows.ts";
import type { ClipInput } from "../../lib/audio/types.ts";
import { cachedEmbedFile } from "../../lib/evaluate/embedding-cache.ts";
import { evaluateList } from "../../lib/evaluate/evaluate.ts";
import { MEASURED } from "../../lib/evaluate/methods.ts";
import { eer } from "../../lib/score/rates/metrics.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { fakeSystem } from "./fake-system.ts";
import { CLIPS, recordings, TRIALS } from "./recordings.ts";

test("scores every trial by every method and embeds each clip once", async () => {
  const folder = recordings();
  const system = fakeSystem();
  const evaluation = await evaluateList(system, { list: join(folder, "office.txt") });
  expect(system.embedded.toSorted()).toEqual(Object.values(CLIPS).toSorted());
  const [whole] = evaluation.parts;
  expect([evaluation.list, evaluation.clips]).toEqual(["office", 4]);
  expect(whole).toMatchObject({ targets: 2, impostors: 2, speakers: 2 });
  expect(whole.results.map(({ method }) => method)).toEqual([...MEASURED]);
  const voice = (name: string) => normalize(CLIPS[name].split(" ").map(Number));
  const score = (a: string, b: string) => cosine(voice(a), voice(b));
  const byHand = eer(
    [score("a1.wav", "a2.wav"), score("b1.wav", "b2.wav")],
    [score("a1.wav", "b1.wav"), score("a2.wav", "b2.wav")],
  );
  expect(whole.results[0]).toMatchObject({ method: "cosine", measures: byHand });
});

test("the number of clips embedded in parallel does not change the result", async () => {
  const folder = recordings();
  const list = join(folder, "office.txt");
  const [one, four] = await Promise.all([1, 4].map((width) => evaluateList(fakeSystem(), { list, width })));
  expect(four).toEqual(one);
});

test("reports a clip that is too short to embed with its line and its number of trials", async () => {
  const trials = `${TRIALS}0 a1.wav short.wav\n0 short.wav b1.wav\n`;
  const folder = recordings({ ...CLIPS, "short.wav": "short" }, trials);
  const evaluation = await evaluateList(fakeSystem(), { list: join(folder, "office.txt") });
  expect(evaluation.excluded).toEqual([{ path: "short.wav", line: 5, speechSeconds: 0.12, trials: 2 }]);
  expect([evaluation.parts[0].targets, evaluation.parts[0].impostors]).toEqual([2, 2]);
});

test("an interrupted run resumes from the cache, and no clip is embedded twice", async () => {
  const folder = recordings();
  const list = join(folder, "office.txt");
  const cached = async () => {
    const system = fakeSystem();
    const embed = async ({ bytes }: ClipInput) => ({
      ...(await system.embedBytes(bytes)),
      audioSha256: "",
      windows: NO_WINDOWS,
      fingerprint: { bits: new Uint16Array(0), sure: new Uint16Array(0) },
    });
    const embedFile = await cachedEmbedFile({ embed }, BUNDLED_MODEL, join(folder, "cache"));
    return { ...system, embedFile };
  };
  const [cut, again, third] = [await cached(), await cached(), await cached()];
  const broken = {
    ...cut,
    embedFile: async (...args: Parameters<typeof cut.embedFile>) => {
      if (cut.embedded.length === 3) throw new Error("killed");
      return cut.embedFile(...args);
    },
  };
  await expect(evaluateList(broken, { list })).rejects.toThrow("killed");
  const second = await evaluateList(again, { list });
  expect([cut.embedded.length, again.embedded.length]).toEqual([3, 1]);
  expect((await evaluateList(third, { list })).parts).toEqual(second.parts);
  expect(third.embedded).toEqual([]);
});

test("progress counts each distinct clip up to the total", async () => {
  const folder = recordings();
  const seen: string[] = [];
  await evaluateList(fakeSystem(), {
    list: join(folder, "office.txt"),
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  expect(seen).toEqual(["1/4", "2/4", "3/4", "4/4"]);
});
