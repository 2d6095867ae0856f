import { expect, test } from "vitest";
import { bytesOf, client, wav } from "./client.ts";

const clip = (text: string) => ({ headers: wav, body: bytesOf(text) });

test("a clip is measured as a decision measures it, and nothing is stored", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const { status, body } = await c.call("POST", "/quality", clip("voice=ann take=9"));
  const decision = await c.call("POST", "/verify?speaker=ann", clip("voice=ann take=9"));
  expect(status).toBe(200);
  expect(body.quality).toEqual(decision.body.quality);
  expect((await c.call("GET", "/decisions")).body.decisions).toHaveLength(1);
});

test("any scope that may send audio is enough, and no other is", async () => {
  const c = await client();
  const asked = async (scope: "compare" | "speakers:read") => {
    const key = await c.keyWith([scope]);
    return (await c.call("POST", "/quality", { ...clip("voice=ann take=9"), key })).status;
  };
  expect(await asked("compare")).toBe(200);
  expect(await asked("speakers:read")).toBe(403);
});
