import { expect, inject, test } from "vitest";
import { openTestServices } from "../support/services.ts";
import { playSession } from "./session.ts";

test.skipIf(!inject("standIns"))(
  "both stores give the same replies, byte for byte, in one session",
  async () => {
    const local = await openTestServices({ store: "local" });
    const aws = await openTestServices({ store: "aws" });
    try {
      const [onDisk, onAws] = [await playSession(local), await playSession(aws)];
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
