import { NO_ROTATION, type Templates } from "../../lib/adapters/shared/templates.ts";

/** Of a store whose registries have no template keys. */
export const noTemplates: Templates = {
  state: async () => ({ generation: 0 }),
  rotation: async () => NO_ROTATION,
  key: async () => new Uint8Array(32),
};
