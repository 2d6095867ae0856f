import { inMemory } from "../../lib/audio/byte-source.ts";
import { readOgg } from "../../lib/audio/formats/ogg.ts";
import { CLIP } from "../../lib/audio/limits.ts";

/** Returns all packets of an Ogg file, headers first. */
export const packetsOf = (file: Uint8Array): Uint8Array[] =>
  [...readOgg(inMemory(file), CLIP)].flatMap((page) => page.packets());
