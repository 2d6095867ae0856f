import type { Bandwidth } from "../../lib/audio/types.ts";
import { CONDITIONS, type Kind, ONE_PERSON, TWO_PEOPLE } from "../../models/build/mixtures/mixture.ts";

/** A clip with what was found in it. `second`: seconds of a second speaker, by the peer */
export type Result = {
  kind: Kind;
  condition: (typeof CONDITIONS)[number];
  corpus: string;
  seconds: number;
  bandwidth: Bandwidth;
  reported: boolean;
  second?: number | undefined;
};

/** The peer reports a clip with more of a second speaker. */
const PEER_SECONDS = 1;

const NAMES: Record<Kind, string> = {
  one: "one person",
  rooms: "one person, the second half in another room",
  levels: "one person, the second half 15 dB quieter",
  sessions: "one person, two recording sessions",
  change: "two people, half and half",
  turns: "two people, half and half, in turns",
  unequal: "two people, 80 and 20 %",
  overlap: "two people at once, equally loud",
};

/** Returns a Markdown table with the share of clips that are reported, in %: ours / the peer's. */
export function tableOf(results: readonly Result[]): string {
  const lengths = [...new Set(results.map(({ seconds }) => seconds))].sort((a, b) => a - b);
  const rows = [...ONE_PERSON, ...TWO_PEOPLE].flatMap((kind) =>
    [...CONDITIONS, "telephone lines" as const].flatMap((condition) => {
      const own = results.filter((one) => one.kind === kind && conditionOf(one) === condition);
      if (own.length === 0) return [];
      const cells = lengths.map((length) => cellOf(own.filter(({ seconds }) => seconds === length)));
      return [`| ${[NAMES[kind], condition, ...cells].join(" | ")} |`];
    }),
  );
  const head = ["clips", "condition", ...lengths.map((seconds) => `${seconds} s`)];
  return `| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}\n${rows.join("\n")}`;
}

/** Recordings that came over a telephone line are shown apart from simulated calls. */
const conditionOf = ({ condition, bandwidth }: Result) =>
  condition === "recorded" && bandwidth === "telephone" ? "telephone lines" : condition;

function cellOf(results: readonly Result[]): string {
  if (results.length === 0) return "";
  const share = (isReported: (one: Result) => boolean) =>
    ((100 * results.filter(isReported).length) / results.length).toFixed(1);
  const ours = share(({ reported }) => reported);
  const measured = results.every(({ second }) => second !== undefined);
  const peers = measured ? ` / ${share(({ second = 0 }) => second > PEER_SECONDS)}` : "";
  return `${ours}${peers} (${results.length})`;
}
