/**
 * Channels kept by importance pruning beside those that Torch-Pruning keeps, on the same ResNet-20 with
 * the same random weights: `deno run --allow-all bench/importances.ts [PYTHON]`. Without a Python that
 * has torch and torch-pruning it says so, and compares nothing.
 *
 * @module
 */
// deno-lint-ignore-file no-console camelcase -- a program for the terminal; names of Python
import { join } from "node:path";
import { channelsName } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Blueprint,
  createRandom,
  pipeline,
  type TrainedNetwork,
} from "@espalier/core";
import {
  createPruner,
  flops,
  fromArrays,
  geometricMedian,
  importancePruning,
  l1Norm,
  l2Norm,
  normScale,
  phases,
  resnet,
  taylor,
  useEngine,
  widthSearch,
} from "@espalier/espalier";
import { initialWeights, parameterSpecs } from "@espalier/supernet";

const DEPTH = 20;

/** A criterion as Espalier and as Torch-Pruning say it. */
interface Criterion {
  readonly name: string;
  readonly plugins: readonly AnyPlugin[];
  /** Class of `torch_pruning.importance`, or the peer's own formula; and its arguments. */
  readonly torch: readonly [string | null, Readonly<Record<string, unknown>>];
}

const main = importancePruning({ ranking: "layer", reduction: "first" });
const mean = importancePruning({ ranking: "layer", reduction: "mean" });
const all = importancePruning({ ranking: "layer", members: "all", reduction: "mean" });
const first = { group_reduction: "first" };

const CRITERIA: readonly Criterion[] = [
  {
    name: "L1, first layer",
    plugins: [main, l1Norm()],
    torch: ["MagnitudeImportance", { p: 1, ...first }],
  },
  {
    name: "L1, all members, mean (its default)",
    plugins: [all, l1Norm()],
    torch: ["MagnitudeImportance", { p: 1, group_reduction: "mean" }],
  },
  {
    name: "L2, first layer",
    plugins: [main, l2Norm()],
    torch: ["MagnitudeImportance", { p: 2, ...first }],
  },
  {
    name: "L2, all members, mean (it adds squares)",
    plugins: [all, l2Norm()],
    torch: ["MagnitudeImportance", { p: 2, group_reduction: "mean" }],
  },
  {
    name: "norm scale, mean",
    plugins: [mean, normScale()],
    torch: ["BNScaleImportance", { group_reduction: "mean" }],
  },
  {
    name: "geometric median, first layer, by PyTorch",
    plugins: [main, geometricMedian()],
    torch: [null, {}],
  },
  {
    name: "the same (it takes squares of weights)",
    plugins: [main, geometricMedian()],
    torch: ["FPGMImportance", first],
  },
  {
    name: "Taylor, first layer",
    plugins: [main, taylor()],
    torch: ["TaylorImportance", { multivariable: true, ...first }],
  },
];

/** Random weights whose norms are not the identity. */
function untrained(blueprint: Blueprint): TrainedNetwork {
  const random = createRandom(3);
  const weights = initialWeights(parameterSpecs(blueprint), random);
  for (const { name, role } of parameterSpecs(blueprint)) {
    const stream = random.stream(name);
    const values = weights[name]!.values;
    if (role === "gamma" || role === "variance") {
      values.forEach((_, i) => values[i] = 0.5 + stream.next());
    }
    if (role === "beta" || role === "mean") {
      values.forEach((_, i) => values[i] = stream.next() - 0.5);
    }
  }
  return { blueprint, weights };
}

/** Two images, one a class, eight times each: every half of them has the same mean gradient. */
function images(): Float32Array[] {
  const stream = createRandom(4).stream("images");
  return [0, 1].map(() => Float32Array.from({ length: 32 * 32 * 3 }, () => stream.normal()));
}

async function kept(trained: TrainedNetwork, plugins: readonly AnyPlugin[], pair: Float32Array[]) {
  const pixels = new Float32Array(16 * pair[0]!.length);
  for (let i = 0; i < 16; i++) pixels.set(pair[i % 2]!, i * pair[0]!.length);
  const split = { images: pixels, labels: Array.from({ length: 16 }, (_, i) => i % 2) };
  const data = await fromArrays({
    name: "pair",
    shape: [32, 32, 3],
    classes: 10,
    train: split,
    test: split,
    normalization: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  });
  await using pruner = createPruner({
    network: trained,
    data,
    budget: { cost: "macs", target: 0.5 },
    plugins: [widthSearch({ residual: "tie" }), flops(), ...plugins],
    pipeline: pipeline().phase(phases.given(trained)).phase(phases.search()),
  });
  const { architecture } = await pruner.run({ seed: 1 }).result;
  return pruner.decisions.map(({ effect }) => {
    const nodes = effect.kind === "channels" ? effect.nodes : [];
    return { nodes, kept: architecture.kept![channelsName(nodes[0]!)]! };
  });
}

const HAS_PEER =
  "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('torch_pruning')))";

async function findPython(): Promise<string | undefined> {
  for (const python of [...Deno.args.slice(0, 1), "python3", "python"]) {
    try {
      const { success } = await new Deno.Command(python, { args: ["-c", HAS_PEER] }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

const python = await findPython();
if (python === undefined) {
  console.log(
    "skipped: no Python here has torch and torch-pruning (pip install torch torch-pruning)",
  );
} else {
  console.log((await useEngine()).message);
  const trained = untrained(resnet({ depth: DEPTH, classes: 10 }));
  const pair = images();
  const weights = Object.fromEntries(
    Object.entries(trained.weights).map(([name, { shape, values }]) =>
      [name, { shape, values: [...values] }] as const
    ),
  );
  const criteria = [];
  for (const { name, plugins, torch } of CRITERIA) {
    criteria.push({ name, torch, groups: await kept(trained, plugins, pair) });
  }
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const job = { depth: DEPTH, weights, images: pair.map((image) => [...image]), criteria };
    await Deno.writeTextFile(file, JSON.stringify(job));
    const program = join(import.meta.dirname!, "peers", "importances.py");
    const command = new Deno.Command(python, { args: [program, file], stdout: "inherit" });
    const { code, stderr } = await command.output();
    if (code !== 0) console.error(new TextDecoder().decode(stderr));
    Deno.exitCode = code;
  } finally {
    await Deno.remove(file);
  }
}
