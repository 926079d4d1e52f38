/**
 * Pieces of plugins that search.
 *
 * @module
 */
import { ALONE, type Piece, SWAPPED } from "./piece.ts";

/** A strategy with an event. */
export const strategy: Piece = {
  summary:
    "Searches by drawing architectures and keeping the one whose cost is nearest to the target",
  provides: "SearchStrategy",
  option: {
    name: "draws",
    doc: "Architectures that are drawn.",
    schema: "int().min(1)",
    fallback: "16",
    refused: "0",
  },
  core: ["type Choices", "type SearchContext", "type SearchResult"],
  functions: ["distance"],
  formula: `/**
 * |cost − target| / target.
 *
 * @param cost A cost.
 * @param target The cost that is asked for, above 0.
 * @returns How far one is from the other, as a share.
 */
export function distance(cost: number, target: number): number {
  return Math.abs(cost - target) / target;
}
`,
  event: `/** Told of each architecture that is nearer than those before it. */
export interface MyPluginEvent {
  /** Discriminant: the plugin's name, and what. */
  readonly type: "my-plugin/nearer";
  /** Its number, from 0. */
  readonly draw: number;
  /** Its cost, in the budget's unit. */
  readonly cost: number;
}
`,
  service: `/** The search behind the plugin. */
async function search(
  context: SearchContext,
  { draws, emit }: MyPluginOptions & { readonly emit: (event: MyPluginEvent) => void },
): Promise<SearchResult> {
  let best: Choices = {}, least = Infinity;
  for (let draw = 0; draw < draws; draw++) {
    const choices = context.uniform({ name: "my-plugin", index: draw });
    const cost = context.cost(choices);
    const found = distance(cost, context.budget.target);
    if (found < least) {
      [best, least] = [choices, found];
      emit({ type: "my-plugin/nearer", draw, cost });
    }
    await context.progress({ epoch: draw, epochs: draws, images: 0, cost });
  }
  return { choices: best };
}

function createMyPlugin(
  options: MyPluginOptions,
  emit: (event: MyPluginEvent) => void,
): SearchStrategy {
  return { name: "my-plugin", search: (context) => search(context, { ...options, emit }) };
}
`,
  formulaTest: `test("distance() is a share of the target", () => {
  assert.equal(distance(60, 40), 0.5);
  assert.equal(distance(20, 40), 0.5);
  assert.equal(distance(40, 40), 0);
});
`,
  kit: "strategyConformance",
  beside: ["flops", "widthSearch"],
  kitSetup: `{
    plugins: () => [widthSearch(), flops(), myPlugin({ draws: 3 })],
    budget: { cost: "macs", target: 0.6 },
  }`,
  plugins: SWAPPED,
  uses: ["swap"],
};

/** A sampler without noise. */
export const sampler: Piece = {
  summary: "Mixes all candidates by the softmax of their logits, without noise",
  provides: "Sampler",
  option: {
    name: "temperature",
    doc: "Divides the logits: high makes the candidates alike.",
    schema: "number().positive()",
    fallback: "1",
    refused: "0",
  },
  functions: ["softened"],
  formula: `import * as tf from "@tensorflow/tfjs";
import type { Tensor2D } from "@tensorflow/tfjs";

/**
 * softmax(logits / T), row by row.
 *
 * @param logits [decisions, candidates].
 * @param temperature T.
 * @returns [decisions, candidates]; rows sum to 1.
 */
export function softened(logits: Tensor2D, temperature: number): Tensor2D {
  return tf.tidy(() => tf.softmax(tf.div(logits, temperature)) as Tensor2D);
}
`,
  service: `function createMyPlugin({ temperature }: MyPluginOptions): Sampler {
  return {
    probabilities: (logits) => softened(logits, temperature),
    sample: (logits, { decisions }) =>
      decisions.map(({ candidates: { length } }, row) => ({
        indices: [...Array(length).keys()],
        weights: tf.tidy(() =>
          softened(logits, temperature).slice([row, 0], [1, length]).reshape([length])
        ),
      })),
  };
}
`,
  formulaTest: `test("softened() is the softmax of logits over the temperature", () => {
  // softmax(ln 3, 0) = (3/4, 1/4)
  const [p] = softened(tf.tensor2d([[2 * Math.log(3), 0]]), 2).arraySync();
  assert.ok(Math.abs(p![0]! - 0.75) < 1e-6 && Math.abs(p![1]! - 0.25) < 1e-6);
});
`,
  kit: "samplerConformance",
  kitSetup: ALONE,
  plugins: SWAPPED,
  uses: ["swap"],
};

/** An aggregator with its matrix. */
export const aggregator: Piece = {
  summary: "Brings features to a common width by repeating their channels from the first on",
  provides: "Aggregator",
  option: {
    name: "scale",
    doc: "Factor of the channels that are added.",
    schema: "number()",
    fallback: "1",
    refused: '"1"',
  },
  functions: ["repeatingMatrix"],
  formula: `/**
 * out[t] = in[t mod c], times the scale from the channel c on.
 *
 * @param from c, channels of the input.
 * @param to Channels of the output.
 * @param scale Factor of the channels that are added.
 * @returns [from · to] entries, row by row.
 */
export function repeatingMatrix(from: number, to: number, scale: number): Float32Array {
  const matrix = new Float32Array(from * to);
  for (let t = 0; t < to; t++) matrix[t % from * to + t] = t < from ? 1 : scale;
  return matrix;
}
`,
  service: `function createMyPlugin({ scale }: MyPluginOptions): Aggregator {
  const matrix = (from: number, to: number) => repeatingMatrix(from, to, scale);
  return {
    matrix,
    resize(x, channels) {
      const from = x.shape.at(-1)!;
      return tf.tidy(() =>
        tf.matMul(x.reshape([-1, from]), tf.tensor2d(matrix(from, channels), [from, channels]))
          .reshape([...x.shape.slice(0, -1), channels])
      );
    },
  };
}
`,
  formulaTest: `test("repeatingMatrix() repeats channels from the first on", () => {
  assert.deepEqual([...repeatingMatrix(2, 3, 0.5)], [1, 0, 0.5, 0, 1, 0]);
  assert.deepEqual([...repeatingMatrix(2, 2, 0.5)], [1, 0, 0, 1]);
});
`,
  kit: "aggregatorConformance",
  kitSetup: ALONE,
  plugins: SWAPPED,
  uses: ["swap"],
};

/** A search space over widths. */
export const space: Piece = {
  summary: "Lets every convolution keep all of its channels, or a share of them",
  provides: "SearchSpace",
  option: {
    name: "share",
    doc: "The share, above 0 and below 1.",
    schema: "number().gt(0).lt(1)",
    fallback: "0.5",
    refused: "1",
  },
  core: ["type Blueprint", "type Decision"],
  functions: ["candidatesOf"],
  formula: `/**
 * All channels, and a share of them: rounded, at least one.
 *
 * @param channels Channels of the unpruned layer.
 * @param share The share.
 * @returns Numbers of channels, ascending.
 */
export function candidatesOf(channels: number, share: number): number[] {
  return [...new Set([Math.max(1, Math.round(channels * share)), channels])];
}
`,
  service:
    `/** A decision for each group of layers whose widths must agree, in the order of the network. */
function decisionsAbout(blueprint: Blueprint, { share }: MyPluginOptions): Decision[] {
  const channels = new Map(blueprint.nodes.filter(isMaker).map((node) => [node.id, node.channels]));
  return widthGroups(blueprint, { residual: "project" }).map((nodes) => {
    const leader = nodes[0]!;
    const { count } = sliceOf(leader, channels.get(layerOf(leader))!);
    return {
      id: channelsName(leader),
      space: "my-plugin",
      candidates: candidatesOf(count, share),
      effect: { kind: "channels", nodes },
    };
  });
}

function createMyPlugin(options: MyPluginOptions): SearchSpace {
  return { name: "my-plugin", decisions: (blueprint) => decisionsAbout(blueprint, options) };
}
`,
  formulaTest: `test("candidatesOf() has the share and all channels", () => {
  assert.deepEqual(candidatesOf(16, 0.5), [8, 16]);
  assert.deepEqual(candidatesOf(1, 0.5), [1]);
});
`,
  kit: "searchSpaceConformance",
  kitSetup: ALONE,
  plugins: '[...without(PARTS, "width-search"), myPlugin()]',
  uses: ["without"],
};
