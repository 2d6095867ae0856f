import type { HeldUpload } from "../../lib/domain/upload/use.ts";
import type { ApiKey, Registry } from "../../lib/ports/registry.ts";
import type { Tally } from "../../lib/tally.ts";

/** How audio or fields arrive; "none": the request has no body. */
export type BodyKind = "raw" | "multipart" | "json" | "none";

/** What is known of a request so far; it outlives the app's own context, for the log. */
export type Trace = {
  readonly requestId: string;
  readonly tally: Tally;
  /** The pattern, e.g. "/speakers/{id}": logs never hold the address itself. */
  route?: string;
  slug?: string;
  registryId?: string;
  keyId?: string;
  /** Generated id of the speaker, where the route knows it. */
  speakerUid?: string;
  /** Of a verification, comparison or identification. */
  decision?: string;
  /** What became a 5xx. */
  error?: unknown;
};

/** The time within which a request is answered. It does not run while its body is sent. */
export type Deadline = { pause(): void; resume(): void };

/** How much a server takes on at a time. */
export type Gate = {
  /** Returns undefined if the server is full; otherwise a function that gives the place back. */
  enter(bytes: number): (() => void) | undefined;
};

/** What the guards have found out before a route runs. */
export type Env = {
  Bindings: { trace: Trace; deadline: Deadline; gate?: Gate | undefined };
  Variables: {
    key: ApiKey;
    registry: Registry;
    body: Uint8Array<ArrayBuffer>;
    bodyKind: BodyKind;
    /** Uploads that this request uses, or is about to. */
    held: Promise<HeldUpload>[];
  };
};
