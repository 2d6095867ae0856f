/** What a person's voice may be used for. */
export const PURPOSES = ["enroll", "verify", "identify", "candidates"] as const;
export type Purpose = (typeof PURPOSES)[number];
