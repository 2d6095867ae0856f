import type { Command } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { roundedDown } from "../../lib/domain/scoring/speech.ts";
import { listClips } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { searchSpeakers } from "../../lib/domain/speaker/search.ts";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import type { SpeakerId } from "../../lib/id.ts";
import type { SpeakerView } from "../../lib/schema/speaker.ts";
import { allPages } from "../all-pages.ts";
import { type Globals, speakerId } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";
import { addReport } from "./speakers-report.ts";
import { addTrends } from "./speakers-trends.ts";

export function addSpeakers(program: Command): void {
  const speakers = program.command("speakers").description("list, show and erase enrolled speakers");
  addList(speakers);
  addShow(speakers);
  addDelete(speakers);
  addClips(speakers);
  addReport(speakers);
  addTrends(speakers);
}

function addList(speakers: Command): void {
  speakers
    .command("list")
    .description("list every speaker of the registry, in order of creation")
    .option("--starting <text>", "list only speakers whose ID or name starts with this")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { starting?: string }>();
      const { starting: text } = options;
      const views = await inRegistry(options, "name", (services, registry) =>
        allPages((page) =>
          text === undefined
            ? listSpeakers(services, { registry, ...page })
            : searchSpeakers(services, { registry, text, ...page }),
        ),
      );
      if (options.json) return printJsonLines(views);
      const head = [t`speaker`, t`status`, t`clips`, t`speech`, t`name`];
      print(table([head, ...views.map(row)], [false, false, true, true, false]));
    });
}

function addShow(speakers: Command): void {
  speakers
    .command("show")
    .description("show one speaker")
    .argument("<speaker>", "the speaker's ID", speakerId)
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const view = await inRegistry(options, "name", (services, registry) =>
        readSpeaker(services, { registry, speakerId: id }),
      );
      if (options.json) return printJson(view);
      print(table(Object.entries(view).map(([key, value]) => [key, textOf(value)])));
    });
}

function addDelete(speakers: Command): void {
  speakers
    .command("delete")
    .description("erase a speaker with the voiceprint and all recordings")
    .argument("<speaker>", "the speaker's ID", speakerId)
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const receipt = await inRegistry(options, "none", async (services, { registryId }) => {
        const act = { registryId, operation: "eraseSpeaker", speakerId: id };
        const erased = await audited(services, act, () =>
          eraseSpeaker(services, { registryId, speakerId: id }),
        );
        // No background tasks run in a command.
        await finishErasures(services, { registryId });
        return erased;
      });
      if (options.json) return printJson(receipt);
      print(t`${id}: erased, ${receipt.clips} clips (${receipt.uid}, ${receipt.at})`);
    });
}

function addClips(speakers: Command): void {
  speakers
    .command("clips")
    .description("list the clips that a voiceprint is made of")
    .argument("<speaker>", "the speaker's ID", speakerId)
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const clips = await inRegistry(options, "none", (services, registry) =>
        listClips(services, { registry, speakerId: id }),
      );
      if (options.json) return printJsonLines(clips);
      const rows = clips.map((clip) => [
        clip.id,
        t`${roundedDown(clip.quality.speechSeconds)} s`,
        clip.createdAt,
        clip.recording ? t`kept` : t`none`,
        clip.warnings.map(translated).join(" "),
      ]);
      print(table([[t`clip`, t`speech`, t`enrolled at`, t`recording`, t`warnings`], ...rows], [false, true]));
    });
}

const row = ({ id, status, clips, speechSeconds, name }: SpeakerView): string[] => [
  id,
  translated(status),
  String(clips),
  t`${roundedDown(speechSeconds)} s`,
  name ?? "",
];

const textOf = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);
