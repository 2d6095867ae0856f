import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { evaluationJson, evaluationsCsv, scoresCsv } from "../../../lib/evaluate/serialize.ts";
import { t } from "../../text/language.ts";
import { detFigure } from "./det-figure.ts";
import { draw } from "./draw.ts";
import { fontFile } from "./font.ts";
import { type Figure, reportPage, type Section } from "./page.ts";
import { scoreFigure } from "./score-figure.ts";

const captions = () => ({
  det: t(
    "Error rates at every threshold, on normal-deviate axes. A ring marks the EER. " +
      "Lower and further left is better.",
  ),
  scores: t`Share of each class's trials by score. The vertical line is the threshold at the EER.`,
});

/**
 * Writes report.html, results.json and results.csv into `folder`, and for each list its
 * figures (SVG) and its trials' scores (CSV). Creates the folder and overwrites files of the same
 * names. Resolves to the path of the page.
 */
export async function writeReport(evaluations: readonly Evaluation[], folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const sections: Section[] = [];
  for (const [i, evaluation] of evaluations.entries()) {
    const name = fileName(evaluation, evaluations.slice(0, i));
    const figures = {
      det: await draw(detFigure(evaluation)),
      scores: await draw(scoreFigure(evaluation)),
    };
    for (const [kind, svg] of Object.entries(figures))
      await writeFile(join(folder, `${name}-${kind}.svg`), svg);
    await writeFile(join(folder, `${name}-trials.csv`), scoresCsv(evaluation));
    const titled: Figure[] = [
      { title: t`DET curves, ${evaluation.list}`, caption: captions().det, svg: figures.det },
      { title: t`Scores, ${evaluation.list}`, caption: captions().scores, svg: figures.scores },
    ];
    sections.push({ evaluation, figures: titled });
  }
  await writeFile(
    join(folder, "results.json"),
    `${JSON.stringify(evaluations.flatMap(evaluationJson), null, 1)}\n`,
  );
  await writeFile(join(folder, "results.csv"), evaluationsCsv(evaluations));
  const fonts = { 400: await readFile(fontFile(400, "woff2")), 700: await readFile(fontFile(700, "woff2")) };
  const createdAt = new Date().toISOString().slice(0, 16).replace("T", " ");
  const page = join(folder, "report.html");
  await writeFile(page, reportPage(sections, fonts, `${createdAt} UTC`));
  return page;
}

/** Returns the list's name, numbered if an earlier list from another folder has the same one. */
function fileName({ list }: Evaluation, earlier: readonly Evaluation[]): string {
  const count = earlier.filter((one) => one.list === list).length;
  return count === 0 ? list : `${list}-${count + 1}`;
}
