import { useState } from "preact/hooks";
import type { CalibrationReply, CalibrationTable } from "../api/types.ts";
import { DetPlot } from "../charts/det-plot.tsx";
import { Legend } from "../charts/legend.tsx";
import { ScorePlot } from "../charts/score-plot.tsx";
import { count, number, percent } from "../text/format.ts";
import { named, t } from "../text/text.ts";

type Props = { calibration: CalibrationReply; other: CalibrationReply | undefined };

/** The DET curve, the score densities and the operating points of one kind of trial. */
export function CalibrationPlots({ calibration, other }: Props) {
  const tables = tablesOf(calibration);
  const [kind, setKind] = useState<string>();
  const table = tables.find((one) => kindOf(one) === kind) ?? tables[0];
  if (!table) return <p class="hint">{t("calibration.no-tables")}</p>;
  const same = other && tablesOf(other).find((one) => kindOf(one) === kindOf(table));
  const series = [
    { name: t("calibration.in-force"), table },
    ...(same ? [{ name: t("calibration.compared"), table: same }] : []),
  ];
  return (
    <>
      <label class="field">
        <span>{t("calibration.kind")}</span>
        <select value={kindOf(table)} onChange={({ currentTarget }) => setKind(currentTarget.value)}>
          {tables.map((one) => (
            <option key={kindOf(one)} value={kindOf(one)}>
              {kindText(one)}
            </option>
          ))}
        </select>
      </label>
      <div class="columns">
        <figure>
          <h3>{t("calibration.det")}</h3>
          <DetPlot series={series} />
          <figcaption>
            <Legend name="genuine" text={t("calibration.in-force")} />
            {same && <Legend name="impostor" text={t("calibration.compared")} />}
          </figcaption>
        </figure>
        <figure>
          <h3>{t("calibration.scores")}</h3>
          <ScorePlot table={table} />
          <figcaption>
            <Legend name="genuine" text={t("scale.genuine")} />
            <Legend name="impostor" text={t("scale.impostor")} />
          </figcaption>
        </figure>
      </div>
      <small>{t("calibration.assumption")}</small>
      <Points table={table} />
    </>
  );
}

/** The tables of the method in force. Other methods are used only on request. */
const tablesOf = ({ tables, method = "as-norm" }: CalibrationReply): CalibrationTable[] =>
  tables.filter((table) => table.method === method && table.points.length > 0);

const kindOf = ({ bucket, bandwidth, crossBand }: CalibrationTable): string =>
  `${bucket} ${bandwidth} ${crossBand}`;

function kindText({ bucket, bandwidth, crossBand }: CalibrationTable): string {
  const cross = crossBand === true ? [t("kind.cross-band")] : [];
  return [named("bucket", bucket), named("bandwidth", bandwidth), ...cross].join(t("list.comma"));
}

function Points({ table: { points } }: { table: CalibrationTable }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {(["far", "threshold", "frr", "interval", "genuine", "impostor"] as const).map((name) => (
              <th key={name} scope="col" class="number">
                {t(`points.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map(({ far, threshold, frr, measured, genuineTrials, impostorTrials }) => (
            <tr key={far}>
              <td class="number">{percent(far)}</td>
              <td class="number">{number(threshold)}</td>
              <td class="number">{percent(frr)}</td>
              <td class="number">
                {measured ? `${percent(measured.frr.low)} – ${percent(measured.frr.high)}` : "-"}
              </td>
              <td class="number">{count(genuineTrials)}</td>
              <td class="number">{count(impostorTrials)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
