import { type Command, Option } from "commander";
import { CLIP } from "../lib/audio/limits.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Services } from "../lib/ports/services.ts";
import { type Enrolled, enrollRecordings, type SpeakerToEnroll, textOf } from "./enroll-recordings.ts";
import { EXIT } from "./exit.ts";
import { adviceOn } from "./migration-advice.ts";
import { type Globals, wholeNumber } from "./options.ts";
import { print, printJson, warn } from "./print.ts";
import { withServices } from "./services.ts";
import { t } from "./text/language.ts";

export type MigrationOptions = Globals & { consent?: string; force?: boolean; speechSeconds: number };

/** Adds the options that every migration has. */
export const withMigrationOptions = (command: Command): Command =>
  command
    .option("--consent <text>", "basis of the speakers' consent, e.g. a document number")
    .option("--force", "accept recordings that sound unlike their speaker's others")
    .addOption(
      new Option(
        "--speech-seconds <n>",
        "of a recording of more than two minutes, enroll the first part with so much speech",
      )
        .argParser(wholeNumber(2, CLIP.maxSeconds))
        .default(60),
    );

/**
 * Enrolls what another service's manifest lists, and prints a line for each recording, with advice
 * if it failed. Recordings that are enrolled already count as done.
 *
 * faults  entries of the manifest that name no recordings
 * finish  called with the results while the store is open
 */
export async function migrate(
  options: MigrationOptions,
  speakers: readonly SpeakerToEnroll[],
  faults: readonly Enrolled[],
  finish?: (services: Services, registry: Registry, results: readonly Enrolled[]) => Promise<void>,
): Promise<void> {
  const { consent, force, json } = options;
  const show = (result: Enrolled) => showWithAdvice(result, json);
  for (const fault of faults) show(fault);
  const results = await withServices(options, "threads", async (services) => {
    const registry = await ensureRegistry(services, options.registry);
    const enrolled = await enrollRecordings(services, {
      registry,
      speakers,
      options: { consent, force },
      show,
    });
    await finish?.(services, registry, enrolled);
    return enrolled;
  });
  const failed = [...faults, ...results].filter(({ problem }) => problem).length;
  const enrolled = results.length + faults.length - failed;
  warn(t`${enrolled} recordings of ${speakers.length} speakers are enrolled, ${failed} failed.`);
  if (failed > 0) process.exitCode = EXIT.no;
}

function showWithAdvice(result: Enrolled, json: boolean): void {
  const advice = result.problem && adviceOn(result.problem);
  if (json) printJson(result);
  else print(advice ? t`${textOf(result)} What to do: ${advice}.` : textOf(result));
}
