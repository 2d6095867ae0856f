import { issueKey } from "../../lib/domain/registry/key.ts";
import { bytesOf } from "../functions/client.ts";
import type { Row, Sending } from "./row.ts";
import { enrollFake, type Stage, send } from "./stage.ts";

const json = { "Content-Type": "application/json" };
const wav = { "Content-Type": "audio/wav" };
const invalid = { status: 422, slug: "validation-failed" } as const;
const refused = { status: 409, slug: "challenge-invalid" } as const;

const make = (body: object): Sending => ({ path: "/challenges", headers: json, body: JSON.stringify(body) });
const verify = (query: Record<string, string>, speaker = "alice") => ({
  path: `/verify?${new URLSearchParams({ speaker, ...query })}`,
  headers: wav,
  body: bytesOf(`voice=${speaker} take=9`),
});

/** Makes a challenge for alice. */
async function made(stage: Stage): Promise<{ challenge: string }> {
  const { text } = await send(stage, {
    path: "/challenges",
    headers: json,
    body: JSON.stringify({ speaker: "alice" }),
  });
  const { challenge } = JSON.parse(text);
  return { challenge };
}

export const rows: readonly Row[] = [
  { id: "C1", what: "a challenge of 3 digits", send: make({ speaker: "alice", digits: 3 }), ...invalid },
  { id: "C1", what: "a challenge in French", send: make({ speaker: "alice", language: "fr" }), ...invalid },
  {
    id: "C1",
    what: "a challenge for a speaker who doesn't exist",
    send: make({ speaker: "nobody" }),
    status: 404,
    slug: "speaker-not-found",
  },
  {
    id: "C2",
    what: "a transcript without a challenge",
    send: verify({ transcript: "1234" }),
    ...invalid,
    pointers: ["/transcript"],
  },
  {
    id: "C2",
    what: "no challenge where the registry demands one",
    send: async (stage) => {
      await send(stage, {
        method: "PATCH",
        path: "/registry",
        headers: json,
        body: '{"challengeRequired": true}',
      });
      return verify({});
    },
    status: 422,
    slug: "challenge-required",
  },
  { id: "C3", what: "text that isn't a challenge", send: verify({ challenge: "4711" }), ...refused },
  {
    id: "C3",
    what: "a challenge with other digits",
    send: async (stage) => {
      const { challenge } = await made(stage);
      const [payload = "", seal = ""] = challenge.slice(3).split(".");
      const text = Buffer.from(payload, "base64url")
        .toString()
        .replace(/"\d{6}"/, '"121212"');
      return verify({ challenge: `vc_${Buffer.from(text).toString("base64url")}.${seal}` });
    },
    ...refused,
  },
  {
    id: "C3",
    what: "a challenge of another speaker",
    send: async (stage) => {
      await enrollFake(stage, "bob", "1");
      return verify(await made(stage), "bob");
    },
    ...refused,
  },
  {
    id: "C3",
    what: "a challenge that another key made",
    send: async (stage) => {
      const { registryId } = stage.services;
      const { token } = await issueKey(stage.services, { registryId, name: "some", scopes: ["verify"] });
      return { ...verify(await made(stage)), key: token };
    },
    ...refused,
  },
  {
    id: "C3",
    what: "a challenge after two minutes",
    send: async (stage) => {
      const challenge = await made(stage);
      stage.services.clock.advance(120);
      return verify(challenge);
    },
    ...refused,
    detail: /expired/,
  },
  {
    id: "C3",
    what: "a challenge for the second time",
    send: async (stage) => {
      const challenge = await made(stage);
      await send(stage, verify(challenge));
      return verify(challenge);
    },
    ...refused,
    detail: /used before/,
  },
];
