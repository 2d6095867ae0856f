import { z } from "@hono/zod-openapi";
import { AppError } from "../../lib/error.ts";
import { type GroupId, parseGroupId, parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { GroupView, SpeakerView } from "../../lib/schema/speaker.ts";
import { parseJson } from "../http/body/json.ts";
import { parse } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import type { CompatRequest, Operation } from "./dialect.ts";

/** Voice ID's epoch seconds. */
export const seconds = (time: string): number => Date.parse(time) / 1000;
/** Every operation names a domain. A key belongs to one registry, so it is only repeated. */
export const Domain = z.object({ DomainId: z.string().min(1).max(64) });
export const Page = Domain.extend({
  MaxResults: z.int().min(1).max(100).optional(),
  NextToken: z.string().optional(),
});

/** Reads a page of a list, and says where the next one starts as Voice ID does. */
export async function voiceIdPage<T>(
  services: Services,
  { registry: { registryId } }: CompatRequest,
  { route, fields: { MaxResults, NextToken } }: { route: string; fields: z.output<typeof Page> },
  read: Parameters<typeof pageOf<T>>[3],
): Promise<{ items: readonly T[]; following: { NextToken?: string } }> {
  const paging = { limit: MaxResults, cursor: NextToken };
  const { items, next } = await pageOf(services, { registryId, route }, paging, read);
  return { items, following: next === null ? {} : { NextToken: next } };
}

/** Fields of later versions are ignored, as AWS does. */
export const fieldsOf = <S extends z.ZodType>(schema: S, { body }: CompatRequest): z.output<S> =>
  parse(schema, parseJson(body));

/** Voice ID accepts its own ID of a speaker or fraudster as well; here both are the registry's. */
export function voiceSpeakerId(id: string): SpeakerId {
  const speakerId = parseSpeakerId(id);
  if (!speakerId) throw new AppError("speaker-not-found", `No speaker ${id} exists in this registry.`);
  return speakerId;
}

export function watchlistId(id: string): GroupId {
  const groupId = parseGroupId(id);
  if (!groupId) throw new AppError("group-not-found", `No watchlist ${id} exists.`);
  return groupId;
}

const STATUS = {
  enrolled: "ENROLLED",
  enrolling: "PENDING",
  "needs-reenrollment": "EXPIRED",
  "opted-out": "OPTED_OUT",
} as const satisfies Record<SpeakerView["status"], string>;

export const speakerOf = (speaker: SpeakerView, DomainId: string) => ({
  DomainId,
  CustomerSpeakerId: speaker.id,
  GeneratedSpeakerId: speaker.uid,
  Status: STATUS[speaker.status],
  CreatedAt: seconds(speaker.createdAt),
  UpdatedAt: seconds(speaker.updatedAt),
});

export const watchlistOf = (group: GroupView, DomainId: string) => ({
  DomainId,
  WatchlistId: group.id,
  Name: group.name ?? group.id,
  DefaultWatchlist: false,
  CreatedAt: seconds(group.createdAt),
  UpdatedAt: seconds(group.updatedAt),
});

/** The parts of an operation that follow from its name. */
export const operation = (
  name: string,
  operationId: string,
  spec: Pick<Operation, "audio" | "audit" | "handle" | "scope">,
): Operation => ({ route: `/compat/voice-id#${name}`, operationId, ...spec });
