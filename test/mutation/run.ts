/*
 * `npm run mutation -- AREA...`: changes the code of each area in many small ways ("mutants") and
 * runs the area's tests on each. Prints one JSON line per area and the mutants that survived, and
 * writes Stryker's report to runs/mutation.
 */
import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { AREA_NAMES, AREAS, type AreaName } from "./areas.ts";

const FOLDER = "runs/mutation";

const fileOf = (name: AreaName) => name.replace("/", "-");

type Mutants = Awaited<ReturnType<Stryker["runMutationTest"]>>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: "string", default: "1" } },
});
const unknown = positionals.find((name) => !AREA_NAMES.some((one) => one === name));
if (unknown) throw new RangeError(`no area is named ${unknown}: choose from ${AREA_NAMES.join(", ")}`);
mkdirSync(FOLDER, { recursive: true });
for (const name of positionals.length > 0 ? (positionals as AreaName[]) : AREA_NAMES) await measure(name);

async function measure(name: AreaName): Promise<void> {
  // The vitest configuration reads it, in the processes that Stryker starts.
  process.env.VOICEROLL_MUTATION_AREA = name;
  const mutants = await new Stryker({
    mutate: [...AREAS[name].mutate],
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
    coverageAnalysis: "perTest",
    concurrency: Number(values.workers),
    incremental: true,
    incrementalFile: `${FOLDER}/${fileOf(name)}.incremental.json`,
    tempDirName: `${FOLDER}/sandbox`,
    ignorePatterns: ["/runs", "/models", "/samples", "/infra", "/data", "/dist", "/.venv"],
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: `${FOLDER}/${fileOf(name)}.json` },
    allowConsoleColors: false,
    disableTypeChecks: false,
    timeoutMS: 20_000,
  }).runMutationTest();
  report(name, mutants);
}

function report(name: AreaName, mutants: Mutants): void {
  const count = (...states: readonly Mutants[number]["status"][]) =>
    mutants.filter(({ status }) => states.includes(status)).length;
  const killed = count("Killed", "Timeout");
  const survived = count("Survived", "NoCoverage");
  const score = Math.round((1000 * killed) / (killed + survived)) / 10;
  process.stdout.write(`${JSON.stringify({ area: name, killed, survived, score })}\n`);
  for (const { status, fileName, location, replacement, mutatorName } of mutants) {
    if (status !== "Survived" && status !== "NoCoverage") continue;
    const place = `${relative(process.cwd(), fileName)}:${location.start.line}:${location.start.column + 1}`;
    process.stdout.write(`${status}\t${place}\t${mutatorName}\t${replacement ?? ""}\n`);
  }
}
