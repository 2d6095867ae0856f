import { z } from "@hono/zod-openapi";
import { startDiarization } from "../../lib/domain/job/diarization-job.ts";
import { startJob } from "../../lib/domain/job/job.ts";
import { type ManifestLine, scopesOf } from "../../lib/domain/job/lines.ts";
import { MANIFEST_TYPE } from "../../lib/domain/upload/upload.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { type JobView, StartedKind } from "../../lib/schema/job.ts";
import { LIST_JSON } from "../http/body/json.ts";
import { inlineLines, manifestLines, ShownLine } from "../http/body/manifest.ts";
import { Channel, groupIdOf, invalid, OperatingPoint, uploadIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { callerOf } from "../http/guard/caller.ts";
import { heldFile } from "../http/guard/held-uploads.ts";
import { jsonFields } from "../http/input.ts";
import { callerIdHeader } from "../http/replies/describe.ts";
import { UPLOAD_PROBLEMS } from "../http/replies/failures.ts";
import { route } from "../http/route.ts";
import { JOB_SCOPES, SCOPE_OF } from "./job-scopes.ts";
import { farChoice } from "./scores.ts";
import { startedJob, withLocation } from "./started-job.ts";

const MAX_INLINE_LINES = 1000;
/** A line has 10 clips, 16 fields of metadata and a few others at most. */
const LINES_LIMITS = { ...LIST_JSON, items: 100 * MAX_INLINE_LINES };
const Manifest = z
  .strictObject({
    upload: z.string().min(1).max(100).optional().describe("The ID of an upload."),
    uri: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .describe(
        "The file's `s3://BUCKET/KEY` or `file:///PATH`, under a prefix that the operator of the service allows. The " +
          "job reads it.",
      ),
  })
  .refine(
    ({ upload, uri }) => (upload === undefined) !== (uri === undefined),
    "Send either `upload` or `uri`.",
  );

const Recording = z
  .strictObject({ upload: z.string().min(1).max(100), channel: Channel.optional() })
  .describe("For `diarize`: an upload with a recording of up to an hour. It can be used again afterwards.");

const Fields = z.strictObject({
  kind: StartedKind,
  manifest: Manifest.optional(),
  lines: z.array(z.unknown()).min(1).max(MAX_INLINE_LINES).optional(),
  audio: Recording.optional(),
  group: z.string().optional().describe("For `diarize`: match only the members of this group."),
  operatingPoint: OperatingPoint.optional(),
});
const ShownFields = Fields.extend({
  kind: Fields.shape.kind.describe(
    "`enroll-batch` enrolls one speaker's clips per line. `re-embed` rebuilds the voiceprints that another model " +
      "made. `refresh-statistics` recomputes all normalization statistics with the active cohort. `diarize` " +
      "finds out who speaks when in a recording.",
  ),
  manifest: Manifest.optional().describe(
    `An upload of type ${MANIFEST_TYPE}, or a file at a URI, with one JSON object per line: at most 100,000 lines ` +
      "in 256 MiB.",
  ),
  lines: z.array(ShownLine).min(1).max(MAX_INLINE_LINES).optional(),
});

export const startJobRoute = route(
  {
    operationId: "startJob",
    details: "Read the job with `GET /jobs/{jobId}` until its `state` is `done`.",
    summary: "Start a background job: enroll a batch, diarize a recording, re-embed, or refresh statistics",
    tag: "Jobs",
    method: "post",
    path: "/jobs",
    scope: JOB_SCOPES,
    problems: ["file-not-allowed", "group-not-found", "identify-attempts-exhausted", ...UPLOAD_PROBLEMS],
    parameters: [callerIdHeader],
    input: jsonFields(Fields, { shown: ShownFields, limits: LINES_LIMITS }),
    reply: startedJob,
  },
  async (services, { registry: { registryId }, scopes, fields, act, c }) => {
    const { kind, manifest, lines } = fields;
    requireScope(scopes, SCOPE_OF[kind]);
    refuseOthersFields(fields);
    const sources = [manifest, lines].filter((source) => source !== undefined).length;
    if (sources !== (kind === "enroll-batch" ? 1 : 0)) throw invalid([MANIFEST_OR_LINES]);
    const starter = { registryId, keyId: c.var.key.keyId, attempt: c.var.attempt };
    const noted = (job: JobView) => {
      act.details = { job: job.id, kind };
      return withLocation(c, job);
    };
    const started = async (input: Parameters<typeof startJob>[1]) => noted(await startJob(services, input));
    if (kind === "diarize") {
      const { callerId } = callerOf(c);
      const diarization = { ...farChoice(fields, scopes), ...recordingOf(fields), callerId };
      return noted(await startDiarization(services, { ...starter, diarization }));
    }
    if (kind !== "enroll-batch") return started({ ...starter, kind });
    if (manifest?.uri !== undefined) return started({ ...starter, kind, uri: manifest.uri });
    const read =
      manifest?.upload === undefined
        ? inlineLines(lines ?? [])
        : manifestLines(await heldFile(services, c, uploadIdOf(manifest.upload), MANIFEST_TYPE));
    return started({ ...starter, kind, lines: permitted(read, scopes) });
  },
);

function recordingOf({ audio, group }: z.infer<typeof Fields>) {
  if (!audio) throw invalid([{ pointer: "/audio", detail: "A diarize job needs `audio` with an upload." }]);
  const { upload, channel } = audio;
  return { upload: uploadIdOf(upload), channel, group: group === undefined ? undefined : groupIdOf(group) };
}

function refuseOthersFields({ kind, audio, group, operatingPoint }: z.infer<typeof Fields>): void {
  if (kind === "diarize") return;
  const others = { audio, group, operatingPoint };
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : name));
  if (given[0] === undefined) return;
  throw invalid([{ pointer: `/${given[0]}`, detail: `Only a diarize job takes \`${given[0]}\`.` }]);
}

/** A batch needs the same scopes as the requests that it replaces. */
async function* permitted(
  lines: AsyncIterable<ManifestLine>,
  scopes: readonly Scope[],
): AsyncGenerator<ManifestLine> {
  for await (const line of lines) {
    for (const scope of scopesOf(line)) requireScope(scopes, scope);
    yield line;
  }
}

const MANIFEST_OR_LINES = {
  pointer: "/manifest",
  detail: "An enroll-batch job takes either `manifest` or `lines`. Other kinds of job take neither.",
};
