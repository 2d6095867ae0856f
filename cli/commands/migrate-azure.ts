import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { SpeakerId } from "../../lib/id.ts";
import { readInput } from "../../lib/input-file.ts";
import { LOCALE, PROFILE, profileList } from "../../lib/transfer/azure-list.ts";
import { clipsIn } from "../clip-sources.ts";
import type { SpeakerToEnroll, ToEnroll } from "../enroll-recordings.ts";
import { type MigrationOptions, migrate, withMigrationOptions } from "../migration.ts";
import { channelOption } from "../options.ts";
import { readStart } from "../recording-copies.ts";
import { speakersOf } from "./enroll-all.ts";

type Options = MigrationOptions & { mode: string; locale: string; channel?: number };
type Profile = { locale: string | undefined; recordings: { label: string; path: string }[] };

export function addMigrateAzure(parent: Command): void {
  const command = parent
    .command("azure")
    .description("enroll the recordings of profiles of Azure Speaker Recognition under their profile IDs")
    .argument("<source>", "a folder with a subfolder for each profile, or a list of `profileId,locale,path`")
    .addOption(channelOption())
    .option("--locale <locale>", "locale of profiles that the list has none for", locale, "en-us")
    .addOption(
      new Option("--mode <mode>", "how /compat/azure lists the profiles")
        .choices(["verification", "identification"])
        .default("verification"),
    );
  withMigrationOptions(command).action(async (source: string, _own, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    const folder = (await stat(source).catch(() => undefined))?.isDirectory();
    const profiles = folder ? await profilesInFolder(source) : await profilesInList(source);
    const speakers = [...profiles].map(([id, profile]) => speakerOf(id, profile, options));
    await migrate(options, speakers, []);
  });
}

function locale(text: string): string {
  if (LOCALE.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("Use a locale such as en-us.");
}

async function profilesInFolder(folder: string): Promise<Map<SpeakerId, Profile>> {
  const profiles = [...speakersOf(await clipsIn([folder], undefined))].map(
    ([id, clips]): [SpeakerId, Profile] => {
      const recordings = clips.map(({ label, path }) => ({ label, path }));
      return [id, { locale: undefined, recordings }];
    },
  );
  return new Map(profiles);
}

/** Paths start at the list's folder. */
async function profilesInList(list: string): Promise<Map<SpeakerId, Profile>> {
  const profiles = new Map<SpeakerId, Profile>();
  for (const { line, profileId, locale, path } of profileList((await readInput(list)).toString("utf8"))) {
    const profile = profiles.get(profileId) ?? { locale, recordings: [] };
    profile.recordings.push({ label: `${list}:${line}: ${path}`, path: resolve(dirname(list), path) });
    profiles.set(profileId, profile);
  }
  return profiles;
}

/** The metadata of a profile that `/compat/azure` has created. */
function speakerOf(speakerId: SpeakerId, profile: Profile, options: Options): SpeakerToEnroll {
  const { mode, channel, speechSeconds } = options;
  const metadata = { [PROFILE.mode]: mode, [PROFILE.locale]: profile.locale ?? options.locale };
  const recordings = profile.recordings.map(
    ({ label, path }): ToEnroll => ({
      label,
      read: (embedder) => readStart(embedder, path, { channel, speechSeconds }),
    }),
  );
  return { speakerId, recordings, details: { metadata } };
}
