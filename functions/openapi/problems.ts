import { MEDIA_TYPE } from "../http/replies/problem.ts";
import { type Document, operationsOf } from "./complete.ts";

/**
 * Adds an example of each problem that an operation lists, and states equal problem replies of
 * operations once, in place.
 *
 * examples  the body of a real reply, by slug
 */
export function shareProblems(document: Document, examples: Readonly<Record<string, unknown>>): void {
  const { components } = document;
  const shared = new Map<string, string>();
  const responses: NonNullable<typeof components.responses> = {};
  const listed = new Set<string>();
  for (const { operation } of operationsOf(document)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      const slugs = Object.keys(response.content?.[MEDIA_TYPE]?.examples ?? {});
      if (slugs.length === 0) continue;
      for (const slug of slugs) listed.add(slug);
      const text = JSON.stringify(response);
      const name = shared.get(text) ?? nameOf(status, slugs, responses);
      shared.set(text, name);
      responses[name] = response;
      operation.responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  components.responses = sorted(responses);
  components.examples = Object.fromEntries(
    [...listed].sort().flatMap((slug) => (slug in examples ? [[slug, { value: examples[slug] }]] : [])),
  );
}

/** The slug of a reply with one problem. Others are numbered. */
function nameOf(status: string, slugs: readonly string[], taken: object): string {
  const [slug = status, ...others] = slugs;
  if (others.length === 0) return slug;
  return `problems-${status}-${Object.keys(taken).filter((one) => one.startsWith(`problems-${status}-`)).length + 1}`;
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
