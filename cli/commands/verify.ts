import type { Command } from "commander";
import { verify } from "../../lib/domain/decision/verify.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { badInput, labelAudioErrors } from "../../lib/input-file.ts";
import { Decision } from "../../lib/schema/decision.ts";
import type { Method } from "../../lib/score/scoring/types.ts";
import { auditedDecision } from "../audited-decision.ts";
import { clipOf, readRecording, type Selected } from "../clip-file.ts";
import { verifyText } from "../decision-text.ts";
import { exitOf } from "../exit.ts";
import {
  channelOption,
  farOption,
  firstSpeechOption,
  type Globals,
  scoringOption,
  segmentOption,
  speakerId,
} from "../options.ts";
import { print, printJson } from "../print.ts";
import { registryNamed, withServices } from "../services.ts";

type Options = Globals &
  Selected & { far?: number; scoring?: Method; challenge?: string; transcript?: string };

export function addVerify(program: Command): void {
  program
    .command("verify")
    .description("check whether a recording is the voice of a speaker")
    .argument("<speaker>", "the ID of an enrolled speaker", speakerId)
    .argument("<file>", "an audio file")
    .addOption(farOption())
    .option("--challenge <text>", "the challenge whose digits the person says in the recording")
    .option("--transcript <text>", "what a speech recognizer heard: a reject if the digits differ")
    .addOption(scoringOption())
    .addOption(channelOption())
    .addOption(segmentOption())
    .addOption(firstSpeechOption())
    .action(async (id: SpeakerId, file: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { far, scoring: method, challenge, transcript } = options;
      if (transcript !== undefined && challenge === undefined)
        throw badInput("--transcript needs a --challenge to compare it with.");
      const recording = await readRecording(file, options);
      const reply = await withServices(options, "model", async (services) => {
        const registry = await registryNamed(services, options);
        const clip = await clipOf(services.embedder, recording);
        const decide = () =>
          verify(services, {
            registry,
            speakerId: id,
            clip,
            ...{ far, mayLoosen: true, method, challenge, transcript },
          });
        const act = { registry, operation: "verify", far, speakerId: id };
        return auditedDecision(services, act, () => labelAudioErrors(file, decide));
      });
      if (options.json) printJson(Decision.parse(reply));
      else print(verifyText(options.lang, file, reply));
      process.exitCode = exitOf(reply.decision);
    });
}
