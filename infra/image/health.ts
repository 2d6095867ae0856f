/* The container's health check: succeeds if the server is ready to embed a clip. */
const reply = await fetch(`http://127.0.0.1:${process.env.PORT || 7999}/ready`).catch(() => undefined);
process.exitCode = reply?.ok ? 0 : 1;

export {};
