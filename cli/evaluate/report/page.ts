import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { MIN_SPEAKERS } from "../../../lib/evaluate/intervals.ts";
import { provenanceText } from "../../../lib/evaluate/provenance.ts";
import type { PartResult } from "../../../lib/evaluate/results.ts";
import { VERSION } from "../../version.ts";
import { sessionNote, upsideDownNote } from "../text.ts";
import { EXPLANATION } from "./explanation.ts";
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
  const systems = [...new Set(sections.map(({ evaluation }) => evaluation.system))].join(", ");
  const faces = ([400, 700] as const).map((weight) => {
    const url = `data:font/woff2;base64,${fonts[weight].toString("base64")}`;
    return `@font-face{font-family:Lato;font-weight:${weight};src:url(${url})}`;
  });
  const contents = sections.map(
    ({ evaluation }, i) => `<li><a href="#list-${i}">${escapeHtml(evaluation.list)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Voiceroll evaluation: ${escapeHtml(systems)}</title><style>${faces.join("")}${STYLE}</style></head><body>
<h1>Speaker verification evaluation</h1>
<p class="counts">${escapeHtml(systems)} · voiceroll ${VERSION} · ${escapeHtml(made)}</p>
<ul>${contents.join("")}<li><a href="#reading">How to read this</a></li></ul>
${sections.map(section).join("\n")}
<h2 id="reading">How to read this</h2>
${EXPLANATION}
</body></html>
`;
}

const FEW_SPEAKERS = `<p class="note">Intervals need at least ${MIN_SPEAKERS} speakers.</p>`;

function section({ evaluation, figures }: Section, index: number): string {
  const [whole, ...parts] = evaluation.parts;
  const { targets, impostors, speakers } = whole;
  const ofClips = evaluation.clips > 0 ? ` of ${evaluation.clips} clips` : "";
  const notes = [sessionNote(evaluation), upsideDownNote(evaluation)].flatMap((note) => note ?? []);
  const conditions = [...new Set(parts.map(({ condition }) => condition))];
  return `<h2 id="list-${index}">${escapeHtml(evaluation.list)}</h2>
<p class="counts">${targets} target and ${impostors} impostor trials${ofClips}, ${speakers} speakers</p>
<p class="counts">${escapeHtml(provenanceText(evaluation.provenance))}</p>
${speakers < MIN_SPEAKERS ? FEW_SPEAKERS : ""}${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join("")}
${methodTable(whole, "Below each figure is its 95 % interval over speakers.")}
<h3>Thresholds</h3>
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
  const all = parts
    .filter(({ results }) => results.some(({ measures }) => measures))
    .map((part) => methodTable(part, `${escapeHtml(condition)}: ${escapeHtml(part.value)}`));
  return `<h3>By ${escapeHtml(condition)}</h3>
${conditionTable(condition, parts)}
<details><summary>All measures by ${escapeHtml(condition)}</summary>${all.join("\n")}</details>`;
}
