import { costFunction, costOf, derive, expectedCost } from "@espalier/blueprint";
import { type BlueprintNode, CostModelToken, EspalierError, openServices } from "@espalier/core";
import { widthDecisions } from "@espalier/plugin-width-search";
import { costModelConformance, pluginConformance, toyNetwork } from "@espalier/testing";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { widthAxis } from "./axes.ts";
import { hostsOf } from "./hosts.ts";
import { timeAtWidths, timeOf } from "./interpolate.ts";
import { latency, latencyModel, type LatencyTable, measureLatency } from "./mod.ts";
import { unitKind } from "./units.ts";

await tf.setBackend("cpu");

const network = toyNetwork();

/** A made-up table: a unit takes 1 ms, and 0.01 ms for each pair of channels. */
function madeUp(base = 0.5, scale = 2): LatencyTable {
  const kinds = new Set(network.nodes.map((node) => unitKind(node)));
  const axis = [1, 2, 8, 64];
  const units = [...kinds, "conv 1×1", "conv 1×1 norm"].map((kind) => ({
    kind,
    area: 16,
    inputs: axis,
    outputs: axis,
    ms: axis.map((a) => axis.map((b) => 1 + 0.01 * a * b)),
  }));
  return { runs: "network", base, scale, spread: 0, units };
}
const tables = { wasm: { laptop: madeUp() } };

const checks = [
  ...pluginConformance({
    factory: latency,
    options: { tables },
    valid: [{ tables, engine: "wasm", device: "laptop" }],
    invalid: [{ tables: { wasm: { laptop: {} } } }, { tables: madeUp() }, {}],
  }),
  ...costModelConformance({ plugins: () => [latency({ tables })] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

const GRID = {
  kind: "conv 3×3",
  area: 64,
  inputs: [4, 8],
  outputs: [10, 20],
  ms: [[1, 2], [3, 6]],
};

Deno.test("timeAtWidths() is linear between what was measured, constant below, proportional above", () => {
  const at = (input: number, output: number) => timeAtWidths(GRID, { input, output });
  assertEquals([at(4, 10), at(4, 20), at(8, 10), at(8, 20)], [1, 2, 3, 6]);
  assertEquals([at(6, 10), at(4, 15), at(6, 15)], [2, 1.5, 3]);
  assertEquals([at(1, 10), at(1, 1), at(16, 20), at(16, 40)], [1, 1, 12, 24]);
  const one = { ...GRID, outputs: undefined, ms: [[1], [3]] };
  assertEquals(timeAtWidths(one, { input: 6, output: 99 }), 2);
});

Deno.test("timeOf() is linear between sizes, proportional beyond them", () => {
  const larger = { ...GRID, area: 256, ms: [[3, 4], [5, 8]] };
  const at = (area: number) => timeOf([larger, GRID], { input: 4, output: 10, area });
  assertEquals([at(64), at(256), at(160), at(32), at(512)], [1, 3, 2, 0.5, 6]);
});

Deno.test("widthAxis() goes from a quarter of the narrowest to the widest", () => {
  assertEquals(widthAxis([16]), [4, 6, 8, 16]);
  assertEquals(widthAxis([3, 64]), [1, 3, 8, 24, 64]);
  assertEquals(widthAxis([1]), [1]);
});

Deno.test("the latency of a network is scale · (base + Σ units)", () => {
  const model = latencyModel(madeUp());
  const conv = network.nodes.find(({ op }) => op === "conv")!;
  const shape = { height: 4, width: 4 };
  const place = { input: { ...shape, channels: 2 }, output: { ...shape, channels: 8 } };
  assertAlmostEquals(model.cost({ node: conv, ...place }), 2 * (1 + 0.16), 1e-12);
  const { total, byNode } = costOf(network, model);
  const nodes = Object.values(byNode).reduce((sum, cost) => sum + cost, 0);
  assertAlmostEquals(total, 2 * 0.5 + nodes, 1e-12);
});

Deno.test("costs with a base: of choices and expected ones as of the derived network", () => {
  const decisions = widthDecisions(network, { ratios: [0.5, 1], residual: "tie" });
  const model = latencyModel(madeUp());
  for (const index of [0, 1]) {
    const choices = Object.fromEntries(decisions.map((one) => [one.id, one.candidates[index]!]));
    const expected = costOf(derive(network, { decisions, choices }), model).total;
    assertAlmostEquals(costFunction(network, { decisions, model })(choices), expected, 1e-9);
    using mean = expectedCost(network, { decisions, model });
    const sure = new Map(
      decisions.map(({ id, candidates }) =>
        [
          id,
          tf.oneHot(tf.tensor1d([index], "int32"), candidates.length).toFloat().flatten(),
        ] as const
      ),
    );
    assertAlmostEquals(mean.evaluate(sure as never).dataSync()[0]!, expected, 1e-3);
  }
});

Deno.test("latency() takes the table of its engine and device", async () => {
  const two = { wasm: { laptop: madeUp(1), phone: madeUp(3) }, native: { laptop: madeUp(5) } };
  await using services = openServices([
    latency({ tables: two, engine: "wasm", device: "phone" }),
  ]);
  assertEquals(services.getAll(CostModelToken)[0]!.base, 6);
  const refused = (options: Parameters<typeof latency>[0], message: string) =>
    assertThrows(
      () => {
        const opened = openServices([latency(options)]);
        opened.getAll(CostModelToken);
      },
      EspalierError,
      message,
    );
  refused({ tables: two }, "several: name one engine");
  refused({ tables: two, engine: "wasm" }, "several: name one device");
  refused({ tables: two, engine: "gpu" }, 'no engine "gpu"');
});

Deno.test("latency() refuses what is no table", () => {
  const unit = { ...GRID, ms: [[1, 2]] };
  for (
    const changes of [
      { units: [unit] },
      { base: -1 },
      { scale: 0 },
      { units: [{ ...GRID, inputs: [8, 4] }] },
    ]
  ) {
    const error = assertThrows(
      () => latency({ tables: { wasm: { laptop: { ...madeUp(), ...changes } } } }),
      EspalierError,
    );
    assertEquals(error.code, "ERR_PLUGIN_OPTIONS");
  }
});

Deno.test("latencyModel() names what its table lacks", () => {
  const model = latencyModel({ ...madeUp(), units: [] });
  const error = assertThrows(
    () => costOf(network, model),
    EspalierError,
    "has no unit of its kind",
  );
  assertEquals(error.code, "ERR_COST_INVALID");
});

Deno.test("measureLatency() gives a table of all units of a network, and leaves no tensor", async () => {
  const tensors = tf.memory().numTensors;
  for (const runs of ["network", "exported"] as const) {
    const table = await measureLatency({ blueprint: network, runs, rounds: 1 });
    assertEquals(tf.memory().numTensors, tensors);
    const plugin = latency({ tables: { cpu: { here: JSON.parse(JSON.stringify(table)) } } });
    await using services = openServices([plugin]);
    const [model] = services.getAll(CostModelToken);
    assertEquals([table.runs, model!.name], [runs, "latency"]);
    // Pruned apart, sums need projections, which are in the table too.
    const decisions = widthDecisions(network, { ratios: [0.5, 1], residual: "project" });
    const choices = Object.fromEntries(
      decisions.map(({ id, candidates }, i) => [id, candidates.at(i % 2 - 1)!]),
    );
    assert(costFunction(network, { decisions, model: model! })(choices) > 0);
  }
});

Deno.test("hostsOf() gives networks that differ by the unit, and refuses what cannot stand alone", () => {
  const node: BlueprintNode = {
    ...{ id: "odd", op: "opaque", inputs: ["x"], className: "Odd", config: {} },
    ...{ reads: [[4, 4, 2]], makes: [4, 4, 2], weights: [] },
  } as never;
  const at = { size: { height: 4, width: 4 }, input: 3, output: 5 };
  assertThrows(() => hostsOf(node, at), EspalierError, '"opaque" cannot be run alone');
  const conv = network.nodes.find(({ op }) => op === "conv")!;
  const { with: host, without } = hostsOf(conv, at);
  assertEquals(host.nodes.length, without.nodes.length + 1);
  assertEquals(host.nodes.find(({ id }) => id === "unit"), {
    ...conv,
    ...{ id: "unit", inputs: ["before"], channels: 5 },
  });
});
