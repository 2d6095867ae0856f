import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Page } from "../../ports/speaker.ts";
import type { SpeakerView } from "../../schema/speaker.ts";
import { listSpeakers } from "./speaker.ts";

/** Pages of `limit` speakers that one request reads at most. */
const MOST_PAGES = 20;

/**
 * A page of the speakers whose ID, name or a word of the name starts with `text`, in order of
 * creation. Upper and lower case are the same. A request reads a bounded number of speakers, so a
 * page can be shorter than `limit`, or empty, while there is a next one.
 */
export async function searchSpeakers(
  services: Pick<Services, "clock" | "embedder" | "speakers">,
  input: { registry: Registry; text: string; limit: number; after?: string | undefined },
): Promise<Page<SpeakerView>> {
  const { registry, limit } = input;
  const matches = matcher(input.text);
  const items: SpeakerView[] = [];
  let after = input.after;
  let pages = 0;
  do {
    // A page has one position, its end, so only as many are read as the reply has room for.
    const room = limit - items.length;
    const page = await listSpeakers(services, { registry, limit: room, after });
    items.push(...page.items.filter(matches));
    after = page.next;
    pages++;
    // A reply that is half full is sent rather than filled by ever smaller reads.
  } while (after !== undefined && pages < MOST_PAGES && items.length < limit / 2);
  return { items, next: after };
}

function matcher(text: string): (speaker: SpeakerView) => boolean {
  const wanted = folded(text.trim());
  return ({ id, name }) => {
    const full = folded(name ?? "");
    return [folded(id), full, ...full.split(/\s+/)].some((word) => word.startsWith(wanted));
  };
}

/** One form of letters that look the same, in lower case. */
const folded = (text: string): string => text.normalize("NFKC").toLowerCase();
