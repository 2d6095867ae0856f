import { type Command, Option } from "commander";
import { DIGITS, makeChallenge } from "../../lib/domain/decision/challenge.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { CHALLENGE_LANGUAGES, Challenge } from "../../lib/schema/challenge.ts";
import { type Globals, speakerId, wholeNumber } from "../options.ts";
import { print, printJson } from "../print.ts";
import { registryNamed, withServices } from "../services.ts";
import { t } from "../text/language.ts";

type Options = Globals & { language: (typeof CHALLENGE_LANGUAGES)[number]; digits: number };

export function addChallenge(program: Command): void {
  program
    .command("challenge")
    .description("choose random digits for a speaker to say, for one verification within two minutes")
    .argument("<speaker>", "the ID of a speaker", speakerId)
    .addOption(
      new Option("--language <language>", "language of the words to say")
        .choices([...CHALLENGE_LANGUAGES])
        .default("en"),
    )
    .addOption(
      new Option("--digits <n>", `how many digits, ${DIGITS.fewest} to ${DIGITS.most}`)
        .argParser(wholeNumber(DIGITS.fewest, DIGITS.most))
        .default(DIGITS.default),
    )
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { language, digits } = options;
      const made = await withServices(options, "none", async (services) => {
        const registry = await registryNamed(services, options);
        return makeChallenge(services, { registry, speakerId: id, caller: undefined, language, digits });
      });
      if (options.json) printJson(Challenge.parse(made));
      else print(`${made.text}\n${t`voiceroll verify ${id} FILE --challenge ${made.challenge}`}`);
    });
}
