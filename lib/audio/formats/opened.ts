import type { Pcm } from "../types.ts";

/** A file whose headers and packets were read and checked. Nothing is decoded yet. */
export type Opened = { seconds(): number; decode(): Promise<Pcm> };
