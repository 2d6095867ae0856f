import type { Command } from "commander";
import { badInput } from "../../lib/input-file.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { withServices } from "../services.ts";
import { t } from "../text/language.ts";

export function addRotateSecret(keys: Command): void {
  keys
    .command("rotate-secret")
    .description(
      "replace the secret of the data folder; keys and opt-outs that were made under it stay valid",
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const { data, table } = options;
      if (table !== undefined)
        throw badInput(
          "The secret of a deployment on AWS is set with sst: see docs/deploy.md, Changing secrets.",
        );
      // Opening the folder checks that it is one.
      const former = await withServices(options, "none", async (services) => {
        const { rotateLocalSecret } = await import("../../lib/adapters/local/secret.ts");
        rotateLocalSecret(data, services.random);
        return services.formerSecrets.length + 1;
      });
      if (options.json) return printJson({ rotated: true, formerSecrets: former });
      print(t`The secret is new, and ${former} former ones stay valid. Restart the server.`);
    });
}
