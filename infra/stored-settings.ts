import { KEPT, type KeptSettings, keptIn } from "./kept-settings.ts";
import type { Stage } from "./stage.ts";

/** Reads what a stage's last deployment stored. Nothing, before the first. */
export async function readKept(stage: Stage): Promise<KeptSettings> {
  const name = keptIn(stage);
  const path = name.slice(0, name.lastIndexOf("/"));
  const { names, values } = await aws.ssm.getParametersByPath({ path });
  return JSON.parse(values[names.indexOf(name)] ?? "{}");
}

/** Stores the settings of this deployment. */
export function storeKept(stage: Stage): aws.ssm.Parameter {
  const kept = Object.fromEntries(KEPT.map((key) => [key, stage[key]]));
  return new aws.ssm.Parameter(
    "StageSettings",
    {
      name: keptIn(stage),
      description: "Voiceroll: what a deployment without these settings uses",
      type: "String",
      value: JSON.stringify(kept),
    },
    { retainOnDelete: !stage.disposable },
  );
}
