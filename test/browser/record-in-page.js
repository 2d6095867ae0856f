/**
 * Runs in a browser's page: records the microphone once for each type, as docs/audio.md says.
 * Resolves to base64, since only JSON leaves a page.
 */
export async function recordInPage(types, seconds) {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const recorders = types.map((mimeType) => new MediaRecorder(stream, { mimeType }));
  const recordings = recorders.map(
    (recorder) =>
      new Promise((resolve) => recorder.addEventListener("dataavailable", ({ data }) => resolve(data))),
  );
  for (const recorder of recorders) recorder.start();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const recorder of recorders) recorder.stop();
  const blobs = await Promise.all(recordings);
  return Promise.all(
    blobs.map(async (blob) => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }),
  );
}
