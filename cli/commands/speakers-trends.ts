import type { Command } from "commander";
import { trends } from "../../lib/domain/decision/trends.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { Trends, type TrendsView } from "../../lib/schema/trend.ts";
import { type Globals, speakerId } from "../options.ts";
import { print, printJson, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

export function addTrends(speakers: Command): void {
  speakers
    .command("trends")
    .description("show how the scores of verifications develop, and who should be enrolled again")
    .argument("[speaker]", "also list this speaker's accepted verifications", speakerId)
    .action(async (id: SpeakerId | undefined, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const found = await inRegistry(options, "name", (services, registry) =>
        trends(services, { registry, speakerId: id }),
      );
      if (options.json) return printJson(Trends.parse(found));
      printTrends(found);
    });
}

function printTrends(found: TrendsView): void {
  const { weeks, speaker } = found;
  if (weeks.length > 0) print(table([heads(), ...weeks.map(rowOf)]));
  for (const { at, decisionId, cosine } of speaker ?? []) print(`${at}  ${decisionId}  ${cosine.toFixed(4)}`);
  print(adviceOf(found));
}

const heads = () => [
  t`week from`,
  ...[t`accepted`, t`rejected`, t`inconclusive`],
  ...[t`cosine of accepts`, t`cosine of rejects`],
];

const rowOf = (week: TrendsView["weeks"][number]): string[] => [
  week.from.slice(0, 10),
  ...[week.accepted, week.rejected, week.inconclusive].map(String),
  spreadText(week.acceptedCosine),
  spreadText(week.rejectedCosine),
];

function adviceOf({ weeks, lowerTenth, reEnrollmentAdvised }: TrendsView): string {
  if (weeks.length === 0) return t`No verification is stored yet.`;
  if (lowerTenth === null) return t`Too few accepted verifications to tell whose scores are low.`;
  if (reEnrollmentAdvised.length === 0) return t`Nobody's scores have become low.`;
  return t`Enroll again, their scores have become low: ${reEnrollmentAdvised.join(", ")}`;
}

/** The median, and the lower and upper tenth. */
const spreadText = (spread: TrendsView["weeks"][number]["acceptedCosine"]): string =>
  spread ? `${spread.median.toFixed(2)} (${spread.low.toFixed(2)}-${spread.high.toFixed(2)})` : "";
