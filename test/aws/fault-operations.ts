/** The requests to send while calls fail, and the state of the speaker if they succeed. */
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { checkSpeaker } from "../../lib/domain/maintenance/fsck-speaker.ts";
import { parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { type Answer, bytesOf, type Client, json, wav } from "../functions/client.ts";
import { fakeClip, fakeVoice } from "../support/fake-embedder.ts";
import type { TestServices } from "../support/services.ts";

/** The parts of a speaker that a request can change. "gone": there is no speaker */
export type State = "gone" | { version: number; name: string | undefined; takes: number };

export type FaultOperation = {
  name: string;
  /** Takes to enroll first. 0: the speaker doesn't exist */
  takes: number;
  request(client: Client, speaker: string, prepared: Prepared): Promise<Answer>;
  after(before: State): State;
  /** Allowed statuses of the same request after it was committed. */
  again: readonly number[];
};
type Prepared = { clipId: string | undefined };

const withOneMore = (before: State): State => {
  if (before === "gone") return { version: 1, name: undefined, takes: 1 };
  return { ...before, version: before.version + 1, takes: before.takes + 1 };
};
const same = (before: State): State => before;
const enrollOne = (client: Client, speaker: string) =>
  client.call("POST", `/speakers/${speaker}/enroll`, {
    headers: wav,
    body: bytesOf(`voice=${speaker} take=new`),
  });

export const operations: readonly FaultOperation[] = [
  { name: "enroll a new speaker", takes: 0, request: enrollOne, after: withOneMore, again: [409] },
  { name: "enroll one clip more", takes: 2, request: enrollOne, after: withOneMore, again: [409] },
  {
    name: "verify",
    takes: 2,
    request: (client, speaker) =>
      client.call("POST", `/verify?speaker=${speaker}`, {
        headers: wav,
        body: bytesOf(`voice=${speaker} take=9`),
      }),
    after: same,
    again: [200],
  },
  {
    name: "identify",
    takes: 2,
    request: (client, speaker) =>
      client.call("POST", "/identify", { headers: wav, body: bytesOf(`voice=${speaker} take=9`) }),
    after: same,
    again: [200],
  },
  {
    name: "rename",
    takes: 1,
    request: (client, speaker) =>
      client.call("PATCH", `/speakers/${speaker}`, { headers: json, body: '{"name": "New"}' }),
    after: (before) => (before === "gone" ? before : { ...before, version: before.version + 1, name: "New" }),
    again: [200],
  },
  {
    name: "delete a clip",
    takes: 2,
    request: (client, speaker, { clipId }) => client.call("DELETE", `/speakers/${speaker}/clips/${clipId}`),
    after: (before) =>
      before === "gone" ? before : { ...before, version: before.version + 1, takes: before.takes - 1 },
    again: [404],
  },
  {
    name: "erase a speaker",
    takes: 2,
    request: (client, speaker) => client.call("DELETE", `/speakers/${speaker}`),
    after: () => "gone",
    again: [404],
  },
];

const idOf = (name: string): SpeakerId => {
  const id = parseSpeakerId(name);
  if (!id) throw new RangeError(`${name} is no speaker id`);
  return id;
};

/** Enrolls the takes that the operation needs, on services without faults. */
export async function prepare(services: TestServices, speaker: string, takes: number): Promise<Prepared> {
  const { registry, registryId } = services;
  const clips = Array.from({ length: takes }, (_, take) => fakeClip(`voice=${speaker} take=${take}`));
  if (takes > 0) await enroll(services, { registry, speakerId: idOf(speaker), clips });
  const existing = await services.speakers.get(registryId, idOf(speaker));
  return { clipId: existing?.clips[0].clipId };
}

export async function stateOf(services: TestServices, speaker: string): Promise<State> {
  const existing = await services.speakers.get(services.registryId, idOf(speaker));
  if (!existing) return "gone";
  return { version: existing.version, name: existing.name, takes: existing.clips.length };
}

/** Returns what is wrong with the stored speaker. Ignores unlisted clips, which have no effect. */
export async function damage(services: Services & TestServices, speaker: string): Promise<string[]> {
  const existing = await services.speakers.get(services.registryId, idOf(speaker));
  const findings = existing ? await checkSpeaker(services, existing) : [];
  const kinds = findings.map(({ kind }) => kind).filter((kind) => !kind.startsWith("orphan"));
  return [...kinds, ...(await galleryDamage(services, speaker, existing))];
}

/** Checks that the gallery compares the stored voiceprint, and none if the speaker is gone. */
async function galleryDamage(
  services: TestServices,
  speaker: string,
  existing: Speaker | undefined,
): Promise<string[]> {
  const { modelId } = services.embedder.model;
  const [cohort, embedding] = [await services.cohorts.bundled(modelId), fakeVoice(speaker)];
  const probe = { modelId, cohort, embedding, stats: undefined };
  const { hits } = await services.gallery.search(services.registryId, probe, 1, new Set([idOf(speaker)]));
  const expected = existing && existing.clips.length > 0 ? [cosine(normalize(existing.sum), embedding)] : [];
  const close =
    hits.length === expected.length &&
    hits.every(({ score, error }, i) => Math.abs(score - expected[i]) <= error);
  return close ? [] : [`the gallery has ${hits.map(({ score }) => score)}, not ${expected}`];
}
