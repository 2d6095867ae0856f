import type { Command } from "commander";
import { identify } from "../../lib/domain/decision/identify.ts";
import type { GroupId } from "../../lib/id.ts";
import { labelAudioErrors } from "../../lib/input-file.ts";
import { Identification } from "../../lib/schema/decision.ts";
import { auditedDecision } from "../audited-decision.ts";
import { clipOf, readRecording, type Selected } from "../clip-file.ts";
import { identifyText } from "../decision-text.ts";
import { exitOf } from "../exit.ts";
import {
  channelOption,
  farOption,
  firstSpeechOption,
  type Globals,
  groupId,
  segmentOption,
  wholeNumber,
} from "../options.ts";
import { print, printJson } from "../print.ts";
import { registryNamed, withServices } from "../services.ts";

type Options = Globals & Selected & { group?: GroupId; far?: number; limit: number };

export function addIdentify(program: Command): void {
  program
    .command("identify")
    .description("find the enrolled speaker of a recording, if there is one")
    .argument("<file>", "an audio file")
    .option("--limit <n>", "number of candidates to show; every speaker is compared", wholeNumber(1, 100), 5)
    .option("--group <id>", "search only the members of this group", groupId)
    .addOption(farOption())
    .addOption(channelOption())
    .addOption(segmentOption())
    .addOption(firstSpeechOption())
    .action(async (file: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { far, group, limit } = options;
      const recording = await readRecording(file, options);
      const reply = await withServices(options, "model", async (services) => {
        const registry = await registryNamed(services, options);
        const clip = await clipOf(services.embedder, recording);
        const decide = () =>
          identify(services, { registry, clip, groupId: group, limit, far, mayLoosen: true });
        const act = { registry, operation: "identify", far };
        return auditedDecision(services, act, () => labelAudioErrors(file, decide));
      });
      if (options.json) printJson(Identification.parse(reply));
      else print(identifyText(options.lang, file, reply));
      process.exitCode = exitOf(reply.decision);
    });
}
