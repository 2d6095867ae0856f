/**
 * What a function reads at run time, in addition to its code:
 *
 * - manifest: the model's description
 * - network:  the model with everything in its folder, and the runtime of networks
 * - pages:    the console with its samples, and the files of /docs
 */
export type Part = "manifest" | "network" | "pages";

/**
 * The deployed functions. functions/aws/<name>.ts becomes <name>.mjs with the handler
 * `<name>.handler`, in a folder of its own: a cold start loads what is in it.
 */
export const FUNCTION_PARTS = {
  lambda: ["network", "pages"],
  "worker-upload": ["network"],
  "worker-job": ["network"],
  sweeper: [],
  "gallery-builder": ["manifest"],
  admin: [],
} as const satisfies Record<string, readonly Part[]>;

export type FunctionName = keyof typeof FUNCTION_PARTS;

/** Whether the function's folder has the model. */
export const hasModel = (name: FunctionName): boolean =>
  FUNCTION_PARTS[name].some((part) => part === "manifest" || part === "network");
