import { z } from "@hono/zod-openapi";
import {
  changeMembers,
  deleteGroup,
  listGroups,
  putGroup,
  readGroup,
} from "../../lib/domain/speaker/group.ts";
import { makeId, parseGroupId } from "../../lib/id.ts";
import {
  Domain,
  fieldsOf,
  operation,
  Page,
  seconds,
  voiceIdPage,
  voiceSpeakerId,
  watchlistId,
  watchlistOf,
} from "./voice-id-shapes.ts";

const New = Domain.extend({ Name: z.string().min(1).max(256) });
const One = Domain.extend({ WatchlistId: z.string().min(1) });
const Member = One.extend({ FraudsterId: z.string().min(1) });
const ROUTE = "/compat/voice-id#ListWatchlists";

export const createWatchlist = operation("CreateWatchlist", "putGroup", {
  scope: "speakers:write",
  audit: "changes",
  async handle(services, request) {
    const { Name, DomainId } = fieldsOf(New, request);
    const groupId = parseGroupId(makeId("watchlist", services.random.bytes(16)));
    if (!groupId) throw new RangeError("a generated ID is invalid");
    const { registryId } = request.registry;
    const group = await putGroup(services, { registryId, groupId, name: Name });
    return request.c.json({ Watchlist: watchlistOf(group, DomainId) });
  },
});

export const describeWatchlist = operation("DescribeWatchlist", "readGroup", {
  scope: "speakers:read",
  audit: "none",
  async handle(services, request) {
    const { WatchlistId, DomainId } = fieldsOf(One, request);
    const { registryId } = request.registry;
    const group = await readGroup(services, { registryId, groupId: watchlistId(WatchlistId) });
    return request.c.json({ Watchlist: watchlistOf(group, DomainId) });
  },
});

export const listWatchlists = operation("ListWatchlists", "listGroups", {
  scope: "speakers:read",
  audit: "none",
  async handle(services, request) {
    const fields = fieldsOf(Page, request);
    const { registryId } = request.registry;
    const { items, following } = await voiceIdPage(services, request, { route: ROUTE, fields }, (page) =>
      listGroups(services, { registryId, ...page }),
    );
    const WatchlistSummaries = items.map((group) => watchlistOf(group, fields.DomainId));
    return request.c.json({ WatchlistSummaries, ...following });
  },
});

export const deleteWatchlist = operation("DeleteWatchlist", "deleteGroup", {
  scope: "speakers:write",
  audit: "changes",
  async handle(services, request) {
    const { WatchlistId } = fieldsOf(One, request);
    const { registryId } = request.registry;
    await deleteGroup(services, { registryId, groupId: watchlistId(WatchlistId) });
    return request.c.json({});
  },
});

const changed = (name: string, change: "add" | "remove") =>
  operation(name, "changeGroupMembers", {
    scope: "speakers:write",
    audit: "changes",
    async handle(services, request) {
      const { WatchlistId, FraudsterId, DomainId } = fieldsOf(Member, request);
      const { registryId } = request.registry;
      const groupId = watchlistId(WatchlistId);
      const speakers = [voiceSpeakerId(FraudsterId)];
      const group = await changeMembers(services, { registryId, groupId, [change]: speakers });
      const CreatedAt = seconds(group.updatedAt);
      const WatchlistIds = change === "add" ? [WatchlistId] : [];
      return request.c.json({
        Fraudster: { DomainId, GeneratedFraudsterId: FraudsterId, CreatedAt, WatchlistIds },
      });
    },
  });

export const associateFraudster = changed("AssociateFraudster", "add");
export const disassociateFraudster = changed("DisassociateFraudster", "remove");
