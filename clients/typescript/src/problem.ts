import type { components } from "./schema.gen.ts";

type Problem = components["schemas"]["Problem"];
type SlugOf<Type> = Type extends `urn:voiceroll:problem:${infer Slug}` ? Slug : never;
/** What went wrong: the last part of a problem's `type`. */
export type Slug = SlugOf<Problem["type"]>;

/** A reply that is an RFC 9457 problem. `message` says what to do about it. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** HTTP status. */
  readonly status: number;
  /** Undefined for an error of HTTP itself. */
  readonly slug: Slug | undefined;
  readonly title: string;
  /** The ID of the request, which the server's log has too. */
  readonly requestId: string | undefined;
  /** The invalid fields, with JSON pointers into the request. */
  readonly errors: readonly { pointer: string; detail: string }[];
  /** Seconds after which the request may be repeated, if the server said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(response: Response, problem: Partial<Problem>) {
    super(problem.detail ?? `The server replied ${response.status}.`);
    this.status = response.status;
    this.slug = slugOf(problem.type);
    this.title = problem.title ?? response.statusText;
    this.requestId = problem.instance ?? response.headers.get("X-Request-Id") ?? undefined;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterOf(response);
  }
}

/** Reads the problem of a reply, whose body may be something else, such as a proxy's page. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined);
  return new ProblemError(response, typeof body === "object" && body !== null ? body : {});
}

const PREFIX = "urn:voiceroll:problem:";

function slugOf(type: string | undefined): Slug | undefined {
  return type?.startsWith(PREFIX) ? (type.slice(PREFIX.length) as Slug) : undefined;
}

/** The seconds in Retry-After. Undefined without the header. */
export function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = Number.parseInt(headers.get("Retry-After") ?? "", 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}
