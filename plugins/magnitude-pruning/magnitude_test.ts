import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type {
  BlueprintNode,
  Choices,
  Decision,
  TrainedNetwork,
  TransposedConvNode,
  Weights,
} from "@espalier/core";
import { conv } from "@espalier/blueprint";
import fc from "fast-check";
import { channelImportance, pruneByMagnitude, rankChannels, widthsAbove } from "./magnitude.ts";

function width(id: string, candidates: readonly number[]): Decision {
  return { id, space: "width-search", candidates, effect: { kind: "channels", nodes: [id] } };
}

const depth: Decision = {
  id: "stage0",
  space: "depth-search",
  candidates: [1, 2],
  effect: { kind: "exit", stage: "stage0" },
};

const layer = (id: string) => conv({ id, input: "images", channels: 3, kernel: 1 });

function kernel(shape: readonly number[], values: readonly number[]): Weights[string] {
  return { shape, values: Float32Array.from(values) };
}

/** A trained network of some layers. */
const of = (weights: Weights, ...nodes: readonly BlueprintNode[]): TrainedNetwork => ({
  ...{ weights, blueprint: { name: "layers", nodes, stages: [], output: nodes.at(-1)!.id } },
});

Deno.test("channelImportance() is the L1 norm of the filters over its mean", () => {
  // Output channel 0: 1, −3; channel 1: −2, 2; channel 2: 0, 4.
  const weights = { "a/kernel": kernel([1, 1, 2, 3], [1, -2, 0, -3, 2, 4]) };
  assertEquals(channelImportance(["a"], of(weights, layer("a"))), [1, 1, 1]);
  const other = { "a/kernel": kernel([1, 2, 1, 3], [1, -1, 0, 0, 0, -4]) };
  assertEquals(channelImportance(["a"], of(other, layer("a"))), [0.5, 0.5, 2]);
});

Deno.test("channelImportance() finds the outputs of a transposed kernel in front of its inputs", () => {
  const node: TransposedConvNode = {
    ...{ id: "a", op: "transposed-conv", inputs: ["images"], channels: 3, kernel: [1, 1] },
    ...{ strides: [2, 2], padding: "same", bias: false },
  };
  // Outputs 1 and −1, 2 and 2, 0 and 6, for two inputs.
  const weights = { "a/kernel": kernel([1, 1, 3, 2], [1, -1, 2, 2, 0, 6]) };
  assertEquals(channelImportance(["a"], of(weights, node)), [0.5, 1, 1.5]);
});

Deno.test("channelImportance() sums over the convolutions of a decision", () => {
  const weights = {
    "a/kernel": kernel([1, 1, 1, 2], [1, -3]),
    "b/kernel": kernel([1, 1, 2, 2], [-1, 1, 2, 0]),
  };
  assertEquals(channelImportance(["a", "b"], of(weights, layer("a"), layer("b"))), [1, 1]);
});

Deno.test("channelImportance() takes the channels of slices, and a layer that is called twice once", () => {
  const weights = {
    "a/kernel": kernel([1, 1, 1, 3], [9, 1, 2]),
    "b/kernel": kernel([1, 1, 1, 3], [2, 1, 7]),
  };
  const again = { ...layer("c"), sharesWeightsOf: "b" };
  const channels = [
    { layer: "a", from: 1, count: 2 },
    { layer: "b", from: 0, count: 2 },
    { layer: "c", from: 0, count: 2 },
  ];
  // 1 + 2 and 2 + 1; without the first layer 2 and 1, of mean 1.5.
  const network = of(weights, layer("a"), layer("b"), again);
  assertEquals(channelImportance(channels, network), [1, 1]);
  assertEquals(channelImportance(channels.slice(1), network), [2 / 1.5, 1 / 1.5]);
});

Deno.test("channelImportance() treats channels alike where all weights are zero", () => {
  const weights = { "a/kernel": kernel([1, 1, 1, 2], [0, 0]) };
  assertEquals(channelImportance(["a"], of(weights, layer("a"))), [1, 1]);
});

Deno.test("channelImportance() forgets the scale of a layer", () => {
  const values = fc.array(fc.double({ min: 0.125, max: 2, noNaN: true }), { minLength: 1 });
  fc.assert(fc.property(values, fc.constantFrom(0.25, 2, 16), (values, scale) => {
    const at = (factor: number) => {
      const scaled = kernel([1, 1, 1, values.length], values.map((value) => value * factor));
      return channelImportance(["a"], of({ "a/kernel": scaled }, layer("a")));
    };
    assertEquals(at(scale), at(1));
    assertAlmostEquals(at(1).reduce((a, b) => a + b) / values.length, 1, 1e-6);
  }));
});

Deno.test("rankChannels() puts the most important first, ties by the lower number", () => {
  assertEquals(rankChannels([0.5, 2, 0.5, 1]), [1, 3, 0, 2]);
});

Deno.test("widthsAbove() rounds what passes to the nearest candidate, and keeps depths", () => {
  const importances = new Map([["a", [0.2, 0.9, 1.1, 1.8]], ["b", [1, 1, 1, 1]]]);
  const decisions = [width("a", [1, 2, 4]), width("b", [1, 2, 4]), depth];
  const at = (threshold: number) => widthsAbove(decisions, { importances, threshold });
  assertEquals(at(0), { a: 4, b: 4, stage0: 2 });
  assertEquals(at(0.9), { a: 4, b: 4, stage0: 2 }); // three pass: as near to 4 as to 2
  assertEquals(at(1.1), { a: 2, b: 1, stage0: 2 });
  assertEquals(at(Infinity), { a: 1, b: 1, stage0: 2 });
});

Deno.test("pruneByMagnitude() takes from the layer whose channels are unlike", () => {
  const importances = new Map([["a", [0.1, 0.2, 1.7, 2]], ["b", [0.9, 1, 1, 1.1]]]);
  const decisions = [width("a", [1, 2, 3, 4]), width("b", [1, 2, 3, 4])];
  const cost = ({ a, b }: Choices) => a! + b!;
  const budget = { target: 6, low: 5.5, high: 6.5 };
  assertEquals(pruneByMagnitude(decisions, { importances, budget, cost }), { a: 2, b: 4 });
});

Deno.test("pruneByMagnitude() ends where the best of all thresholds ends", () => {
  const layers = fc.array(
    fc.array(fc.double({ min: 0.1, max: 2, noNaN: true }), { minLength: 8, maxLength: 8 }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(fc.property(layers, fc.double({ min: 0.2, max: 1, noNaN: true }), (layers, share) => {
    const importances = new Map(layers.map((importance, i) => [`l${i}`, importance]));
    const decisions = layers.map((_, i) => width(`l${i}`, [2, 3, 5, 8]));
    const cost = (choices: Choices) =>
      layers.reduce((sum, _, i) => sum + (choices[`l${i}`]! * (choices[`l${i - 1}`] ?? 3)), 0);
    const full = cost(widthsAbove(decisions, { importances, threshold: 0 }));
    const target = share * full;
    const budget = { target, low: target * 0.95, high: target * 1.05 };
    const choices = pruneByMagnitude(decisions, { importances, budget, cost });
    assert(decisions.every(({ id, candidates }) => candidates.includes(choices[id]!)));
    const offset = (choices: Choices) =>
      Math.max(Math.abs(cost(choices) - target) - 0.05 * target, 0);
    for (const threshold of [...layers.flat(), Infinity]) {
      const found = widthsAbove(decisions, { importances, threshold });
      assert(offset(choices) <= offset(found) + 1e-9);
    }
  }));
});

Deno.test("widthsAbove() never grows a layer: there is nothing to rank beyond its channels", () => {
  const importances = new Map([["a", [0.2, 0.9, 1.1, 1.8]]]);
  const decisions = [{ ...width("a", [2, 4, 5]), unpruned: 4 }];
  const at = (threshold: number) => widthsAbove(decisions, { importances, threshold }).a;
  assertEquals([0, 1.5].map(at), [4, 2]);
});
