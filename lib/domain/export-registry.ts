import type { RegistryId } from "../id.ts";
import type { Clip, Group, Services, Speaker } from "../ports.ts";
import { encodeInt32 } from "../score/codec.ts";
import { everySpeaker } from "./every-speaker.ts";
import {
  FORMAT,
  FORMAT_VERSION,
  type GroupLine,
  type HeaderLine,
  type SpeakerLine,
} from "./export-format.ts";
import { readRegistry } from "./registry.ts";
import { sealLine, totalOf } from "./sealed-line.ts";

type Needs = Pick<Services, "clips" | "clock" | "embedder" | "groups" | "registries" | "speakers">;

/** Times that a speaker is looked at who keeps changing while it is read. */
const LOOKS = 12;

/**
 * The whole registry, a line at a time: a header, one line for each speaker (those who opted out too) and group, and an end
 * that seals all. Each speaker is as it was at one moment; who comes while it runs comes at the end.
 *
 * audio  put the recordings in too
 * throws RangeError for a clip that the store has lost: fsck tells which
 */
export async function* exportRegistry(
  services: Needs,
  input: { registryId: RegistryId; audio?: boolean | undefined },
): AsyncGenerator<string> {
  const { registryId, audio = false } = input;
  const total = totalOf();
  const counts = { speakers: 0, clips: 0, groups: 0 };
  const sealed = (value: object) => {
    const { line, sha256 } = sealLine(value);
    total.add(sha256);
    return line;
  };
  yield sealed(await headerOf(services, registryId, audio));
  for await (const listed of everySpeaker(services, registryId)) {
    const line = await speakerLine(services, listed, audio);
    if (!line) continue;
    counts.speakers += 1;
    counts.clips += line.clips.length;
    yield sealed(line);
  }
  for (const group of await services.groups.list(registryId)) {
    counts.groups += 1;
    yield sealed(groupLine(group));
  }
  yield sealed({ kind: "end", ...counts, total: total.digest() });
}

async function headerOf(services: Needs, registryId: RegistryId, audio: boolean): Promise<HeaderLine> {
  const { name } = await readRegistry(services, registryId);
  const { modelId, name: modelName, dimension } = services.embedder.model;
  return {
    kind: "header",
    format: FORMAT,
    version: FORMAT_VERSION,
    model: { id: modelId, name: modelName, dimension },
    registry: { id: registryId, name },
    audio,
    exportedAt: services.clock.now().toISOString(),
  };
}

/** Undefined for one that was erased meanwhile. */
async function speakerLine(
  services: Needs,
  listed: Speaker,
  audio: boolean,
): Promise<SpeakerLine | undefined> {
  let speaker: Speaker | undefined = listed;
  for (let look = 0; look < LOOKS; look++) {
    const clips = await clipParts(services, speaker, audio);
    const now: Speaker | undefined = await services.speakers.get(listed.registryId, listed.speakerId);
    if (now?.uid !== listed.uid) return undefined;
    if (clips && now.version === speaker.version) return { ...aboutSpeaker(speaker), clips };
    if (!clips && now.version === speaker.version) break;
    speaker = now;
  }
  throw new RangeError(`a clip of ${listed.uid} is missing in the store; run voiceroll fsck`);
}

const aboutSpeaker = (speaker: Speaker): Omit<SpeakerLine, "clips"> => ({
  kind: "speaker",
  id: speaker.speakerId,
  uid: speaker.uid,
  name: speaker.name ?? null,
  metadata: speaker.metadata,
  consent: speaker.consent ?? null,
  optedOut: speaker.optedOut,
  model: speaker.modelId,
  createdAt: speaker.createdAt,
  updatedAt: speaker.updatedAt,
});

/** In the order that they were enrolled; undefined where an item or its recording is not there. */
async function clipParts(
  { speakers, clips }: Pick<Services, "clips" | "speakers">,
  speaker: Speaker,
  audio: boolean,
): Promise<SpeakerLine["clips"] | undefined> {
  const { registryId, uid } = speaker;
  const items = new Map((await speakers.clips(registryId, uid)).map((item) => [item.clipId, item]));
  const parts: SpeakerLine["clips"] = [];
  for (const { clipId, audioKept } of speaker.clips) {
    const item = items.get(clipId);
    const wanted = audio && audioKept !== false;
    const bytes = wanted ? await clips.get(registryId, uid, clipId) : undefined;
    if (!item || (wanted && !bytes)) return undefined;
    parts.push(clipPart(item, bytes));
  }
  return parts;
}

const clipPart = (item: Clip, bytes: Uint8Array | undefined): SpeakerLine["clips"][number] => ({
  embedding: Buffer.from(encodeInt32(item.embedding)).toString("base64"),
  audioSha256: item.audioSha256,
  quality: { ...item.quality, snrDb: item.quality.snrDb ?? null },
  warnings: [...item.warnings],
  mediaType: item.mediaType ?? null,
  channel: item.channel ?? null,
  createdAt: item.createdAt,
  audio: bytes ? Buffer.from(bytes).toString("base64") : null,
});

const groupLine = ({ groupId, name, members, createdAt }: Group): GroupLine => ({
  kind: "group",
  id: groupId,
  name: name ?? null,
  members: [...members],
  createdAt,
});
