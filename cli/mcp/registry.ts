type Shown = { decisionId: string; reasons: readonly string[]; warnings: readonly string[] };
/** A decision, without what only a program needs. */
export type ShownDecision = Shown & { decision: string; band: string; spoofCheck: string };
export type ShownIdentification = Shown & {
  decision: string;
  spoofCheck: string;
  searched: number;
  candidates: readonly { speaker: string; band: string }[];
};
export type ShownSpeaker = {
  id: string;
  uid: string;
  name: string | null;
  status: string;
  clips: number;
  speechSeconds: number;
  remainingSpeechSeconds: number;
  createdAt: string;
};

/**
 * What the tools do, in a folder or by HTTP. Files are paths on this machine. Methods reject with
 * an `AppError` or a `ProblemError`.
 */
export type ToolRegistry = {
  identify(file: string, group: string | undefined): Promise<ShownIdentification>;
  verify(speaker: string, file: string): Promise<ShownDecision>;
  compare(a: string, b: string): Promise<ShownDecision>;
  /** One page. `cursor` is `next` of the page before. */
  list(cursor: string | undefined): Promise<{ speakers: readonly ShownSpeaker[]; next: string | null }>;
  get(speaker: string): Promise<ShownSpeaker>;
  enroll(speaker: string, files: readonly string[], name: string | undefined): Promise<ShownSpeaker>;
  erase(speaker: string): Promise<void>;
};
