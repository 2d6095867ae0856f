import { expect, inject, test } from "vitest";
import { openTestServices } from "../support/services.ts";
import { playSession } from "./session.ts";

type SessionReply = Awaited<ReturnType<typeof playSession>>[number];

/** A receipt also states what remains in backups and streams, which only AWS has. */
function withoutRemains(reply: SessionReply): SessionReply {
  const receipt = reply.headers["erasure-receipt"];
  if (receipt === undefined) return reply;
  const { remaining: _remaining, ...rest } = JSON.parse(receipt);
  return { ...reply, headers: { ...reply.headers, "erasure-receipt": JSON.stringify(rest) } };
}

test.skipIf(!inject("standIns"))(
  "both stores give the same replies, byte for byte, in one session",
  async () => {
    const local = await openTestServices({ store: "local" });
    const aws = await openTestServices({ store: "aws" });
    try {
      const onDisk = (await playSession(local)).map(withoutRemains);
      const onAws = (await playSession(aws)).map(withoutRemains);
      expect(onAws.length).toBeGreaterThan(110);
      for (const [i, reply] of onAws.entries()) expect(reply, reply.request).toEqual(onDisk[i]);
      expect(JSON.stringify(onAws)).toBe(JSON.stringify(onDisk));
    } finally {
      await local.close();
      await aws.close();
    }
  },
  300_000,
);
