/** Seconds a function may run. Queues hide a message for six times as long. */
export const TIMEOUT_SECONDS = {
  /** The HTTP API gives up at 30 s; the app answers 504 before that. */
  api: 30,
  uploadWorker: 60,
  /** The most Lambda allows; a job that is not done by then goes on in another message. */
  jobWorker: 900,
  sweeper: 900,
  galleryBuilder: 300,
} as const;
