import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseSpeakerId, type RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");

type Sample = { speaker: string; file: string };

/**
 * Returns three commands that work when pasted in the repository's folder, at every start. Returns
 * none if there are no samples.
 */
export async function curlLines(
  services: Pick<Services, "clock" | "speakers">,
  registryId: RegistryId,
  at: { url: string; key: string },
): Promise<string[]> {
  const samples = await listSamples();
  const fresh = await firstNew(services, registryId, samples);
  const other = samples.findLast((one) => one.speaker !== fresh?.speaker);
  const probe = samples.findLast((one) => one.speaker === fresh?.speaker && one.file !== fresh.file);
  if (!fresh || !probe || !other) return [];
  const line = (what: string, path: string, file: string, header = "") =>
    `# ${what}\ncurl -sS '${at.url}${path}' -H "Authorization: Bearer ${at.key}"${header} ` +
    `-H 'Content-Type: audio/wav' -w '\\n' --data-binary @${relative(join(SAMPLES, ".."), file)}`;
  // With the same key, a command that is pasted twice gets its first reply instead of
  // `duplicate-clip`.
  const once = ` -H 'Idempotency-Key: start-${services.clock.now().getTime()}'`;
  return [
    line("enroll", `/speakers/${fresh.speaker}/enroll`, fresh.file, once),
    line("verify", `/verify?speaker=${fresh.speaker}`, probe.file),
    line("identify", "/identify", other.file),
  ];
}

async function listSamples(): Promise<Sample[]> {
  const entries = await readdir(SAMPLES, { withFileTypes: true }).catch(() => []);
  const speakers = entries
    .filter((one) => one.isDirectory() && parseSpeakerId(one.name))
    .map((one) => one.name);
  const files = await Promise.all(
    speakers.sort().map(async (speaker) => {
      const names = (await readdir(join(SAMPLES, speaker))).filter((name) => name.endsWith(".wav"));
      return names.sort().map((name) => ({ speaker, file: join(SAMPLES, speaker, name) }));
    }),
  );
  return files.flat();
}

/** Returns the first sample that isn't enrolled yet, or the very first if all are. */
async function firstNew(
  services: Pick<Services, "speakers">,
  registryId: RegistryId,
  samples: readonly Sample[],
): Promise<Sample | undefined> {
  for (const sample of samples) {
    const speakerId = parseSpeakerId(sample.speaker);
    const speaker = speakerId && (await services.speakers.get(registryId, speakerId));
    const sha256 = createHash("sha256")
      .update(await readFile(sample.file))
      .digest("hex");
    if (!speaker?.clips.some((clip) => clip.audioSha256 === sha256)) return sample;
  }
  return samples[0];
}
