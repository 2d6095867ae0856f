import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { liftOptOut, optOut } from "../../lib/domain/speaker/opt-out.ts";
import { unlockSpeaker } from "../../lib/domain/speaker/unlock.ts";
import { Speaker, SpeakerDetail } from "../../lib/schema/speaker.ts";
import { speakerIdOf } from "../http/body/schema.ts";
import { emptyBody } from "../http/input.ts";
import { route } from "../http/route.ts";

const common = { tag: "Speakers", scope: "speakers:write", input: emptyBody } as const;

export const eraseSpeakerRoute = route(
  {
    ...common,
    operationId: "eraseSpeaker",
    details: "The header `Erasure-Receipt` says what was erased.",
    summary: "Erase a speaker: clips, voiceprint, name and everything else",
    method: "delete",
    path: "/speakers/{id}",
    problems: ["speaker-not-found"],
    reply: {
      status: 204,
      description: "The speaker is erased",
      headers: {
        "Erasure-Receipt": {
          description:
            'What was erased, and when, as JSON: {"uid", "clips", "at", "removed", "remaining"}. `removed` counts ' +
            "the recordings, and the cohorts and groups that the speaker was in. `remaining` lists what is still " +
            "stored and until when.",
          schema: { type: "string" },
        },
      },
    },
  },
  async (services, { registry: { registryId }, param, c }) => {
    const speakerId = speakerIdOf(param("id"));
    const receipt = await eraseSpeaker(services, { registryId, speakerId, attempt: c.var.attempt });
    c.env.trace.speakerUid = receipt.uid;
    c.header("Erasure-Receipt", JSON.stringify(receipt));
    return undefined;
  },
);

export const resetSpeakerRoute = route(
  {
    ...common,
    operationId: "resetSpeaker",
    summary: "Start over with a speaker: delete the clips and end all pauses, keep the speaker",
    method: "post",
    path: "/speakers/{id}/reset",
    problems: ["speaker-not-found", "speaker-opted-out"],
    reply: { description: "The updated speaker", schema: Speaker },
  },
  async (services, { registry, param, c }) => {
    const speaker = await resetSpeaker(services, { registry, speakerId: speakerIdOf(param("id")) });
    c.env.trace.speakerUid = speaker.uid;
    return speaker;
  },
);

export const unlockSpeakerRoute = route(
  {
    ...common,
    operationId: "unlockSpeaker",
    summary: "End all pauses after failed verifications of a speaker; nothing is erased",
    method: "post",
    path: "/speakers/{id}/unlock",
    problems: ["speaker-not-found"],
    reply: { description: "The speaker", schema: SpeakerDetail },
  },
  async (services, { registry, param, c }) => {
    const speaker = await unlockSpeaker(services, { registry, speakerId: speakerIdOf(param("id")) });
    c.env.trace.speakerUid = speaker.uid;
    return speaker;
  },
);

export const optOutRoute = route(
  {
    ...common,
    operationId: "optOut",
    summary: "Refuse a person from now on, whether or not the person is enrolled",
    method: "post",
    path: "/speakers/{id}/opt-out",
    problems: ["speaker-not-found"],
    reply: { description: "The updated speaker", schema: Speaker },
  },
  async (services, { registry, param, c }) => {
    const speaker = await optOut(services, { registry, speakerId: speakerIdOf(param("id")) });
    c.env.trace.speakerUid = speaker.uid;
    return speaker;
  },
);

export const liftOptOutRoute = route(
  {
    ...common,
    operationId: "liftOptOut",
    summary: "Lift an opt-out, so that the person can be enrolled again",
    method: "delete",
    path: "/speakers/{id}/opt-out",
    problems: ["speaker-not-found"],
    reply: { status: 204, description: "The person has no opt-out, whether or not there was one" },
  },
  async (services, { registry: { registryId }, param }) => {
    await liftOptOut(services, { registryId, speakerId: speakerIdOf(param("id")) });
    return undefined;
  },
);
