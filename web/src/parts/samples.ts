/** The synthetic voices of samples/, as the server offers them under /console/samples. */
const VOICES = ["awb", "rms", "slt", "kal"] as const;
const TAKES = [1, 2, 3, 4, 5, 6] as const;

export const SAMPLES = VOICES.map((voice) => ({ voice, clips: TAKES.map((take) => `${voice}-${take}`) }));

/** The sample voice that the first visit enrolls, and the clips for it. */
export const SAMPLE_SPEAKER = "sample-awb";
export const SAMPLE_ENROLLMENT = ["awb-1", "awb-2", "awb-3", "awb-4", "awb-5"] as const;
