import { z } from "@hono/zod-openapi";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { operation, voiceIdPage } from "./voice-id-operation.ts";
import {
  Domain,
  Following,
  PageFields,
  speakerOf,
  VoiceIdSpeaker,
  voiceSpeakerId,
} from "./voice-id-shapes.ts";

const One = Domain.extend({ SpeakerId: z.string().min(1).max(256).describe("The speaker's ID, your own.") });
const Described = z.object({ Speaker: VoiceIdSpeaker });

export const describeSpeaker = operation("DescribeSpeaker", {
  operationId: "readSpeaker",
  summary: "Read one speaker",
  scope: "speakers:read",
  audit: "none",
  input: One,
  reply: Described,
  async handle(services, { registry, fields: { SpeakerId, DomainId } }) {
    const speaker = await readSpeaker(services, { registry, speakerId: voiceSpeakerId(SpeakerId) });
    return { Speaker: speakerOf(speaker, DomainId) };
  },
});

export const listSpeakersOf = operation("ListSpeakers", {
  operationId: "listSpeakers",
  summary: "List the speakers",
  scope: "speakers:read",
  audit: "none",
  input: PageFields,
  reply: Following.extend({
    SpeakerSummaries: z
      .array(VoiceIdSpeaker)
      .describe("In order of creation. Expired speakers are left out."),
  }),
  async handle(services, request) {
    const { registry, fields } = request;
    const { items, following } = await voiceIdPage(services, request, "ListSpeakers", (page) =>
      listSpeakers(services, { registry, ...page }),
    );
    return { SpeakerSummaries: items.map((speaker) => speakerOf(speaker, fields.DomainId)), ...following };
  },
});

export const optOutSpeaker = operation("OptOutSpeaker", {
  operationId: "optOut",
  summary: "Erase a speaker's voiceprint and recordings, and refuse to enroll the speaker again",
  scope: "speakers:write",
  audit: "changes",
  input: One,
  reply: Described,
  async handle(services, { registry, act, c, fields: { SpeakerId, DomainId } }) {
    act.speakerId = SpeakerId;
    const speaker = await optOut(services, { registry, speakerId: voiceSpeakerId(SpeakerId) });
    c.env.trace.speakerUid = speaker.uid;
    return { Speaker: speakerOf(speaker, DomainId) };
  },
});

export const deleteSpeaker = operation("DeleteSpeaker", {
  operationId: "eraseSpeaker",
  summary: "Erase a speaker with everything that the registry knows of the speaker",
  scope: "speakers:write",
  audit: "changes",
  input: One,
  reply: z.object({}),
  async handle(services, { registry: { registryId }, act, c, fields: { SpeakerId } }) {
    act.speakerId = SpeakerId;
    const receipt = await eraseSpeaker(services, { registryId, speakerId: voiceSpeakerId(SpeakerId) });
    c.env.trace.speakerUid = receipt.uid;
    return {};
  },
});
