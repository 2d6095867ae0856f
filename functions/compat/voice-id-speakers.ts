import { z } from "@hono/zod-openapi";
import { eraseSpeaker, optOut } from "../../lib/domain/speaker/erase.ts";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import {
  Domain,
  fieldsOf,
  operation,
  Page,
  speakerOf,
  voiceIdPage,
  voiceSpeakerId,
} from "./voice-id-shapes.ts";

const One = Domain.extend({ SpeakerId: z.string().min(1).max(256) });
const ROUTE = "/compat/voice-id#ListSpeakers";

export const describeSpeaker = operation("DescribeSpeaker", "readSpeaker", {
  scope: "speakers:read",
  audit: "none",
  async handle(services, request) {
    const { SpeakerId, DomainId } = fieldsOf(One, request);
    const speakerId = voiceSpeakerId(SpeakerId);
    const speaker = await readSpeaker(services, { registry: request.registry, speakerId });
    return request.c.json({ Speaker: speakerOf(speaker, DomainId) });
  },
});

export const listSpeakersOf = operation("ListSpeakers", "listSpeakers", {
  scope: "speakers:read",
  audit: "none",
  async handle(services, request) {
    const fields = fieldsOf(Page, request);
    const { registry, c } = request;
    const { items, following } = await voiceIdPage(services, request, { route: ROUTE, fields }, (page) =>
      listSpeakers(services, { registry, ...page }),
    );
    const SpeakerSummaries = items.map((speaker) => speakerOf(speaker, fields.DomainId));
    return c.json({ SpeakerSummaries, ...following });
  },
});

export const optOutSpeaker = operation("OptOutSpeaker", "optOut", {
  scope: "speakers:write",
  audit: "changes",
  async handle(services, request) {
    const { SpeakerId, DomainId } = fieldsOf(One, request);
    request.act.speakerId = SpeakerId;
    const { registry, c } = request;
    const speaker = await optOut(services, { registry, speakerId: voiceSpeakerId(SpeakerId) });
    c.env.trace.speakerUid = speaker.uid;
    return c.json({ Speaker: speakerOf(speaker, DomainId) });
  },
});

export const deleteSpeaker = operation("DeleteSpeaker", "eraseSpeaker", {
  scope: "speakers:write",
  audit: "changes",
  async handle(services, request) {
    const { SpeakerId } = fieldsOf(One, request);
    request.act.speakerId = SpeakerId;
    const { registryId } = request.registry;
    const receipt = await eraseSpeaker(services, { registryId, speakerId: voiceSpeakerId(SpeakerId) });
    request.c.env.trace.speakerUid = receipt.uid;
    return request.c.json({});
  },
});
