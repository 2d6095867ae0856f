import { z } from "@hono/zod-openapi";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { Enrollment } from "../../lib/schema/speaker.ts";
import { selection } from "../http/body/piece.ts";
import { Consent, ExpiresAt, KeepAudio, Metadata, Name, speakerIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { audioFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { shownEnrollment } from "./scores.ts";
import { noteSpeaker } from "./speakers.ts";

const MAX_CLIPS = 10;

const Fields = z.strictObject({
  name: Name.optional(),
  metadata: Metadata.optional(),
  consent: Consent.optional(),
  force: z
    .boolean()
    .optional()
    .describe(
      "Enroll a clip even if it doesn't sound like the speaker's other clips. Needs `speakers:force`.",
    ),
  ...selection,
  keepAudio: KeepAudio.optional(),
  expiresAt: ExpiresAt.optional(),
});

export const enrollRoute = route(
  {
    operationId: "enroll",
    details:
      "Each clip needs 2 seconds of net speech, and the speaker counts as enrolled with 20, unless the " +
      "registry says otherwise. Either all clips of a request are enrolled or none.",
    summary: "Add one or more clips to a speaker, creating the speaker if needed",
    tag: "Speakers",
    method: "post",
    path: "/speakers/{id}/enroll",
    scope: "speakers:write",
    problems: [
      "audio-low-quality",
      "audio-multiple-speakers",
      "audio-no-speech",
      "audio-too-short",
      "clip-limit-reached",
      "consent-required",
      "duplicate-clip",
      "enrollment-inconsistent",
      "model-mismatch",
      "speaker-expired",
      "speaker-opted-out",
    ],
    input: audioFields(Fields, { audio: MAX_CLIPS }),
    reply: { status: 201, description: "All clips are enrolled", schema: Enrollment },
  },
  async (services, { registry, scopes, param, fields, clips, act, c }) => {
    const { channel, segment, firstSpeechSeconds, ...details } = fields;
    act.details = { clips: clips("audio").length, ...(details.force ? { force: true } : {}) };
    if (details.force) requireScope(scopes, "speakers:force");
    const enrollment = await enroll(services, {
      registry,
      speakerId: speakerIdOf(param("id")),
      clips: clips("audio"),
      attempt: c.var.attempt,
      ...details,
    });
    noteSpeaker(c, enrollment.speaker);
    return shownEnrollment(enrollment, scopes);
  },
);
