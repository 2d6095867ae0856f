import { useState } from "preact/hooks";
import type { RegistryReply, SettingsReply } from "../api/types.ts";
import { Loading, Notice, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { t } from "../text/text.ts";
import { DecisionSettings } from "./decision-settings.tsx";
import { PurposeChecks } from "./new-consent.tsx";
import { Choice, LinesSetting, NumberSetting, YesNo } from "./setting-fields.tsx";

/** What this registry requires, keeps and refuses. */
export function SettingsPage() {
  const { api } = useConsole();
  const { value, problem, reload } = useLoad(() => api.call<RegistryReply>("/registry"), [api]);
  const [saved, setSaved] = useState(false);
  const onSaved = () => {
    setSaved(true);
    reload();
  };
  return (
    <>
      <PageHead title={t("nav.settings")} lead={t("settings.lead", { name: value?.name ?? "" })} />
      <ProblemNotice problem={problem} />
      {!value && !problem && <Loading />}
      {value && <SettingsForm key={JSON.stringify(value)} settings={value.settings} onSaved={onSaved} />}
      {saved && <Notice tone="good">{t("settings.saved")}</Notice>}
    </>
  );
}

type Changes = { [Name in keyof SettingsReply]?: SettingsReply[Name] };

/** Sends only what was changed. */
function SettingsForm({ settings, onSaved }: { settings: SettingsReply; onSaved(): void }) {
  const { api } = useConsole();
  const [changes, setChanges] = useState<Changes>({});
  const action = useAction();
  const shown: SettingsReply = { ...settings, ...changes };
  const change = (more: Changes) => setChanges({ ...changes, ...more });
  const guess = (more: Partial<SettingsReply["guessing"]>) =>
    change({ guessing: { ...shown.guessing, ...more } });
  const save = () =>
    action.run(async () => {
      await api.call<RegistryReply>("/registry", { method: "PATCH", body: changes });
      onSaved();
    });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div class="columns">
        <section class="card">
          <h2>{t("settings.enrollment")}</h2>
          <NumberSetting
            name="enrollSpeechSeconds"
            value={shown.enrollSpeechSeconds}
            least={1}
            most={600}
            onValue={(value) => value !== null && change({ enrollSpeechSeconds: value })}
          />
          <YesNo
            name="consentRequired"
            value={shown.consentRequired}
            onValue={(consentRequired) => change({ consentRequired })}
          />
          <PurposeChecks
            label={t("setting.requiredPurposes")}
            value={shown.requiredPurposes}
            onValue={(purposes) => change({ requiredPurposes: [...purposes] })}
          />
          <YesNo
            name="refuseMultipleSpeakers"
            value={shown.refuseMultipleSpeakers}
            onValue={(refuseMultipleSpeakers) => change({ refuseMultipleSpeakers })}
          />
        </section>
        <DecisionSettings shown={shown} change={change} />
        <section class="card">
          <h2>{t("settings.retention")}</h2>
          <YesNo name="keepAudio" value={shown.keepAudio} onValue={(keepAudio) => change({ keepAudio })} />
          <YesNo
            name="keepConsentProofs"
            value={shown.keepConsentProofs}
            onValue={(keepConsentProofs) => change({ keepConsentProofs })}
          />
          <NumberSetting
            name="speakerDays"
            value={shown.speakerDays}
            least={1}
            most={36_500}
            empty="settings.never"
            onValue={(speakerDays) => change({ speakerDays })}
          />
          <NumberSetting
            name="decisionDays"
            value={shown.decisionDays}
            least={1}
            most={36_500}
            onValue={(value) => value !== null && change({ decisionDays: value })}
          />
          <YesNo
            name="speakerHistory"
            value={shown.speakerHistory}
            onValue={(speakerHistory) => change({ speakerHistory })}
          />
          <YesNo
            name="candidateVoices"
            value={shown.candidateVoices}
            onValue={(candidateVoices) => change({ candidateVoices })}
          />
          <NumberSetting
            name="candidateDays"
            value={shown.candidateDays}
            least={1}
            most={3650}
            onValue={(value) => value !== null && change({ candidateDays: value })}
          />
          <Choice
            name="audit"
            value={shown.audit}
            options={["changes", "all"]}
            onValue={(audit) => change({ audit })}
          />
        </section>
        <section class="card">
          <h2>{t("settings.access")}</h2>
          <YesNo
            name="decisionEvents"
            value={shown.decisionEvents}
            onValue={(decisionEvents) => change({ decisionEvents })}
          />
          <LinesSetting
            name="corsOrigins"
            value={shown.corsOrigins}
            empty="settings.all-origins"
            onValue={(origins) => change({ corsOrigins: origins && [...origins] })}
          />
        </section>
        <section class="card">
          <h2>{t("settings.limits")}</h2>
          <NumberSetting
            name="requestsPerMinute"
            value={shown.requestsPerMinute}
            least={1}
            most={1_000_000}
            empty="settings.no-limit"
            onValue={(requestsPerMinute) => change({ requestsPerMinute })}
          />
          <NumberSetting
            name="rejects"
            value={shown.guessing.rejects}
            least={0}
            most={1000}
            onValue={(rejects) => rejects !== null && guess({ rejects })}
          />
          <NumberSetting
            name="speakerRejects"
            value={shown.guessing.speakerRejects}
            least={0}
            most={1000}
            onValue={(speakerRejects) => speakerRejects !== null && guess({ speakerRejects })}
          />
          <NumberSetting
            name="misses"
            value={shown.guessing.misses}
            least={0}
            most={10_000}
            onValue={(misses) => misses !== null && guess({ misses })}
          />
          <NumberSetting
            name="pauseSeconds"
            value={shown.guessing.pauseSeconds}
            least={1}
            most={86_400}
            onValue={(pauseSeconds) => pauseSeconds !== null && guess({ pauseSeconds })}
          />
          <NumberSetting
            name="longestPauseSeconds"
            value={shown.guessing.longestPauseSeconds}
            least={1}
            most={86_400}
            onValue={(longest) => longest !== null && guess({ longestPauseSeconds: longest })}
          />
        </section>
      </div>
      <ProblemNotice problem={action.problem} />
      <button type="submit" class="primary" disabled={action.busy || Object.keys(changes).length === 0}>
        {t("settings.save")}
      </button>
    </form>
  );
}
