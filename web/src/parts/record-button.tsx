import { useEffect, useRef, useState } from "preact/hooks";
import { canRecord, type Recording, startRecording } from "../audio/recorder.ts";
import { seconds } from "../text/format.ts";
import { t } from "../text/text.ts";
import { CountedSpeech } from "./counted-speech.tsx";
import { Icon } from "./icon.tsx";

const MOST_SECONDS = 115;
/** A last piece shorter than this has too little speech for a clip of its own. */
const LEAST_PIECE_MS = 3000;
/** The quietest level that the meter shows, in dB relative to full scale. */
const FLOOR_DB = -60;

type Props = {
  onRecorded(blob: Blob): void;
  onFailed(message: string): void;
  /** Calls `onRecorded` with a piece each time so many seconds were recorded, and continues. */
  pieceSeconds?: number;
};

/** Starts and stops a recording, and shows its level and length in between. */
export function RecordButton({ onRecorded, onFailed, pieceSeconds }: Props) {
  const [recording, setRecording] = useState<Recording>();
  const current = useRef<Recording | undefined>(undefined);
  const cutAt = useRef<number | undefined>(undefined);
  const latest = useRef(onRecorded);
  latest.current = onRecorded;
  const set = (one: Recording | undefined) => {
    current.current = one;
    setRecording(one);
  };
  useEffect(() => () => void current.current?.stop(), []);
  useEffect(() => {
    if (!recording || pieceSeconds === undefined) return;
    const timer = setInterval(() => {
      cutAt.current = performance.now();
      recording.cut().then(latest.current);
    }, pieceSeconds * 1000);
    return () => clearInterval(timer);
  }, [recording, pieceSeconds]);
  const start = () => startRecording().then(set, (error) => onFailed(microphoneText(error)));
  const stop = async () => {
    const blob = await recording?.stop();
    set(undefined);
    const rest = cutAt.current !== undefined && performance.now() - cutAt.current < LEAST_PIECE_MS;
    cutAt.current = undefined;
    if (blob && !rest) onRecorded(blob);
  };
  if (!canRecord()) return <p class="hint">{t("record.insecure")}</p>;
  if (!recording)
    return (
      <button type="button" class="record" onClick={start}>
        <Icon name="microphone" /> {t("record.start")}
      </button>
    );
  return (
    <div class="recording">
      <button type="button" class="record on" onClick={stop}>
        <Icon name="stop" /> {t("record.stop")}
      </button>
      {pieceSeconds === undefined && <CountedSpeech recording={recording} />}
      <LevelMeter recording={recording} onLimit={pieceSeconds === undefined ? stop : undefined} />
    </div>
  );
}

function LevelMeter({ recording, onLimit }: { recording: Recording; onLimit: (() => void) | undefined }) {
  const [state, setState] = useState({ level: FLOOR_DB, elapsed: 0 });
  useEffect(() => {
    const start = performance.now();
    const timer = setInterval(() => {
      const elapsed = (performance.now() - start) / 1000;
      setState({ level: recording.levelDb(), elapsed });
      if (elapsed > MOST_SECONDS) onLimit?.();
    }, 60);
    return () => clearInterval(timer);
  }, [recording]);
  const { level, elapsed } = state;
  return (
    <div class="level">
      <meter
        min={FLOOR_DB}
        max={0}
        low={-45}
        high={-3}
        optimum={-20}
        value={level}
        aria-label={t("record.level")}
      />
      <span class="time">{seconds(elapsed)}</span>
      <span class="hint">
        {level < -50 ? t("record.quiet") : level > -2 ? t("record.loud") : t("record.good")}
      </span>
    </div>
  );
}

function microphoneText(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return t("record.refused");
  if (name === "NotFoundError") return t("record.none");
  return t("record.failed", { why: String(error) });
}
