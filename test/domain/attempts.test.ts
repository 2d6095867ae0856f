import { expect, test } from "vitest";
import type { FarChoice } from "../../lib/domain/decision/record.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import type { Method } from "../../lib/score/scoring/types.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, refusal, slugOf } from "./asking.ts";

type More = FarChoice & { method?: Method };
const ask = (services: TestServices, text: string, more: More = {}) =>
  verify(services, { ...named(services, "ann"), clip: fakeClip(text), ...more });
const IMPOSTOR = "voice=max take=1";

async function afterRejects(count: number): Promise<TestServices> {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  for (let i = 0; i < count; i++) {
    services.clock.advance(i >= 5 ? 30 : 0);
    expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
  }
  return services;
}

test("after five rejects, rejects every attempt for 30 s without embedding the clip", async () => {
  const services = await afterRejects(5);
  expect(await refusal(ask(services, "not audio at all"))).toMatchObject({
    slug: "verify-attempts-exhausted",
    retryAfterSeconds: 30,
  });
  services.clock.advance(29);
  expect(await refusal(ask(services, "voice=ann take=9"))).toMatchObject({ retryAfterSeconds: 1 });
  services.clock.advance(1);
  expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
});

test("an accept clears the count of rejects", async () => {
  const services = await afterRejects(4);
  expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
  for (let i = 0; i < 5; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
  expect(await slugOf(ask(services, IMPOSTOR))).toBe("verify-attempts-exhausted");
});

test("only an accept that proves presence clears the count: no replay, no looser rate, no chosen method", async () => {
  const services = await afterRejects(4);
  const accepts: [string, More][] = [
    ["voice=ann take=1", {}],
    ["voice=ann take=9", { far: 0.05, mayLoosen: true }],
    ["voice=ann take=9", { method: "cosine" }],
  ];
  for (const [text, more] of accepts) expect((await ask(services, text, more)).decision).toBe("accept");
  expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
  expect(await slugOf(ask(services, IMPOSTOR))).toBe("verify-attempts-exhausted");
});

test("accepts that prove nothing are not counted as rejects", async () => {
  const services = await afterRejects(0);
  for (let i = 0; i < 10; i++) expect((await ask(services, "voice=ann take=1")).decision).toBe("accept");
  expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
});

test("an accept at a stricter rate than the registry's clears the count", async () => {
  const services = await afterRejects(4);
  expect((await ask(services, "voice=ann take=9", { far: 0.001 })).decision).toBe("accept");
  for (let i = 0; i < 5; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
});

test("an inconclusive clip neither counts nor clears", async () => {
  const services = await afterRejects(4);
  for (let i = 0; i < 3; i++)
    expect((await ask(services, "voice=ann seconds=0")).decision).toBe("inconclusive");
  expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
  expect(await slugOf(ask(services, IMPOSTOR))).toBe("verify-attempts-exhausted");
});

test("fifty rejects in a row lock the speaker until it is reset", async () => {
  const services = await afterRejects(50);
  services.clock.advance(400 * 86_400);
  expect(await slugOf(ask(services, "voice=ann take=9"))).toBe("speaker-locked");
  await resetSpeaker(services, named(services, "ann"));
  await enrollTakes(services, "ann", 4);
  expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
});

test("parallel guesses get no more answers than sequential ones", async () => {
  const services = await afterRejects(2);
  const guess = (i: number) =>
    ask(services, `voice=max take=${i}`).then(
      (reply) => reply.decision as string,
      (error: { slug: string }) => error.slug,
    );
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => guess(i)));
  expect(answers.filter((answer) => answer === "reject")).toHaveLength(3);
  expect(answers.filter((answer) => answer === "verify-attempts-exhausted")).toHaveLength(17);
  expect(await slugOf(ask(services, "voice=ann take=9"))).toBe("verify-attempts-exhausted");
  services.clock.advance(30);
  const later = await Promise.all(Array.from({ length: 5 }, (_, i) => guess(100 + i)));
  expect(later.filter((answer) => answer === "reject")).toHaveLength(1);
});

test("rejects of one speaker do not affect another", async () => {
  const services = await afterRejects(5);
  await enrollTakes(services, "max", 4);
  const reply = await verify(services, { ...named(services, "max"), clip: fakeClip("voice=max take=9") });
  expect(reply.decision).toBe("accept");
});
