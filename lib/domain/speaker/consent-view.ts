import type { Consent } from "../../ports/consent.ts";
import type { ConsentView } from "../../schema/consent.ts";

export function consentView({ consentId, recordedBy, ...consent }: Consent): ConsentView {
  const { givenBy, text, channel, evidence, withdrawal, ...rest } = consent;
  return {
    ...rest,
    id: consentId,
    givenBy: { who: givenBy.who, name: givenBy.name ?? null, relation: givenBy.relation ?? null },
    text: textView(text),
    channel: channel ?? null,
    evidence: evidence
      ? {
          reference: evidence.reference ?? null,
          sha256: evidence.sha256 ?? null,
          recording: evidence.recording !== undefined,
        }
      : null,
    recordedBy: recordedBy ?? null,
    withdrawal: withdrawalView(withdrawal),
  };
}

export const textView = ({ name, version, language }: Consent["text"]): ConsentView["text"] => ({
  name,
  version,
  language: language ?? null,
});

export const withdrawalView = (withdrawal: Consent["withdrawal"]): ConsentView["withdrawal"] =>
  withdrawal
    ? { ...withdrawal, recordedBy: withdrawal.recordedBy ?? null, reason: withdrawal.reason ?? null }
    : null;
