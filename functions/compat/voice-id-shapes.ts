import { z } from "@hono/zod-openapi";
import { AppError } from "../../lib/error.ts";
import { type GroupId, parseGroupId, parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { GroupView, SpeakerView } from "../../lib/schema/speaker.ts";

/** Voice ID's epoch seconds. */
export const seconds = (time: string): number => Date.parse(time) / 1000;
export const Seconds = z.number().describe("In seconds since 1970.");

/** Every operation names a domain. A key belongs to one registry, so it is only repeated. */
const DomainId = z
  .string()
  .min(1)
  .max(64)
  .describe("Any text. It is repeated in replies and not checked: the key belongs to one registry.");
export const Domain = z.object({ DomainId });
const NextToken = z.string().optional().describe("Where the next page starts. Absent on the last page.");
export const PageFields = Domain.extend({
  MaxResults: z.int().min(1).max(100).optional().describe("The most items in the page: 1 to 100."),
  NextToken: NextToken.describe("`NextToken` of the page before."),
});
export const Following = z.object({ NextToken });

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

export const VoiceIdSpeaker = Domain.extend({
  CustomerSpeakerId: z.string().describe("The speaker's ID, which is your own."),
  GeneratedSpeakerId: z.string().describe("The registry's own ID of this speaker."),
  Status: z
    .enum(["ENROLLED", "PENDING", "EXPIRED", "OPTED_OUT"])
    .describe(
      "`PENDING` until enough speech is enrolled; `EXPIRED` until another model has embedded the clips.",
    ),
  CreatedAt: Seconds,
  UpdatedAt: Seconds,
}).openapi("VoiceIdSpeaker");

export const speakerOf = (speaker: SpeakerView, DomainId: string): z.input<typeof VoiceIdSpeaker> => ({
  DomainId,
  CustomerSpeakerId: speaker.id,
  GeneratedSpeakerId: speaker.uid,
  Status: STATUS[speaker.status],
  CreatedAt: seconds(speaker.createdAt),
  UpdatedAt: seconds(speaker.updatedAt),
});

export const VoiceIdWatchlist = Domain.extend({
  WatchlistId: z.string().describe("The ID of a group."),
  Name: z.string().describe("The group's name, or its ID if it has none."),
  DefaultWatchlist: z.literal(false).describe("No watchlist is the default one."),
  CreatedAt: Seconds,
  UpdatedAt: Seconds,
}).openapi("VoiceIdWatchlist");

export const watchlistOf = (group: GroupView, DomainId: string): z.input<typeof VoiceIdWatchlist> => ({
  DomainId,
  WatchlistId: group.id,
  Name: group.name ?? group.id,
  DefaultWatchlist: false,
  CreatedAt: seconds(group.createdAt),
  UpdatedAt: seconds(group.updatedAt),
});
