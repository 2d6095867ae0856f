import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** Low to high. A file imports its own room or a lower layer, never another room of its layer. */
const LAYERS: readonly (readonly string[])[] = [
  [
    "lib/deadline.ts",
    "lib/tally.ts",
    "lib/error.ts",
    "lib/id.ts",
    "lib/once.ts",
    "lib/sha256.ts",
    "lib/origins.ts",
    "lib/set-clock.ts",
    "lib/slices.ts",
    "lib/span.ts",
    "lib/stopwatch.ts",
    "lib/uri-prefix.ts",
    "lib/work-context.ts",
    "lib/wrapped-json.ts",
  ],
  [
    "lib/audio/byte-source.ts",
    "lib/audio/types.ts",
    "lib/audio/limits.ts",
    "lib/hash-chain.ts",
    "lib/input-file.ts",
    "lib/problems/",
    "lib/text/",
    "lib/score/rates/",
  ],
  ["lib/audio/formats/", "lib/audio/features/", "lib/score/scoring/"],
  ["lib/audio/", "lib/diarize/", "lib/score/fit/", "lib/score/search/"],
  ["lib/live/"],
  ["lib/schema/"],
  ["lib/ports/"],
  ["lib/gallery/"],
  ["lib/adapters/shared/"],
  ["lib/adapters/webhook/"],
  ["lib/adapters/model/", "lib/adapters/local/", "lib/adapters/aws/"],
  ["lib/adapters/models/", "lib/adapters/uri/"],
  [
    "lib/domain/commit.ts",
    "lib/domain/failure.ts",
    "lib/domain/invalid.ts",
    "lib/domain/newest.ts",
    "lib/domain/secrets.ts",
  ],
  ["lib/domain/expiry.ts", "lib/domain/purposes.ts", "lib/domain/sealed-text.ts"],
  ["lib/domain/event/"],
  ["lib/domain/registry/", "lib/domain/scoring/"],
  ["lib/domain/speaker/"],
  ["lib/domain/audit/"],
  ["lib/domain/people/"],
  ["lib/domain/enrollment/", "lib/domain/decision/", "lib/domain/maintenance/"],
  ["lib/domain/cohort/", "lib/domain/live/", "lib/domain/report/", "lib/domain/upload/"],
  ["lib/domain/calibration/"],
  ["lib/domain/job/"],
  ["lib/transfer/"],
  ["lib/evaluate/"],
  ["functions/http/env.ts"],
  ["functions/http/guard/", "functions/http/metrics/"],
  ["functions/http/body/"],
  ["functions/http/replies/"],
  ["functions/http/input.ts"],
  ["functions/http/route.ts"],
  ["functions/http/file-route.ts", "functions/http/static-file.ts"],
  ["functions/openapi/", "functions/routes/", "functions/compat/", "functions/node/"],
  ["functions/"],
  ["functions/start/"],
  ["functions/aws/"],
  ["web/"],
  ["clients/typescript/"],
  ["clients/"],
  ["cli/"],
  ["cli/mcp/"],
  ["cli/evaluate/"],
  ["cli/evaluate/report/"],
  ["cli/commands/"],
  ["cli/program.ts"],
  ["cli/voiceroll.ts"],
  ["models/build/"],
  ["infra/"],
  ["sst.config.ts"],
  ["test/"],
  ["bench/"],
  ["vitest.config.ts"],
];
/** What meets the outside: everything else gets its adapters handed in. */
const MAY_IMPORT_ADAPTERS = [
  /^functions\/local-(jobs|server|store)\.ts$/,
  /^functions\/aws\/(admin|gallery-builder|lambda|lambda-services|sweeper|worker-\w+)\.ts$/,
  /^functions\/aws\/(background-task-events|hold|upload-events)\.ts$/,
  /^lib\/evaluate\//,
  /^bench\//,
  /^cli\//,
  /^infra\//,
  /^models\/build\//,
  /^test\//,
];
const PURE_PACKAGES = ["fft.js", "wavefile", "opus-decoder", "mpg123-decoder", "@audio/decode-amr"];
const IMPURE = /\b(Date\.now|new Date|Math\.random|process\.|console\.|performance\.|setTimeout|crypto\.)/;

const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx"], {
  cwd: ROOT,
  encoding: "utf8",
});
const files = tracked
  .trim()
  .split("\n")
  // A link to functions/start/local.ts: its imports are relative to that folder.
  .filter((file) => !/\.(d|gen)\.ts$/.test(file) && file !== "functions/local.ts");
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));

type Place = { layer: number; room: string };

/** The longest matching entry of LAYERS. */
function placeOf(file: string): Place | undefined {
  const places = LAYERS.flatMap((rooms, layer) => rooms.map((room) => ({ layer, room })));
  return places
    .filter(({ room }) => (room.endsWith("/") ? file.startsWith(room) : file === room))
    .sort((a, b) => b.room.length - a.room.length)[0];
}

const code = (file: string) => (sources.get(file) ?? "").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

function importsOf(file: string): string[] {
  const pattern = /(?:from|import)\s*\(?\s*"([^"]+)"/g;
  return [...code(file).matchAll(pattern)].map((match) => match[1]);
}

const resolved = (file: string, specifier: string) => normalize(join(dirname(file), specifier));
const localImports = (file: string) =>
  importsOf(file)
    .filter((one) => one.startsWith("."))
    .map((one) => resolved(file, one));

test("every source file has a layer", () => {
  expect(files.filter((file) => !placeOf(file))).toEqual([]);
});

test("a file imports its own room or a lower layer, never another room of its layer", () => {
  const wrong = files.flatMap((file) => {
    const from = placeOf(file);
    return localImports(file)
      .filter((target) => /\.tsx?$/.test(target))
      .filter((target) => {
        const to = placeOf(target);
        return !from || !to || to.layer > from.layer || (to.layer === from.layer && to.room !== from.room);
      })
      .map((target) => `${file} -> ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("only entries hand out adapters", () => {
  const wrong = files
    .filter((file) => !file.startsWith("lib/adapters/") && !MAY_IMPORT_ADAPTERS.some((one) => one.test(file)))
    .filter((file) => localImports(file).some((target) => target.startsWith("lib/adapters/")));
  expect(wrong).toEqual([]);
});

test("the console takes only types and Chinese texts from the service, none of its other code", () => {
  const console = files.filter((file) => file.startsWith("web/"));
  expect(console.length).toBeGreaterThan(0);
  const values = console.flatMap((file) =>
    [...code(file).matchAll(/^(import|export)(?! type)[^;]*?from "((?:\.\.\/)+lib\/[^"]+)"/gm)].map(
      ([, , target]) => `${file} -> ${target}`,
    ),
  );
  expect(values.filter((one) => !/\/lib\/(text\/|schema\/zh-reasons\.ts)/.test(one))).toEqual([]);
});

test("imports make no circle, not even those of types alone", () => {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === "open") circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (state.has(file)) return;
    state.set(file, "open");
    for (const target of localImports(file)) if (sources.has(target)) visit(target, [...path, file]);
    state.set(file, "done");
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test("audio, diarize, live and score are pure: no clock, randomness, environment, console; only codec packages", () => {
  const pure = files.filter((file) => /^lib\/(audio|diarize|live|score)\//.test(file));
  expect(pure.length).toBeGreaterThan(0);
  const packages = pure.flatMap((file) =>
    importsOf(file).filter(
      (one) => !one.startsWith(".") && !PURE_PACKAGES.some((name) => one.startsWith(name)),
    ),
  );
  expect(packages).toEqual([]);
  expect(pure.filter((file) => IMPURE.test(code(file)))).toEqual([]);
});

test("a source file stays readable in one sitting", () => {
  const long = [...sources].filter(
    ([file, text]) =>
      !file.startsWith("test/") && !file.startsWith("bench/") && text.split("\n").length > 220,
  );
  expect(long.map(([file]) => file)).toEqual([]);
});
