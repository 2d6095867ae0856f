import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { MIN_SPEAKERS } from "../../../lib/evaluate/intervals.ts";
import { provenanceText } from "../../../lib/evaluate/provenance.ts";
import type { PartResult } from "../../../lib/evaluate/results.ts";
import { isChinese, t, translated } from "../../text/language.ts";
import { VERSION } from "../../version.ts";
import { countsText, sessionNote, upsideDownNote } from "../text.ts";
import { EXPLANATION } from "./explanation.ts";
import { EXPLANATION_ZH } from "./explanation-zh.ts";
import { escapeHtml, STYLE } from "./html.ts";
import { conditionTable, excludedTable, methodTable, thresholdTable } from "./tables.ts";

export type Figure = { title: string; caption: string; svg: string };
export type Section = { evaluation: Evaluation; figures: readonly Figure[] };

/**
 * Returns one HTML page that loads nothing: the figures are inline SVG, and the font is a data URL.
 *
 * fonts  WOFF2 files of the regular and the bold weight
 * made   when the report was made, for people
 */
export function reportPage(
  sections: readonly Section[],
  fonts: { 400: Buffer; 700: Buffer },
  made: string,
): string {
  const systems = [...new Set(sections.map(({ evaluation }) => translated(evaluation.system)))].join(", ");
  const faces = ([400, 700] as const).map((weight) => {
    const url = `data:font/woff2;base64,${fonts[weight].toString("base64")}`;
    return `@font-face{font-family:Lato;font-weight:${weight};src:url(${url})}`;
  });
  const contents = sections.map(
    ({ evaluation }, i) => `<li><a href="#list-${i}">${escapeHtml(evaluation.list)}</a></li>`,
  );
  return `<!doctype html>
<html lang="${isChinese() ? "zh-CN" : "en"}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t`Voiceroll evaluation: ${escapeHtml(systems)}`}</title><style>${faces.join("")}${STYLE}</style></head><body>
<h1>${t`Speaker verification evaluation`}</h1>
<p class="counts">${escapeHtml(systems)} · voiceroll ${VERSION} · ${escapeHtml(made)}</p>
<ul>${contents.join("")}<li><a href="#reading">${t`How to read this`}</a></li></ul>
${sections.map(section).join("\n")}
<h2 id="reading">${t`How to read this`}</h2>
${isChinese() ? EXPLANATION_ZH : EXPLANATION}
</body></html>
`;
}

const fewSpeakers = () => `<p class="note">${t`Intervals need at least ${MIN_SPEAKERS} speakers.`}</p>`;

function section({ evaluation, figures }: Section, index: number): string {
  const [whole, ...parts] = evaluation.parts;
  const notes = [sessionNote(evaluation), upsideDownNote(evaluation)].flatMap((note) => note ?? []);
  const conditions = [...new Set(parts.map(({ condition }) => condition))];
  return `<h2 id="list-${index}">${escapeHtml(evaluation.list)}</h2>
<p class="counts">${countsText(evaluation)}</p>
<p class="counts">${escapeHtml(provenanceText(evaluation.provenance))}</p>
${whole.speakers < MIN_SPEAKERS ? fewSpeakers() : ""}
${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join("")}
${methodTable(whole, t`Below each figure is its 95 % interval over speakers.`)}
<h3>${t`Thresholds`}</h3>
${thresholdTable(whole)}
${figures.map(figureHtml).join("\n")}
${conditions
  .map((one) =>
    conditionHtml(
      one,
      parts.filter(({ condition }) => condition === one),
    ),
  )
  .join("\n")}
${excludedTable(evaluation)}`;
}

function figureHtml({ title, caption, svg }: Figure): string {
  const labeled = svg.replace("<svg ", `<svg role="img" aria-label="${escapeHtml(title)}" `);
  return `<h3>${escapeHtml(title)}</h3>
<figure>${labeled}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

function conditionHtml(condition: string, parts: readonly PartResult[]): string {
  const name = escapeHtml(translated(condition));
  const all = parts
    .filter(({ results }) => results.some(({ measures }) => measures))
    .map((part) => methodTable(part, `${name}: ${escapeHtml(translated(part.value))}`));
  return `<h3>${t`By ${name}`}</h3>
${conditionTable(condition, parts)}
<details><summary>${t`All measures by ${name}`}</summary>${all.join("\n")}</details>`;
}
