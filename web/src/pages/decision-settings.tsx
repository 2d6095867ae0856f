import type { SettingsReply } from "../api/types.ts";
import { t } from "../text/text.ts";
import { Choice, NumberSetting, YesNo } from "./setting-fields.tsx";

type Props = { shown: SettingsReply; change(changes: Partial<SettingsReply>): void };

/** How verify, identify and compare decide. */
export function DecisionSettings({ shown, change }: Props) {
  return (
    <section class="card">
      <h2>{t("settings.decisions")}</h2>
      <NumberSetting
        name="far"
        value={shown.far}
        least={0.00001}
        most={0.5}
        step="any"
        empty="settings.far-default"
        onValue={(far) => change({ far })}
      />
      <Choice
        name="replay"
        value={shown.replay}
        options={["flag", "refuse"]}
        onValue={(replay) => change({ replay })}
      />
      <Choice
        name="mixedProbes"
        value={shown.mixedProbes}
        options={["flag", "refuse"]}
        onValue={(mixedProbes) => change({ mixedProbes })}
      />
      <YesNo name="embeddings" value={shown.embeddings} onValue={(embeddings) => change({ embeddings })} />
      <NumberSetting
        name="spoofWarning"
        value={shown.spoofWarning}
        least={-100}
        most={100}
        step="any"
        empty="settings.never"
        onValue={(spoofWarning) => change({ spoofWarning })}
      />
      <YesNo
        name="challengeRequired"
        value={shown.challengeRequired}
        onValue={(challengeRequired) => change({ challengeRequired })}
      />
      <NumberSetting
        name="replayDays"
        value={shown.replayDays}
        least={0}
        most={365}
        onValue={(value) => value !== null && change({ replayDays: value })}
      />
    </section>
  );
}
