// Plugins as a stranger would write and publish them: each passes its kit, all prune together.
import { type AnyPlugin, TransferToken } from "@espalier/core";
import {
  createPruner,
  importancePruning,
  ofType,
  replaceAll,
  swap,
  tas,
  widthSearch,
  without,
} from "@espalier/espalier";
import {
  aggregatorConformance,
  importanceConformance,
  penaltyConformance,
  phaseConformance,
  pluginConformance,
  regularizerConformance,
  toyData,
  toyNetwork,
  transferConformance,
} from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { annealedKd } from "./strangers/annealed_kd.ts";
import { apoz } from "./strangers/apoz.ts";
import { attention } from "./strangers/attention.ts";
import { byPlace } from "./strangers/by_place.ts";
import { entropy } from "./strangers/entropy.ts";
import { fitnets } from "./strangers/fitnets.ts";
import { hinge } from "./strangers/hinge.ts";
import { sensitivity } from "./strangers/sensitivity.ts";
import { slimming } from "./strangers/slimming.ts";

await tf.setBackend("cpu");

const PLUGINS = tas({ depth: true, epochs: { pretrain: 2, search: 2, train: 2 } });
const budget = { cost: "macs", target: 0.6, tolerance: 0.2 } as const;
const of = (plugin: AnyPlugin) => ({ plugins: () => [plugin] });

const checks = [
  ...pluginConformance({ factory: attention, invalid: [{ beta: -1 }] }),
  ...transferConformance(of(attention())),
  ...pluginConformance({ factory: fitnets, invalid: [{ layer: 1 }] }),
  ...transferConformance(of(fitnets())),
  ...pluginConformance({ factory: annealedKd, invalid: [{ share: 2 }] }),
  ...transferConformance(of(annealedKd())),
  ...pluginConformance({ factory: hinge, invalid: [{ weight: "2" }] }),
  ...regularizerConformance(of(hinge())),
  ...pluginConformance({ factory: entropy, valid: [{ weight: -1 }], invalid: [{ weight: "2" }] }),
  ...regularizerConformance(of(entropy())),
  ...pluginConformance({ factory: slimming, invalid: [{ lambda: -1 }] }),
  ...penaltyConformance(of(slimming())),
  ...pluginConformance({ factory: byPlace, invalid: [{ repeat: 1 }] }),
  ...aggregatorConformance(of(byPlace({ repeat: ["stem"] }))),
  ...pluginConformance({ factory: apoz, invalid: [{ share: 2 }] }),
  ...importanceConformance(of(apoz())),
  ...pluginConformance({ factory: sensitivity, invalid: [{ share: 2 }] }),
  ...phaseConformance({
    budget,
    phase: "sensitivity",
    plugins: () => [...PLUGINS, sensitivity()],
  }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

/** A whole pruning of the toy network. */
async function prune(plugins: readonly AnyPlugin[]) {
  const before = tf.memory().numTensors;
  await using pruner = createPruner({ network: toyNetwork(), data: toyData(), budget, plugins });
  const { report, student } = await pruner.run({ seed: 1 }).result;
  const { macs } = report.rows.at(-1)!.costs;
  assert(pruner.budget.low <= macs! && macs! <= pruner.budget.high, `${macs} multiply-adds`);
  assertEquals(tf.memory().numTensors, before);
  return student;
}

const LISTS: Record<string, () => readonly AnyPlugin[]> = {
  attention: () => replaceAll(PLUGINS, TransferToken, [attention()]),
  fitnets: () => replaceAll(PLUGINS, TransferToken, [fitnets()]),
  "annealed KD": () => replaceAll(PLUGINS, TransferToken, [annealedKd()]),
  hinge: () => [...without(PLUGINS, "budget-loss"), hinge()],
  entropy: () => [...PLUGINS, entropy()],
  slimming: () => [...PLUGINS, slimming()],
  APoZ: () =>
    swap(
      [...without(PLUGINS, "width-search"), widthSearch({ residual: "tie" }), apoz()],
      importancePruning(),
    ),
  "by place": () => swap(PLUGINS, byPlace({ repeat: ["stage1"] })),
};
for (const [name, plugins] of Object.entries(LISTS)) {
  Deno.test(`a stranger's plugin prunes: ${name}`, async () => {
    const student = await prune(plugins());
    // What a transfer trains for itself is no weight of the student.
    assertEquals(Object.keys(student.weights).filter((weight) => weight.includes("regressor")), []);
  });
}

Deno.test("strangers' plugins prune together, and their phase tells of its layers", async () => {
  const plugins = [
    ...swap(PLUGINS, byPlace({ repeat: ["stem"] })),
    attention(),
    fitnets(),
    annealedKd(),
    hinge(),
    entropy(),
    slimming(),
    sensitivity({ share: 0.25 }),
  ];
  await using pruner = createPruner({ network: toyNetwork(), data: toyData(), budget, plugins });
  const run = pruner.run({ seed: 1 });
  const told: Record<string, number> = {};
  run.events$.pipe(ofType("sensitivity/layer")).subscribe(({ layer, accuracy }) => {
    told[layer] = accuracy;
  });
  const result = await run.result;
  assertEquals(result.sensitivity, told);
  assertEquals(
    Object.keys(told),
    toyNetwork().nodes.filter(({ op }) => op === "conv").map(({ id }) => id),
  );
});
