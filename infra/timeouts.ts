/** Timeout of each function, in seconds. Queues hide a message for six times as long. */
export const TIMEOUT_SECONDS = {
  /** API Gateway gives up after 30 s. The app replies 504 before that. */
  api: 30,
  uploadWorker: 60,
  /** Lambda's maximum. A longer job continues with another message. */
  jobWorker: 900,
  sweeper: 900,
  galleryBuilder: 300,
} as const;
