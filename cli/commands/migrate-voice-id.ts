import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { type EnrollmentRequest, enrollmentManifest } from "../../lib/domain/job/voice-id-manifest.ts";
import { enrollmentOutput } from "../../lib/domain/job/voice-id-output.ts";
import { speakerView } from "../../lib/domain/speaker/speaker-view.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { badInput, fileErrorReason, readInput } from "../../lib/input-file.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { SpeakerView } from "../../lib/schema/speaker.ts";
import type { Enrolled, SpeakerToEnroll, ToEnroll } from "../enroll-recordings.ts";
import { type MigrationOptions, migrate, withMigrationOptions } from "../migration.ts";
import { type Copy, copyOption, fileOf, readStart } from "../recording-copies.ts";

type Options = MigrationOptions & { copy?: Copy[]; report?: string };
/** The recordings of a request, and what a report says about it if there are none. */
type Listed = { request: EnrollmentRequest; recordings: readonly ToEnroll[] };

export function addMigrateVoiceId(parent: Command): void {
  const command = parent
    .command("voice-id")
    .description("enroll what an input manifest of Voice ID's speaker enrollment jobs lists")
    .argument("<manifest>", "the JSON file with SpeakerEnrollmentRequests")
    .option(
      "--copy <uri=folder>",
      "folder with a copy of the objects under an S3 URI; repeat it for each bucket",
      copyOption,
    )
    .option("--report <file>", "write the output file that Voice ID would have written");
  withMigrationOptions(command).action(async (manifest: string, _own, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    const listed = enrollmentManifest(await readInput(manifest)).map((request) => ({
      request,
      recordings: recordingsOf(request, manifest, options),
    }));
    const { report } = options;
    await migrate(options, bySpeaker(listed), faultsOf(listed), async (services, registry, results) => {
      if (report) await writeReport(services, registry, { listed, results, report });
    });
  });
}

function recordingsOf(request: EnrollmentRequest, manifest: string, options: Options): ToEnroll[] {
  if ("problem" in request) return [];
  const { copy = [], speechSeconds } = options;
  return request.audio.map(({ uri, channel }) => {
    const path = fileOf(uri, manifest, copy);
    const read: ToEnroll["read"] = (embedder) => readStart(embedder, path, { channel, speechSeconds });
    return { label: labelOf(request, uri), read };
  });
}

const labelOf = ({ requestId }: EnrollmentRequest, uri: string): string => `${requestId} ${uri}`;

/** Requests for the same speaker are enrolled one after the other. */
function bySpeaker(listed: readonly Listed[]): SpeakerToEnroll[] {
  const speakers = new Map<SpeakerId, ToEnroll[]>();
  for (const { request, recordings } of listed)
    if ("speakerId" in request)
      speakers.set(request.speakerId, [...(speakers.get(request.speakerId) ?? []), ...recordings]);
  return [...speakers].map(([speakerId, recordings]) => ({ speakerId, recordings }));
}

const faultsOf = (listed: readonly Listed[]): Enrolled[] =>
  listed.flatMap(({ request }) =>
    "problem" in request
      ? { file: request.requestId, speaker: "", clip: null, problem: request.problem }
      : [],
  );

const stateOf = ({ id, uid, status, remainingSpeechSeconds }: SpeakerView) => ({
  ...{ id, uid, isEnrolled: status === "enrolled", missingSeconds: remainingSpeechSeconds },
});

async function writeReport(
  services: Services,
  { registryId, settings }: Registry,
  { listed, results, report }: { listed: readonly Listed[]; results: readonly Enrolled[]; report: string },
): Promise<void> {
  const problems = new Map(results.flatMap(({ file, problem }) => (problem ? [[file, problem]] : [])));
  const outcomes = [];
  for (const { request, recordings } of listed) {
    const { requestId } = request;
    const found = "speakerId" in request && (await services.speakers.get(registryId, request.speakerId));
    const speaker = found ? stateOf(speakerView(found, settings, services.embedder.model)) : undefined;
    const [first] = recordings.flatMap(({ label }) => problems.get(label) ?? []);
    const problem = "problem" in request ? request.problem : first;
    outcomes.push({ requestId, speaker, status: "NEW_ENROLLMENT" as const, problem });
  }
  const text = `${JSON.stringify(enrollmentOutput(outcomes), undefined, 2)}\n`;
  await writeFile(report, text).catch((error: unknown) => {
    throw badInput(`Cannot write ${report}: ${fileErrorReason(error)}.`);
  });
}
