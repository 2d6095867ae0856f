import { deflateRawSync, gunzipSync, inflateRawSync } from "node:zlib";
import { bytesOf, type Item, required, textOf } from "./attributes.ts";

/**
 * Shorter bodies are stored as text. Longer ones, such as fingerprints in base64, are compressed:
 * items are written by the KB, and queries read their sum.
 */
const COMPRESSED_FROM = 300;

/**
 * What bodies are made of, above all decisions. Compressed with it, a decision takes half of the
 * bytes that gzip needs. **Never change it**: stored items can't be read without it. A better one
 * needs an attribute of its own.
 */
const DICTIONARY = Buffer.from(
  `{"operation":"compare","at":"2026-"operation":"identify","at":"2026-"uid":"spk_","reply":{"decisionId":"dec_` +
    `","decision":"inconclusive","reasons":["no_speech","not_enough_speech","not_calibrated","replay_suspected",` +
    `"multiple_speakers","margin_too_small","empty_gallery","decision":"unknown","decision":"ambiguous",` +
    `"decision":"reject","reasons":["below_threshold","low_quality"],"lowEvidence":true,"candidates":[{"speaker":"` +
    `"score":null,"margin":0.,"separation":{"llr":1,"needed":2.303,"learnt":false,"misidentified":null},` +
    `"searched":1,"extrapolated":false},"band":"weak","band":"moderate","band":"none"}],"qualityA":{"totalSeconds":` +
    `"warnings":["narrow-band","too-quiet","low-quality","multiple-speakers-suspected","probe-embedding",` +
    `"conditions-assumed","replaySuspected":true,"replayOf":"earlier-probe","replayOf":"enrolled-clip",` +
    `"bandwidth":"narrow","bucket":"1-2s","bucket":"2-4s","bucket":"8s+","method":"as-norm","normalized":true,` +
    `"label":{"verdict":"right","at":"2026-"days":{"operation":"verify","at":"2026-"uid":"spk_","reply":` +
    `{"decisionId":"dec_","decision":"match","decision":"accept","reasons":["above_threshold","enrollment_short"],` +
    `"lowEvidence":false,"operatingPoint":{"far":0.001,"far":0.01},"band":"strong","score":{"method":"cosine",` +
    `"value":0.,"cosine":0.,"asNorm":1,"llr":-,"normalized":false,"conditions":{"seconds":5.,"longerSeconds":1,` +
    `"snrDb":4,"bandwidth":"wide","enrolledClips":3,"cohort":{"mean":0.4,"std":0.0},"crossBand":false}},` +
    `"threshold":{"method":"cosine","value":0.6,"asNorm":null,"far":0.01,"frr":0.2,"genuineTrials":1,` +
    `"impostorTrials":2,"measured":{"far":{"low":0,"high":0.00,"rate":0,"trials":2,"speakers":5,` +
    `"effectiveTrials":,"clopperPearson":{"low":0,"high":0.00},"bootstrap":{"low":0,"high":0}},"frr":{"low":0.1,` +
    `"high":0.4,"rate":0.2,"trials":1,"speakers":5,"effectiveTrials":5,"clopperPearson":{"low":0.2,"high":0.3},` +
    `"bootstrap":{"low":0.1,"high":0.4}}},"bucket":"4-8s","bandwidth":"wide"},"speaker":"","qualityA":null,` +
    `"watchlist":null,"replaySuspected":false,"replayOf":null,"quality":{"totalSeconds":6.,"speechSeconds":5.,` +
    `"levelDb":-2,"snrDb":5,"clippedFraction":0,"bandwidth":"wide"},"warnings":["thresholds-not-of-your-voices"],` +
    `"spoofCheck":"none","model":"mdl_","cohort":"coh_","calibration":"cal_","calibrationSource":"bundled"}}`,
);

/** The attribute of a body: `b` as JSON, or `bz` compressed. */
export function bodyAttribute(body: object): { b: string } | { bz: Uint8Array } {
  const json = JSON.stringify(body);
  if (json.length < COMPRESSED_FROM) return { b: json };
  return { bz: new Uint8Array(deflateRawSync(json, { dictionary: DICTIONARY, level: 9 })) };
}

/** The JSON of an item's body. Items from before `bz` have its gzip in `b`. */
export function bodyText(item: Item): string {
  const deflated = bytesOf(item, "bz");
  if (deflated) return inflateRawSync(deflated, { dictionary: DICTIONARY }).toString();
  const zipped = bytesOf(item, "b");
  return zipped ? gunzipSync(zipped).toString() : required(item, "b", textOf);
}
