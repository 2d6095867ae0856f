import * as z from "zod";
import { MOST_REPLAY_DAYS } from "../domain/registry/replay-settings.ts";
import { PROBE_ACTIONS } from "../ports/registry.ts";
import { PURPOSES } from "../schema/purpose.ts";
import { count, text } from "./fields.ts";

/* The lines for a registry's settings, cohorts and calibrations; format.ts has the other lines. */
export const RegistryLine = z.strictObject({
  kind: z.literal("registry"),
  name: text(256),
  suspended: z.boolean(),
  settings: z.strictObject({
    enrollSpeechSeconds: z
      .number()
      .min(0)
      .max(3600)
      .describe(
        "`--enroll-seconds`: seconds of net speech after which a speaker counts as enrolled. Default: 20.",
      ),
    far: z
      .number()
      .gt(0)
      .lt(1)
      .nullable()
      .describe("`--far`: false-accept rate for requests that name none. Default: the calibration's."),
    consentRequired: z
      .boolean()
      .describe("`--consent-required`: rejects enrollments without consent. Default: no."),
    requiredPurposes: z
      .array(z.enum(PURPOSES))
      .readonly()
      .optional()
      .describe(
        "`--required-purposes`: uses of a voice that need a recorded consent " +
          "([consent.md](consent.md)). Default: none.",
      ),
    keepConsentProofs: z
      .boolean()
      .optional()
      .describe(
        "`--keep-consent-proofs`: an erasure keeps a proof of the person's consents that names nobody. Default: no.",
      ),
    challengeRequired: z
      .boolean()
      .optional()
      .describe("`--challenge-required`: rejects verifications without a challenge. Default: no."),
    spoofWarning: z
      .number()
      .optional()
      .describe("`--spoof-warning`: spoof score below which decisions have a warning. Default: no warning."),
    refuseMultipleSpeakers: z
      .boolean()
      .describe(
        "`--refuse-multiple-speakers`: rejects clips to enroll that appear to contain more than one speaker. " +
          "Default: no, they get a warning.",
      ),
    keepAudio: z
      .boolean()
      .optional()
      .describe("`--keep-audio`: stores recordings; `no` keeps only embeddings and quality. Default: yes."),
    speakerDays: z
      .int()
      .positive()
      .optional()
      .describe(
        "`--speaker-days`: days after the last enrollment when a speaker without a date of its own expires. " +
          "Default: never.",
      ),
    decisionDays: z
      .int()
      .positive()
      .optional()
      .describe("`--decision-days`: days for which decisions are kept. Default: 90."),
    speakerHistory: z
      .boolean()
      .optional()
      .describe(
        "`--speaker-history`: lists decisions by speaker as well ([deploy.md](deploy.md#costs)). Default: no.",
      ),
    guessing: z
      .strictObject({
        rejects: count.describe(
          "`--pause-after-rejects`: rejects in a row for one speaker by one caller. 0 (`off`): no pause.",
        ),
        speakerRejects: count.describe(
          "`--speaker-pause-after-rejects`: rejects in a row for one speaker by all callers. 0 (`off`): no pause.",
        ),
        misses: count.describe(
          "`--pause-after-misses`: searches in a row without a match by one caller. 0 (`off`): no pause.",
        ),
        pauseSeconds: z
          .int()
          .positive()
          .describe("`--pause-seconds`: the first pause. It doubles with each further reject."),
        longestPauseSeconds: z.int().positive().describe("`--longest-pause-seconds`: the longest pause."),
      })
      .partial()
      .optional()
      .describe("Limits of repeated guesses."),
    audit: z
      .enum(["all", "changes"])
      .optional()
      .describe(
        "`--audit`: operations in the audit log, `changes` or `all` with decisions. Default: changes.",
      ),
    replay: z
      .enum(PROBE_ACTIONS)
      .optional()
      .describe(
        "`--replay`: what happens to a copy of a known recording, `flag` or `refuse`. Default: flag.",
      ),
    replayDays: z
      .int()
      .min(0)
      .max(MOST_REPLAY_DAYS)
      .optional()
      .describe("`--replay-days`: days for which fingerprints of accepted probes are kept. Default: 30."),
    mixedProbes: z
      .enum(PROBE_ACTIONS)
      .optional()
      .describe(
        "`--mixed-probes`: what happens to a probe that appears to contain more than one speaker, `flag` or " +
          "`refuse`. Default: flag.",
      ),
    embeddings: z
      .boolean()
      .optional()
      .describe(
        "`--embeddings`: hands out embeddings and accepts them as probes ([api.md](api.md#embeddings)). Default: no.",
      ),
    candidateVoices: z
      .boolean()
      .optional()
      .describe(
        "`--candidate-voices`: strangers of diarized recordings are kept as candidate voices " +
          "([people.md](people.md)). Default: no.",
      ),
    candidateDays: z
      .int()
      .optional()
      .describe(
        "`--candidate-days`: days after a candidate voice was last heard when it expires. Default: 30.",
      ),
    decisionEvents: z
      .boolean()
      .optional()
      .describe("`--decision-events`: each decision is an event for webhooks. Default: false."),
    corsOrigins: z
      .array(z.string())
      .readonly()
      .optional()
      .describe(
        "`--cors-origins`: origins of the web pages that may send requests, of those that the deployment allows. " +
          "Default: all of them.",
      ),
    requestsPerMinute: z
      .int()
      .positive()
      .nullable()
      .describe("`--requests-per-minute`: limit for each key. Default: 1000."),
  }),
});

export type RegistryLine = z.infer<typeof RegistryLine>;
