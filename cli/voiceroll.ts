import { CommanderError } from "commander";
import { EXIT, failure } from "./exit.ts";
import { warn } from "./print.ts";
import { createProgram } from "./program.ts";
import { languageOf, speak } from "./text/language.ts";

await main(process.argv, process.env);

async function main(argv: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  // A reader such as head may close the pipe early. That is not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.yes);
    throw error;
  });
  speak(languageOf(argv));
  try {
    await createProgram(environment).parseAsync(argv);
  } catch (error) {
    // Commander has already printed its message. Help and --version also end here, with exit code
    // 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.yes : EXIT.badInput;
    else report(error, environment);
  }
}

function report(error: unknown, environment: NodeJS.ProcessEnv): void {
  const { line, exit } = failure(error, Boolean(environment.VOICEROLL_DEBUG));
  warn(line);
  process.exitCode = exit;
}
