/** What the server says about a request that failed (RFC 9457), or that it can't be reached. */
export type Problem = {
  slug: string;
  /** 0 if no reply came. */
  status: number;
  title: string;
  detail: string;
};

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

type Query = Record<string, string | number | boolean | undefined>;
type Call = {
  method?: string;
  query?: Query;
  body?: Blob | FormData | object;
  headers?: HeadersInit;
  /** False: the reply isn't kept for a retry, for a request that changes nothing. */
  keep?: boolean;
};

/** Sends requests with one API key. Every call rejects with an `ApiError`. */
export type Api = {
  call<Reply>(path: string, call?: Call): Promise<Reply>;
  /** A reply that isn't JSON, such as a recording. */
  bytes(path: string): Promise<Blob>;
  /** The headers of a reply, for one that has no body. */
  headers(path: string, call: Call): Promise<Headers>;
};

/** `onRefused` is called when the server doesn't accept the key. */
export function apiWith(key: string, onRefused: () => void = () => {}): Api {
  const send = async (
    path: string,
    { method = "GET", query = {}, body, headers, keep = true }: Call,
  ): Promise<Response> => {
    const given = new Headers(headers);
    given.set("Authorization", `Bearer ${key}`);
    if (method !== "GET" && keep) given.set("Idempotency-Key", randomToken());
    const reply = await fetch(path + queryOf(query), {
      method,
      ...bodyOf(body, given),
      headers: given,
    }).catch(() => undefined);
    if (!reply) throw new ApiError({ slug: "unreachable", status: 0, title: "", detail: "" });
    if (reply.ok) return reply;
    const problem = await problemOf(reply);
    if (reply.status === 401) onRefused();
    throw new ApiError(problem);
  };
  return {
    async call<Reply>(path: string, call: Call = {}) {
      const reply = await send(path, call);
      return (reply.status === 204 ? undefined : await reply.json()) as Reply;
    },
    bytes: async (path) => (await send(path, {})).blob(),
    headers: async (path, call) => (await send(path, call)).headers,
  };
}

function bodyOf(body: Call["body"], headers: Headers): { body?: BodyInit } {
  if (body === undefined) return {};
  if (body instanceof FormData) return { body };
  if (body instanceof Blob) {
    headers.set("Content-Type", body.type || "application/octet-stream");
    return { body };
  }
  headers.set("Content-Type", "application/json");
  return { body: JSON.stringify(body) };
}

function queryOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

async function problemOf(reply: Response): Promise<Problem> {
  const { type = "", title = "", detail = "" } = await reply.json().catch(() => ({}));
  return { slug: String(type).split(":").pop() ?? "", status: reply.status, title, detail };
}

/** `crypto.randomUUID` exists only on HTTPS and on this machine. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
