import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { t } from "../text/text.ts";
import { Icon } from "./icon.tsx";
import { ProblemNotice } from "./notice.tsx";

/** Loads a recording when it is to be heard: each one is a request with the key. */
export function RecordingPlayer({ address }: { address: string }) {
  const { api } = useConsole();
  const [url, setUrl] = useState<string>();
  const action = useAction();
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  const load = () => action.run(async () => setUrl(URL.createObjectURL(await api.bytes(address))));
  if (url)
    // biome-ignore lint/a11y/useMediaCaption: a recorded clip has no captions.
    return <audio controls autoplay src={url} aria-label={t("clips.play")} />;
  return (
    <div>
      <button type="button" disabled={action.busy} onClick={load}>
        <Icon name="play" /> {t("clips.play")}
      </button>
      <ProblemNotice problem={action.problem} />
    </div>
  );
}
