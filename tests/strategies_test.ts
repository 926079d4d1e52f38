import type { AnyPlugin } from "@espalier/core";
import { cwi } from "@espalier/plugin-cwi";
import { depthSearch } from "@espalier/plugin-depth-search";
import { differentiableSearch } from "@espalier/plugin-differentiable-search";
import { evolutionSearch } from "@espalier/plugin-evolution-search";
import { budgetLoss, flops } from "@espalier/plugin-flops";
import { gumbelSoftmax } from "@espalier/plugin-gumbel-softmax";
import { importancePruning } from "@espalier/plugin-importance-pruning";
import { activationMean, l1Norm, normScale, taylor } from "@espalier/plugin-importances";
import { randomSearch } from "@espalier/plugin-random-search";
import { uniform } from "@espalier/plugin-uniform";
import { widthSearch } from "@espalier/plugin-width-search";
import { strategyConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

const quick = differentiableSearch({ epochs: 2, batchSize: 8 });

/** Every shipped strategy, with what it requires. */
const STRATEGIES: Record<string, () => AnyPlugin[]> = {
  "differentiable-search": () => [quick, gumbelSoftmax(), cwi(), budgetLoss(), depthSearch()],
  "random-search": () => [randomSearch({ candidates: 2 }), depthSearch()],
  "evolution-search": () => [
    evolutionSearch({ population: 2, generations: 2, parents: 1 }),
    depthSearch(),
  ],
  "uniform": () => [uniform(), depthSearch()],
  "importance-pruning by weights": () => [importancePruning(), l1Norm()],
  "importance-pruning by gradients": () => [
    importancePruning({ ranking: "isomorphic", members: "all", batchSize: 8 }),
    taylor(),
  ],
  "importance-pruning by activations": () => [
    importancePruning({ ranking: "layer", images: 6 }),
    activationMean(),
  ],
  "importance-pruning by scales": () => [importancePruning(), normScale()],
};

for (const [strategy, others] of Object.entries(STRATEGIES)) {
  const residual = strategy.startsWith("importance-pruning") ? "tie" : "project";
  const checks = strategyConformance({
    budget: { cost: "macs", target: 0.6, tolerance: 0.15 },
    plugins: () => [...others(), widthSearch({ residual }), flops()],
  });
  for (const { name, fn } of checks) Deno.test(`${strategy}: ${name}`, fn);
}
