import { Voiceroll } from "../../clients/typescript/src/index.ts";
import { readInput } from "../../lib/input-file.ts";
import type { ToolRegistry } from "./registry.ts";

const LIMIT = 100;

/** The registry of a key, on a server. Files are sent to it. */
export function remoteRegistry(url: string, key: string): ToolRegistry {
  const voiceroll = new Voiceroll({ url, key });
  return {
    identify: async (file, group) =>
      voiceroll.identify(await readInput(file), group === undefined ? {} : { group }),
    verify: async (speaker, file) => voiceroll.verify(speaker, await readInput(file)),
    compare: async (a, b) => voiceroll.compare(await readInput(a), await readInput(b)),
    list: async (cursor) => {
      const query = { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) };
      const { data } = await voiceroll.api.GET("/speakers", { params: { query } });
      if (!data) throw new RangeError("the list has no body");
      return { speakers: data.speakers, next: data.next };
    },
    get: async (speaker) => {
      const { data } = await voiceroll.api.GET("/speakers/{id}", { params: { path: { id: speaker } } });
      if (!data) throw new RangeError("the speaker has no body");
      return data;
    },
    enroll: async (speaker, files, name) => {
      const recordings = await Promise.all(files.map((file) => readInput(file)));
      return (await voiceroll.enroll(speaker, recordings, name === undefined ? {} : { name })).speaker;
    },
    erase: async (speaker) => {
      await voiceroll.api.DELETE("/speakers/{id}", { params: { path: { id: speaker } } });
    },
  };
}
