import { expect, test } from "vitest";
import { identify } from "../../lib/domain/decision/identify.ts";
import type { FarChoice } from "../../lib/domain/decision/record.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import type { Caller } from "../../lib/domain/registry/guess.ts";
import { resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { readSpeakerDetail, unlockSpeaker } from "../../lib/domain/speaker/unlock.ts";
import type { Method } from "../../lib/score/scoring/types.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, refusal, set, slugOf } from "./asking.ts";

type More = FarChoice & { method?: Method; caller?: Caller };
const ask = (services: TestServices, text: string, more: More = {}) =>
  verify(services, { ...named(services, "ann"), clip: fakeClip(text), ...more });
const IMPOSTOR = "voice=max take=1";

async function afterRejects(count: number): Promise<TestServices> {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  for (let i = 0; i < count; i++) {
    services.clock.advance(i >= 5 ? 900 : 0);
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

test("the pause doubles with each reject up to 15 minutes, and ends", async () => {
  const services = await afterRejects(4);
  for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
    expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
    expect(await refusal(ask(services, IMPOSTOR))).toMatchObject({ retryAfterSeconds: seconds });
    services.clock.advance(seconds);
  }
  expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
});

test("a day after the last reject, five more are answered", async () => {
  const services = await afterRejects(5);
  services.clock.advance(86_400);
  for (let i = 0; i < 5; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
});

test("rejects of one caller don't hold another caller or another key", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  const mallory = { caller: { keyId: "key_a", callerId: "mallory" } };
  for (let i = 0; i < 5; i++) await ask(services, IMPOSTOR, mallory);
  expect(await slugOf(ask(services, "voice=ann take=9", mallory))).toBe("verify-attempts-exhausted");
  for (const caller of [
    { keyId: "key_a", callerId: "ann" },
    { keyId: "key_a" },
    { keyId: "key_b", callerId: "mallory" },
  ])
    expect((await ask(services, "voice=ann take=9", { caller })).decision).toBe("accept");
  expect(await slugOf(ask(services, "voice=ann take=9", mallory))).toBe("verify-attempts-exhausted");
});

async function afterCallers(count: number): Promise<TestServices> {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  for (let i = 0; i < count; i++) await ask(services, IMPOSTOR, caller(`mallory-${i}`));
  return services;
}
const caller = (callerId: string) => ({ caller: { keyId: "key_a", callerId } });

test("twenty rejects in a row by all callers pause those with a reject, and no others", async () => {
  const services = await afterCallers(19);
  expect((await ask(services, IMPOSTOR, caller("mallory-0"))).decision).toBe("reject");
  expect(await refusal(ask(services, IMPOSTOR, caller("mallory-1")))).toMatchObject({
    slug: "verify-attempts-exhausted",
    retryAfterSeconds: 30,
  });
  expect((await ask(services, "voice=ann take=9", caller("ann"))).decision).toBe("accept");
  expect((await ask(services, IMPOSTOR, caller("mallory-1"))).decision).toBe("reject");
});

test("unlock ends the pauses of all callers, erases nothing, and the speaker's state shows them", async () => {
  const services = await afterCallers(20);
  for (let i = 0; i < 4; i++) await slugOf(ask(services, IMPOSTOR, caller("mallory-0")));
  const ann = named(services, "ann");
  const before = await readSpeakerDetail(services, ann);
  expect(before).toMatchObject({ clips: 4, attempts: { rejects: 20, pauseSeconds: 30 } });
  const unlocked = await unlockSpeaker(services, ann);
  expect(unlocked).toEqual({ ...before, attempts: { rejects: 0, pauseSeconds: 0 } });
  for (let i = 0; i < 5; i++)
    expect((await ask(services, IMPOSTOR, caller("mallory-0"))).decision).toBe("reject");
});

test("the state shows the rest of a pause, to the full second", async () => {
  const services = await afterCallers(20);
  const rest = async () => (await readSpeakerDetail(services, named(services, "ann"))).attempts.pauseSeconds;
  services.clock.advance(10.5);
  expect(await rest()).toBe(20);
  services.clock.advance(60);
  expect(await rest()).toBe(0);
});

test("either pause can be off while the other one works", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  await set(services, { guessing: { rejects: 0, speakerRejects: 2 } });
  const answers = async () =>
    Promise.all(
      [1, 2, 3, 4].map(() =>
        ask(services, IMPOSTOR).then(
          (one) => one.decision,
          () => "paused",
        ),
      ),
    );
  for (let i = 0; i < 2; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
  expect(await answers()).toEqual(Array(4).fill("paused"));
  await unlockSpeaker(services, named(services, "ann"));
  await set(services, { guessing: { rejects: 2, speakerRejects: 0 } });
  for (let i = 0; i < 2; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
  expect(await answers()).toEqual(Array(4).fill("paused"));
});

test("the message says how many attempts failed and when to try again", async () => {
  const services = await afterRejects(5);
  await expect(ask(services, IMPOSTOR)).rejects.toThrow(
    "The last 5 verification attempts for this speaker failed. Try again in 30 seconds.",
  );
});

test("a reset ends the pauses, too", async () => {
  const services = await afterRejects(5);
  await resetSpeaker(services, named(services, "ann"));
  await enrollTakes(services, "ann", 4);
  expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
});

test("the registry chooses the numbers, and 0 switches a pause off", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  await set(services, { guessing: { rejects: 2, pauseSeconds: 10, longestPauseSeconds: 15 } });
  for (const seconds of [undefined, 10, 15, 15]) {
    services.clock.advance(15);
    expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
    if (seconds) expect(await refusal(ask(services, IMPOSTOR))).toMatchObject({ retryAfterSeconds: seconds });
  }
  await set(services, { guessing: { rejects: 0, speakerRejects: 0 } });
  expect(services.registry.settings.guessing).toMatchObject({ pauseSeconds: 10 });
  for (let i = 0; i < 30; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
});

test("twenty searches in a row without a match pause a caller; a match clears the count", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  const search = (text: string, callerId: string, far = 0.01) =>
    identify(services, {
      registry: services.registry,
      clip: fakeClip(text),
      ...{ far, mayLoosen: true, ...caller(callerId) },
    });
  const miss = async (times: number) => {
    for (let i = 0; i < times; i++) expect((await search(IMPOSTOR, "mallory")).decision).toBe("unknown");
  };
  await miss(19);
  expect((await search("voice=ann take=9", "mallory")).decision).toBe("match");
  await miss(19);
  expect((await search("voice=ann take=9", "mallory", 0.05)).decision).toBe("match");
  await miss(1);
  expect(await refusal(search(IMPOSTOR, "mallory"))).toMatchObject({
    slug: "identify-attempts-exhausted",
    retryAfterSeconds: 30,
  });
  expect((await search("voice=ann take=9", "ann")).decision).toBe("match");
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
  services.clock.advance(900);
  const later = await Promise.all(Array.from({ length: 5 }, (_, i) => guess(100 + i)));
  expect(later.filter((answer) => answer === "reject")).toHaveLength(1);
});

test.each([0, 3])(
  "an accept that is scored after parallel rejects began a pause isn't answered, and is after it (%i before)",
  async (before) => {
    const services = await afterRejects(before);
    const scored = Promise.withResolvers<void>();
    const slow: TestServices = {
      ...services,
      embedder: {
        ...services.embedder,
        async embed(clip, options) {
          await scored.promise;
          return services.embedder.embed(clip, options);
        },
      },
    };
    const late = slugOf(ask(slow, "voice=ann take=9"));
    for (let i = before; i < 5; i++) expect((await ask(services, IMPOSTOR)).decision).toBe("reject");
    scored.resolve();
    expect(await late).toBe("verify-attempts-exhausted");
    services.clock.advance(30);
    expect((await ask(services, "voice=ann take=9")).decision).toBe("accept");
    expect((await readSpeakerDetail(services, named(services, "ann"))).attempts.rejects).toBe(0);
  },
);

test("of 64 wrong guesses at once for a speaker without rejects, five are answered", async () => {
  const services = await afterRejects(0);
  const guesses = Array.from({ length: 64 }, (_, i) => slugOf(ask(services, `voice=max take=${i}`)));
  const refused = (await Promise.all(guesses)).filter((slug) => slug === "verify-attempts-exhausted");
  expect(refused).toHaveLength(59);
});

test("rejects of one speaker do not affect another", async () => {
  const services = await afterRejects(5);
  await enrollTakes(services, "max", 4);
  const reply = await verify(services, { ...named(services, "max"), clip: fakeClip("voice=max take=9") });
  expect(reply.decision).toBe("accept");
});
