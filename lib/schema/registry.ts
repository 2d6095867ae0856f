import { isOrigin } from "../origins.ts";
import { PURPOSES } from "./purpose.ts";
import { z } from "./zod.ts";

const days = z.int().min(1).max(36_500);
const action = z.enum(["flag", "refuse"]);
const pause = z.int().min(1).max(86_400);

/** The settings of a registry, and the range of each. */
export const Settings = z
  .object({
    enrollSpeechSeconds: z.number().min(1).max(600).openapi({
      description: "Seconds of net speech after which a speaker counts as enrolled.",
      example: 20,
    }),
    consentRequired: z
      .boolean()
      .openapi({ description: "Whether enrollments without `consent` are rejected." }),
    requiredPurposes: z.array(z.enum(PURPOSES)).openapi({
      description:
        "What a voice may be used for only with a recorded consent (`POST /speakers/{id}/consents`). Where consents " +
        "are recorded, they decide for every purpose.",
    }),
    keepConsentProofs: z.boolean().openapi({
      description:
        "Whether an erasure keeps a proof of the person's consents: which text, for what, from when to when. It " +
        "names nobody.",
    }),
    challengeRequired: z.boolean().openapi({
      description: "Whether verifications without a challenge (`POST /challenges`) are refused.",
    }),
    spoofWarning: z
      .number()
      .min(-100)
      .max(100)
      .nullable()
      .openapi({
        description:
          "Decisions whose spoof score is below this have the warning `spoof-suspected`. Null: no warning. Needs an " +
          "installed detector.",
      }),
    refuseMultipleSpeakers: z.boolean().openapi({
      description: "Whether clips to enroll that appear to contain more than one speaker are rejected.",
    }),
    keepAudio: z.boolean().openapi({
      description:
        "Whether recordings are stored. A change doesn't touch the recordings that are stored already.",
    }),
    speakerDays: days.nullable().openapi({
      description: "Days after the last enrollment when a speaker without `expiresAt` expires. Null: never.",
    }),
    decisionDays: days.openapi({ description: "Days for which decisions are kept.", example: 90 }),
    speakerHistory: z.boolean().openapi({
      description:
        "Whether decisions are also listed by speaker, from two minutes after this is switched on, so that " +
        "`GET /decisions?speaker=` reads no others. On DynamoDB, each decision about a speaker then costs another " +
        "write.",
    }),
    far: z.number().gt(0).lt(1).nullable().openapi({
      description: "The false-accept rate of requests that name none. Null: the calibration's default.",
    }),
    replay: action.openapi({
      description: "What happens to a copy of a known recording. `refuse`: it is never accepted.",
    }),
    replayDays: z.int().min(0).max(365).openapi({
      description: "Days for which the fingerprints of accepted probes are kept. 0: none are kept.",
      example: 30,
    }),
    mixedProbes: action.openapi({
      description:
        "What happens to a probe that appears to contain several speakers. `refuse`: it is `inconclusive`.",
    }),
    embeddings: z.boolean().openapi({
      description:
        "Whether `POST /embeddings` hands out embeddings, and verify, identify and compare accept them as `probe`.",
    }),
    audit: z.enum(["changes", "all"]).openapi({
      description: "Which operations the audit log has: changes, or decisions as well.",
    }),
    candidateVoices: z.boolean().openapi({
      description:
        "Whether strangers of diarized recordings are kept as candidate voices, so that one name finds them in every " +
        "recording. Ask first what the law requires for it.",
    }),
    candidateDays: z.int().min(1).max(3650).openapi({
      description: "Days after a candidate voice was last heard when it expires.",
      example: 30,
    }),
    decisionEvents: z.boolean().openapi({
      description: "Whether each decision is an event (`decision.made`) for webhooks.",
    }),
    corsOrigins: z
      .array(z.string().refine(isOrigin, "Use an origin such as https://app.example.com."))
      .max(20)
      .nullable()
      .openapi({
        description:
          "The origins of the web pages that may send requests, of those that the deployment allows. " +
          "Null: all of them.",
        example: ["https://app.example.com"],
      }),
    requestsPerMinute: z.int().min(1).max(1_000_000).nullable().openapi({
      description: "Requests per minute for each key. Null: no limit.",
      example: 1000,
    }),
    guessing: z
      .object({
        rejects: z.int().min(0).max(1000).openapi({
          description: "Rejects in a row for one speaker by one caller before a pause. 0: no pause.",
        }),
        speakerRejects: z.int().min(0).max(1000).openapi({
          description: "Rejects in a row for one speaker by all callers before a pause. 0: no pause.",
        }),
        misses: z.int().min(0).max(10_000).openapi({
          description: "Searches in a row without a match by one caller before a pause. 0: no pause.",
        }),
        pauseSeconds: pause.openapi({ description: "The first pause. It doubles with each further reject." }),
        longestPauseSeconds: pause.openapi({ description: "The longest pause." }),
      })
      .openapi({ description: "When repeated guesses are paused." }),
  })
  .openapi("Settings");

export const RegistryView = z.object({ name: z.string(), settings: Settings }).openapi("Registry");
