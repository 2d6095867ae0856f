import type { ComponentChild } from "preact";
import { CalibrationPage } from "./calibration.tsx";
import { CohortsPage } from "./cohorts.tsx";
import { DecisionPage } from "./decision.tsx";
import { DecisionsPage } from "./decisions.tsx";
import { EnrollPage } from "./enroll.tsx";
import { GroupPage } from "./group.tsx";
import { GroupsPage } from "./groups.tsx";
import { JobPage, JobsPage } from "./jobs.tsx";
import { KeysPage } from "./keys.tsx";
import { SettingsPage } from "./settings.tsx";
import { SpeakerPage } from "./speaker.tsx";
import { SpeakersPage } from "./speakers.tsx";
import { TryPage } from "./try.tsx";
import { WebhookPage } from "./webhook.tsx";
import { WebhooksPage } from "./webhooks.tsx";

/** The navigation, in groups. */
export const SECTIONS = [
  ["try", "enroll", "speakers", "groups"],
  ["decisions", "calibration", "cohorts", "jobs"],
  ["keys", "webhooks", "settings"],
] as const;

type Section = (typeof SECTIONS)[number][number];

/** Returns the page of a route. Unknown routes show the first page. */
export function page(route: readonly string[]): ComponentChild {
  const [first, id] = route;
  const name = SECTIONS.flat().find((one) => one === first) ?? "try";
  const pages: Record<Section, () => ComponentChild> = {
    try: () => <TryPage route={route} />,
    enroll: () => <EnrollPage key={id} given={id ?? ""} />,
    speakers: () => (id === undefined ? <SpeakersPage /> : <SpeakerPage key={id} id={id} />),
    groups: () => (id === undefined ? <GroupsPage /> : <GroupPage key={id} id={id} />),
    decisions: () => (id === undefined ? <DecisionsPage /> : <DecisionPage key={id} id={id} />),
    calibration: () => <CalibrationPage />,
    cohorts: () => <CohortsPage />,
    jobs: () => (id === undefined ? <JobsPage /> : <JobPage key={id} id={id} />),
    keys: () => <KeysPage />,
    webhooks: () => (id === undefined ? <WebhooksPage /> : <WebhookPage key={id} id={id} />),
    settings: () => <SettingsPage />,
  };
  return pages[name]();
}
