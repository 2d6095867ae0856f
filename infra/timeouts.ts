/** Timeout of each function, in seconds. */
export const TIMEOUT_SECONDS = {
  /** API Gateway gives up after 30 s. The app replies 504 before that. */
  api: 30,
  uploadWorker: 60,
  /** Lambda's maximum. A longer job continues with another message. */
  jobWorker: 900,
  /** It only queues tasks. */
  sweeper: 120,
  galleryBuilder: 300,
  admin: 30,
} as const;
