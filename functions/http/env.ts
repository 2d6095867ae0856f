import type { TokenGrant } from "../../lib/domain/registry/browser-token.ts";
import type { HeldUpload } from "../../lib/domain/upload/use.ts";
import type { UploadId } from "../../lib/id.ts";
import type { RequestAttempt } from "../../lib/ports/decision.ts";
import type { ApiKey, Registry } from "../../lib/ports/registry.ts";
import type { Tally } from "../../lib/tally.ts";

/** The form of the body. "none": the request has no body. */
export type BodyKind = "raw" | "multipart" | "json" | "none";

/**
 * What is known about a request so far. It outlives the app's context, because the log needs it.
 */
export type Trace = {
  readonly requestId: string;
  readonly tally: Tally;
  /** The client's address. Undefined if the host doesn't provide it. */
  readonly peer?: string | undefined;
  /** The size of the request's body, as far as it was read. */
  bytes?: number;
  /** The route's pattern, e.g. "/speakers/{id}". Logs never contain the URL itself. */
  route?: string;
  slug?: string;
  registryId?: string;
  keyId?: string;
  /** The generated ID of the speaker, if the route knows it. */
  speakerUid?: string;
  /** The decision of a verification, comparison or identification. */
  decision?: string;
  /** The error behind a 5xx reply. */
  error?: unknown;
};

/** The time within which a request is answered. It does not run while its body is sent. */
export type Deadline = { pause(): void; resume(): void };

/** How much a server takes on at a time. */
export type Gate = {
  /** Whether `enter` would refuse a body of this many bytes now. */
  full(bytes: number): boolean;
  /** Returns undefined if the server is full. */
  enter(bytes: number): Place | undefined;
};

/** A request's place behind the gate. */
export type Place = {
  /** Gives the place back. A second call does nothing. */
  leave(): void;
  /**
   * Lets another request have the place until `resume`, because the body is slow to arrive. Returns
   * false if too many bodies are awaited already.
   */
  wait(): boolean;
  /** Takes the place again after `wait`, also if the server is full by now. */
  resume(): void;
};

/** A WebSocket, as a route sees it. */
export type Socket = {
  send(text: string): void;
  /** Bytes that were sent but that the client hasn't read yet. */
  readonly unread: number;
  /** Stops and continues reading what the client sends. */
  pause(): void;
  resume(): void;
  /** code: RFC 6455, section 7.4 */
  close(code: number, reason: string): void;
};
export type SocketHandlers = {
  onMessage(data: string | Uint8Array): void;
  /** The socket is closed, by either side. */
  onClose(): void;
};
/** Calls `open` once the request has become a WebSocket, after the route has replied. */
export type Upgrade = (open: (socket: Socket) => SocketHandlers) => void;

/** What the guards have set before a route runs. */
export type Env = {
  Bindings: {
    trace: Trace;
    deadline: Deadline;
    gate?: Gate | undefined;
    /** The URL at which the client reaches the service. Undefined: the request's own. */
    clientUrl?: string | undefined;
    /** Returns the process's metrics as text for Prometheus. Undefined: it has none. */
    metrics?: (() => Promise<string>) | undefined;
    /** Undefined: the request doesn't ask for a WebSocket, or the host has none. */
    upgrade?: Upgrade | undefined;
  };
  Variables: {
    /** With a token, the key that made it, with the token's scopes. */
    key: ApiKey;
    /** Undefined for a request with an API key. */
    token?: TokenGrant;
    registry: Registry;
    /** Undefined: the route, or the server, has no gate. */
    place: Place | undefined;
    body: Uint8Array<ArrayBuffer>;
    bodyKind: BodyKind;
    /** Undefined for a request without an Idempotency-Key. */
    attempt?: RequestAttempt;
    /** The uploads that this request uses. */
    held: { uploadId: UploadId; inPart: boolean; upload: Promise<HeldUpload> }[];
  };
};
