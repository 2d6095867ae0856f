import { expect, test } from "vitest";
import { base64Of, client, json } from "./client.ts";

const two = (a: string, b: string, more = {}) =>
  JSON.stringify({ audioA: { base64: base64Of(a) }, audioB: { base64: base64Of(b) }, ...more });

test("accepts two takes of one voice, rejects two voices, and stores nothing", async () => {
  const { call, services } = await client();
  const compare = (a: string, b: string) => call("POST", "/compare", { headers: json, body: two(a, b) });
  expect((await compare("voice=alice take=1", "voice=alice take=2")).body).toMatchObject({
    decision: "accept",
    speaker: null,
    qualityA: { speechSeconds: 6 },
  });
  expect((await compare("voice=alice take=1", "voice=bob take=2")).body.decision).toBe("reject");
  expect((await services.speakers.list(services.registryId, undefined, 10)).items).toEqual([]);
  expect(await services.clips.list(services.registryId)).toEqual([]);
});

test("the operating point changes the threshold", async () => {
  const { call } = await client();
  const at = async (far: number) => {
    const body = two("voice=alice take=1", "voice=alice take=2", { operatingPoint: { far } });
    return (await call("POST", "/compare", { headers: json, body })).body.threshold;
  };
  const [strict, loose] = [await at(0.001), await at(0.1)];
  expect([strict.far, loose.far]).toEqual([0.001, 0.1]);
  expect(strict.value).toBeGreaterThan(loose.value);
});
