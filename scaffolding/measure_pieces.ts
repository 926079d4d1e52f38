/**
 * Pieces of plugins that measure networks.
 *
 * @module
 */
import { ADDED, ALONE, type Piece } from "./piece.ts";

/** An importance by weights. */
export const importance: Piece = {
  summary: "Scores channels by a norm of their weights",
  provides: "Importance",
  option: {
    name: "power",
    doc: "p of the norm, at least 1.",
    schema: "number().min(1)",
    fallback: "2",
    refused: "0",
  },
  functions: ["norm"],
  formula: `/**
 * (Σ |w|ᵖ)^(1/p).
 *
 * @param weights w.
 * @param power p.
 * @returns The norm.
 */
export function norm(weights: Float32Array, power: number): number {
  return weights.reduce((sum, w) => sum + Math.abs(w) ** power, 0) ** (1 / power);
}
`,
  service: `function createMyPlugin({ power }: MyPluginOptions): Importance {
  return {
    name: "my-plugin",
    roles: ["filter", "scale", "reader"],
    score: ({ weights }) => weights.map((channel) => norm(channel, power)),
  };
}
`,
  formulaTest: `test("norm() is the root of the sum of powers", () => {
  assert.equal(norm(Float32Array.of(3, -4), 2), 5);
  assert.equal(norm(Float32Array.of(3, -4), 1), 7);
});
`,
  kit: "importanceConformance",
  kitSetup: ALONE,
  plugins: "[...swap(PARTS, importancePruning()), myPlugin()]",
  uses: ["importancePruning", "swap"],
};

/** A cost model. */
export const cost: Piece = {
  summary: "Counts the bytes of values that layers read and write for one image",
  provides: "CostModel",
  option: {
    name: "bytes",
    doc: "Bytes of a number.",
    schema: "int().min(1)",
    fallback: "4",
    refused: "0",
  },
  functions: ["trafficOf"],
  formula: `import type { Shape } from "@espalier/core";

const sizeOf = ({ height, width, channels }: Shape): number => height * width * channels;

/**
 * Bytes that a layer reads and writes.
 *
 * @param shapes Of its input and of its output.
 * @param bytes Bytes of a number.
 * @returns The sum.
 */
export function trafficOf(
  { input, output }: { readonly input: Shape; readonly output: Shape },
  bytes: number,
): number {
  return bytes * (sizeOf(input) + sizeOf(output));
}
`,
  service: `function createMyPlugin({ bytes }: MyPluginOptions): CostModel {
  return { name: "my-plugin", unit: "bytes", cost: (node) => trafficOf(node, bytes) };
}
`,
  formulaTest: `test("trafficOf() counts what is read and written", () => {
  const input = { height: 4, width: 4, channels: 3 }, output = { height: 2, width: 2, channels: 8 };
  assert.equal(trafficOf({ input, output }, 4), 4 * (48 + 32));
});
`,
  kit: "costModelConformance",
  kitSetup: ALONE,
  plugins: ADDED,
  uses: [],
  cost: "my-plugin",
};

/** A phase with a result and an event. */
export const phase: Piece = {
  summary:
    "Adds a phase behind the training of the unpruned network, which finds the largest weight of each layer",
  option: {
    name: "digits",
    doc: "Digits behind the point.",
    schema: "int().min(0).max(6)",
    fallback: "3",
    refused: "7",
  },
  core: ["type Phase", "type PlacedPhase", "type TrainedNetwork"],
  functions: ["largest"],
  formula: `/**
 * max |w|, rounded.
 *
 * @param weights w.
 * @param digits Digits behind the point.
 * @returns The size of the largest; 0 of none.
 */
export function largest(weights: Float32Array, digits: number): number {
  const size = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  return Number(size.toFixed(digits));
}
`,
  event: `/** Told by the phase. */
export interface MyPluginEvent {
  /** Discriminant: the phase's name, and what. */
  readonly type: "my-plugin/done";
  /** Arrays that were looked at. */
  readonly arrays: number;
}
`,
  makes: `/** What the phase makes; a part of the run's result. */
export interface HasMyPlugin {
  /** The largest weight by the name of its array. */
  readonly myPlugin: Readonly<Record<string, number>>;
}
`,
  service: `function createPhase(
  { digits }: MyPluginOptions,
): Phase<{ readonly teacher: TrainedNetwork }, HasMyPlugin, MyPluginEvent> {
  return {
    name: "my-plugin",
    version: "1",
    options: { digits },
    uses: [],
    makes: ["myPlugin"],
    run({ emit, signal }, { teacher }) {
      signal.throwIfAborted();
      const arrays = Object.entries(teacher.weights);
      const found = arrays.map(([name, { values }]) => [name, largest(values, digits)]);
      emit({ type: "my-plugin/done", arrays: arrays.length });
      return Promise.resolve({ myPlugin: Object.fromEntries(found) });
    },
  };
}
`,
  setup: `  phases: (options): PlacedPhase<HasMyPlugin, MyPluginEvent>[] => [
    { phase: createPhase(options), after: "pretrain" },
  ],
  setup() {},
`,
  formulaTest: `test("largest() goes by size", () => {
  assert.equal(largest(Float32Array.of(1, -2.5, 0), 3), 2.5);
  assert.equal(largest(Float32Array.of(), 3), 0);
});
`,
  kit: "phaseConformance",
  beside: ["tas"],
  kitSetup: `{
    phase: "my-plugin",
    plugins: () => [
      ...tas({ recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } }),
      myPlugin(),
    ],
    budget: { cost: "macs", target: 0.6 },
  }`,
  plugins: ADDED,
  uses: [],
};
