import { z } from "@hono/zod-openapi";
import {
  changeMembers,
  deleteGroup,
  listGroups,
  putGroup,
  readGroup,
} from "../../lib/domain/speaker/group.ts";
import { makeId, parseGroupId } from "../../lib/id.ts";
import { operation, voiceIdPage } from "./voice-id-operation.ts";
import {
  Domain,
  Following,
  PageFields,
  Seconds,
  seconds,
  VoiceIdWatchlist,
  voiceSpeakerId,
  watchlistId,
  watchlistOf,
} from "./voice-id-shapes.ts";

const WatchlistId = z.string().min(1).describe("The ID of a group.");
const FraudsterId = z.string().min(1).describe("The ID of a speaker.");
const New = Domain.extend({ Name: z.string().min(1).max(256).describe("The group's name.") });
const One = Domain.extend({ WatchlistId });
const Member = One.extend({ FraudsterId });
const Described = z.object({ Watchlist: VoiceIdWatchlist });
const Changed = z.object({
  Fraudster: Domain.extend({
    GeneratedFraudsterId: FraudsterId,
    CreatedAt: Seconds.describe("When the group was last changed, in seconds since 1970."),
    WatchlistIds: z.array(WatchlistId).describe("The watchlist of the request, unless it was left."),
  }).describe("The speaker."),
});

export const createWatchlist = operation("CreateWatchlist", {
  operationId: "putGroup",
  summary: "Create a group",
  scope: "speakers:write",
  audit: "changes",
  input: New,
  reply: Described,
  async handle(services, { registry: { registryId }, fields: { Name, DomainId } }) {
    const groupId = parseGroupId(makeId("watchlist", services.random.bytes(16)));
    if (!groupId) throw new RangeError("a generated ID is invalid");
    return {
      Watchlist: watchlistOf(await putGroup(services, { registryId, groupId, name: Name }), DomainId),
    };
  },
});

export const describeWatchlist = operation("DescribeWatchlist", {
  operationId: "readGroup",
  summary: "Read a group",
  scope: "speakers:read",
  audit: "none",
  input: One,
  reply: Described,
  async handle(services, { registry: { registryId }, fields }) {
    const group = await readGroup(services, { registryId, groupId: watchlistId(fields.WatchlistId) });
    return { Watchlist: watchlistOf(group, fields.DomainId) };
  },
});

export const listWatchlists = operation("ListWatchlists", {
  operationId: "listGroups",
  summary: "List the groups",
  scope: "speakers:read",
  audit: "none",
  input: PageFields,
  reply: Following.extend({
    WatchlistSummaries: z.array(VoiceIdWatchlist).describe("In the order of their IDs."),
  }),
  async handle(services, request) {
    const { registry, fields } = request;
    const { items, following } = await voiceIdPage(services, request, "ListWatchlists", (page) =>
      listGroups(services, { registryId: registry.registryId, ...page }),
    );
    return { WatchlistSummaries: items.map((group) => watchlistOf(group, fields.DomainId)), ...following };
  },
});

export const deleteWatchlist = operation("DeleteWatchlist", {
  operationId: "deleteGroup",
  summary: "Delete a group; its members stay speakers",
  scope: "speakers:write",
  audit: "changes",
  input: One,
  reply: z.object({}),
  async handle(services, { registry: { registryId }, fields }) {
    await deleteGroup(services, { registryId, groupId: watchlistId(fields.WatchlistId) });
    return {};
  },
});

const changed = (name: string, change: "add" | "remove", summary: string) =>
  operation(name, {
    operationId: "changeGroupMembers",
    summary,
    scope: "speakers:write",
    audit: "changes",
    input: Member,
    reply: Changed,
    async handle(services, { registry: { registryId }, fields }) {
      const groupId = watchlistId(fields.WatchlistId);
      const speakers = [voiceSpeakerId(fields.FraudsterId)];
      const group = await changeMembers(services, { registryId, groupId, [change]: speakers });
      return {
        Fraudster: {
          DomainId: fields.DomainId,
          GeneratedFraudsterId: fields.FraudsterId,
          CreatedAt: seconds(group.updatedAt),
          WatchlistIds: change === "add" ? [fields.WatchlistId] : [],
        },
      };
    },
  });

export const associateFraudster = changed("AssociateFraudster", "add", "Add a speaker to a group");
export const disassociateFraudster = changed(
  "DisassociateFraudster",
  "remove",
  "Take a speaker out of a group",
);
