import type { Command } from "commander";
import { fileSha256 } from "../../lib/adapters/shared/file-sha256.ts";
import type { Recording } from "../../lib/audio/types.ts";
import { diarizationView, rttmOf } from "../../lib/domain/decision/diarization.ts";
import { diarize } from "../../lib/domain/decision/diarize.ts";
import { withKeptStrangers } from "../../lib/domain/people/keep.ts";
import { withPeople } from "../../lib/domain/people/named.ts";
import { openSearch } from "../../lib/domain/registry/misses.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { type GroupId, makeId } from "../../lib/id.ts";
import { labelAudioErrors, requireInput } from "../../lib/input-file.ts";
import type { Services } from "../../lib/ports/services.ts";
import { diarizationText } from "../diarization-text.ts";
import { enrollVoices, type VoiceName, voiceName } from "../enroll-voices.ts";
import { channelOption, farOption, type Globals, groupId } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

type Options = Globals & {
  rttm?: boolean;
  enroll?: VoiceName[];
  group?: GroupId;
  far?: number;
  channel?: number;
};

export function addDiarize(program: Command): void {
  program
    .command("diarize")
    .description("find out who speaks when in a recording of up to an hour")
    .argument("<file>", "an audio file")
    .option("--rttm", "print RTTM, a line for each segment")
    .option("--enroll <voice=id>", "enroll a voice, e.g. stranger-1=alice; repeatable", voiceName)
    .option("--group <id>", "match only members of this group", groupId)
    .addOption(farOption())
    .addOption(channelOption())
    .action(async (file: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      await requireInput(file);
      const { channel, rttm, json } = options;
      const recording = { path: file, channel };
      const { diarization, enrolled } = await withServices(options, "model", (services) =>
        labelAudioErrors(file, () => run(services, options, { file, recording })),
      );
      if (json) printJson({ ...diarization, enrolled });
      else if (rttm) for (const line of rttmOf(diarization, file)) print(line);
      else print(diarizationText(file, diarization));
      for (const { speaker } of json ? [] : enrolled) warn(`${speaker.id}: ${translated(speaker.status)}`);
    });
}

async function run(
  services: Services,
  options: Options,
  { file, recording }: { file: string; recording: Recording },
) {
  const { enroll: names = [], group, far } = options;
  // A new registry matches no voice, but this command can enroll its first speakers.
  const registry =
    names.length > 0
      ? await ensureRegistry(services, options.registry)
      : await registryNamed(services, options);
  await openSearch(services, registry, undefined);
  const bars = { diarizing: progress(file, "s"), scoring: progress(t`${file}: identify`, t`voices`) };
  const { diarization: heard, strangers } = await diarize(services, {
    ...{ registry, recording, groupId: group, far, mayLoosen: true },
    onProgress(stage, done, total) {
      bars[stage].show(done, total);
      if (done === total) bars[stage].end();
    },
  });
  const place = { registry, recording: await recordingId(file, recording.channel), strangers };
  const stored = await withKeptStrangers(services, heard, place);
  const diarization = diarizationView(await withPeople(services, registry, stored));
  const enrolled = await enrollVoices(services, registry, { recording, diarization }, names);
  return { diarization, enrolled };
}

/** The same for the same file, so that a second run doesn't count as another recording. */
async function recordingId(file: string, channel: number | undefined): Promise<string> {
  const sha256 = Buffer.from(await fileSha256(file), "hex");
  return makeId("fil", sha256.subarray(0, 16)) + (channel === undefined ? "" : `-${channel}`);
}
