import type { Command } from "commander";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import {
  type DueSpeaker,
  MOST_GAP_DAYS,
  retentionPage,
  sweepRetention,
} from "../../lib/domain/maintenance/retention.ts";
import { badInput } from "../../lib/input-file.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { allPages } from "../all-pages.ts";
import { type Globals, moment } from "../options.ts";
import { print, printJson, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

type Options = Globals & { dryRun?: boolean; by?: Date; confirmClock?: boolean };

export function addSweep(registry: Command): void {
  registry
    .command("sweep")
    .description("erase the speakers that have expired")
    .option("--dry-run", "list them, and erase nothing")
    .option("--by <time>", "with --dry-run: list those that will have expired by this date or time", moment)
    .option("--confirm-clock", "erase even if there was no sweep yet, or the last one is long ago")
    .addHelpText(
      "after",
      t(
        "\nThe server sweeps every hour, and AWS every day. If the clock is more than {} days ahead of the\n" +
          "last sweep, it may be wrong, so nothing is erased until you confirm it.",
        MOST_GAP_DAYS,
      ),
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.by && !options.dryRun) throw badInput("--by needs --dry-run.");
      await (options.dryRun ? preview(options) : sweep(options));
    });
}

async function preview(options: Options): Promise<void> {
  const due = await inRegistry(options, "none", (services, registry) =>
    dueSpeakers(services, registry, options.by ?? services.clock.now()),
  );
  if (options.json) return printJson({ speakers: due.length, due });
  if (due.length > 0) {
    const rows = due.map(({ id, clips, expiresAt }) => [id, String(clips), expiresAt]);
    print(table([[t`speaker`, t`clips`, t`expires`], ...rows], [false, true]));
  }
  print(t`${due.length} speakers would be erased`);
}

const dueSpeakers = (services: Services, registry: Registry, by: Date): Promise<DueSpeaker[]> =>
  allPages(async (page) => {
    const { speakers: items, next } = await retentionPage(services, { registry, by, ...page });
    return { items, next };
  });

async function sweep(options: Options): Promise<void> {
  const swept = await inRegistry(options, "none", async (services, registry) => {
    const result = await sweepRetention(services, { registry, confirmed: options.confirmClock });
    // No background tasks run in a command.
    await finishErasures(services, { registryId: registry.registryId });
    return result;
  });
  if (swept.state !== "swept")
    throw badInput(
      "Nothing was erased, because the clock could be wrong: " +
        (swept.sweptAt ? `the last sweep was at ${swept.sweptAt}. ` : "there was no sweep yet. ") +
        "Check the time with `date`, then run this again with --confirm-clock.",
    );
  if (options.json) return printJson(swept);
  for (const { uid, clips, at } of swept.erased) print(t`${uid}: erased, ${clips} clips (${at})`);
  if (swept.candidates > 0) print(t`${swept.candidates} candidate voices deleted`);
  print(t`${swept.erased.length} speakers erased, ${swept.decisions} decisions shortened`);
}
