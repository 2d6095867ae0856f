import { useId, useRef, useState } from "preact/hooks";
import { type AudioClip, clipOf, sampleClip } from "../audio/clip.ts";
import { t } from "../text/text.ts";
import { Icon } from "./icon.tsx";
import { RecordButton } from "./record-button.tsx";
import { SAMPLES } from "./samples.ts";

type Props = { label: string; clip: AudioClip | undefined; onClip(clip: AudioClip | undefined): void };

/** One clip: recorded, dropped or chosen as a file, or one of the samples. */
export function ClipInput({ label, clip, onClip }: Props) {
  const [failure, setFailure] = useState<string>();
  const [over, setOver] = useState(false);
  const id = useId();
  const take = (taken: AudioClip | undefined) => {
    setFailure(undefined);
    onClip(taken);
  };
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer?.files ?? [];
    if (file) take(clipOf(file.name, file));
  };
  return (
    <section
      class={`clip-input ${over ? "over" : ""} ${clip ? "filled" : ""}`}
      aria-labelledby={id}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <h2 id={id}>{label}</h2>
      {clip ? (
        <ChosenClip clip={clip} onRemove={() => take(undefined)} />
      ) : (
        <Sources onClip={take} onFailed={setFailure} />
      )}
      {failure && (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}

function ChosenClip({ clip, onRemove }: { clip: AudioClip; onRemove(): void }) {
  return (
    <div class="chosen">
      <p class="name">
        <Icon name="file" /> {clip.name}
      </p>
      <button
        type="button"
        class="quiet icon-only"
        onClick={onRemove}
        aria-label={t("clip.remove", { name: clip.name })}
      >
        <Icon name="close" />
      </button>
      {/* biome-ignore lint/a11y/useMediaCaption: a recording of the person's own voice has no captions. */}
      <audio controls src={clip.url} aria-label={clip.name} />
    </div>
  );
}

function Sources({ onClip, onFailed }: { onClip(clip: AudioClip): void; onFailed(message: string): void }) {
  const input = useRef<HTMLInputElement>(null);
  const chooseSample = (name: string) =>
    sampleClip(name).then(onClip, (error) =>
      onFailed(error instanceof Error ? error.message : String(error)),
    );
  return (
    <>
      <RecordButton onRecorded={(blob) => onClip(clipOf(t("clip.recorded"), blob))} onFailed={onFailed} />
      <p class="or">{t("clip.or")}</p>
      <div class="others">
        <button type="button" class="quiet" onClick={() => input.current?.click()}>
          <Icon name="file" /> {t("clip.file")}
        </button>
        <input
          ref={input}
          type="file"
          hidden
          accept="audio/*,video/webm,video/mp4,.amr,.caf,.opus"
          onChange={({ currentTarget: { files } }) => files?.[0] && onClip(clipOf(files[0].name, files[0]))}
        />
        <select
          aria-label={t("clip.sample")}
          value=""
          onChange={({ currentTarget }) => currentTarget.value && chooseSample(currentTarget.value)}
        >
          <option value="">{t("clip.sample")}</option>
          {SAMPLES.map(({ voice, clips }) => (
            <optgroup key={voice} label={voice}>
              {clips.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
    </>
  );
}
