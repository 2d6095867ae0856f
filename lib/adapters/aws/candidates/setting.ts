import type { CandidateIndex } from "../../../ports/candidate-index.ts";

/**
 * Which candidate index a deployment uses: `dynamodb`, `s3vectors:BUCKET`, or an open one. from:
 * the number of voices of a registry from which it is searched
 */
export type CandidateSetting = { index: string | CandidateIndex; from: number };

/** The vector bucket of the setting. Undefined for DynamoDB's index */
export const vectorBucketOf = (index: string): string | undefined => /^s3vectors:(.+)$/.exec(index)?.[1];
