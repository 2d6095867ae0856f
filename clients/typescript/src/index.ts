export type { Recording, RecordingBytes } from "./audio.ts";
export { Voiceroll, type VoicerollOptions } from "./client.ts";
export { ProblemError, type Slug } from "./problem.ts";
export type { RetryOptions } from "./retry.ts";
export type { components, operations, paths } from "./schema.gen.ts";
