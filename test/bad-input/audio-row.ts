import type { Slug } from "../../lib/error.ts";

export type AudioRow = {
  /** The row's ID in docs/bad-input.md. */
  row: string;
  name: string;
  bytes: Uint8Array;
  mediaType: string | undefined;
  /** Undefined if the file is accepted. */
  slug: Slug | undefined;
  /** A word that the problem's detail contains. */
  says?: string;
};
