import {
  type Blueprint,
  type Choices,
  type CostModel,
  type Decision,
  type DecisionId,
  EspalierError,
} from "@espalier/core";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs";
import fc from "fast-check";
import { conv } from "../nodes.ts";
import { arbitraryBlueprint, arbitraryDecisions } from "../testing.ts";
import { costFunction } from "./cost_function.ts";
import { type ExpectedCost, expectedCost } from "./expected_cost.ts";
import { enumerate } from "./toy_space_test.ts";

/** Not bilinear: a table per pair of widths is needed. */
const curved: CostModel = {
  name: "curved",
  unit: "points",
  cost: ({ node, input, output }) =>
    node.op.length * (input.channels ** 2 + 7 * Math.sqrt(output.channels)) + output.height,
};

/** Bilinear, as multiply-adds are. */
const bilinear: CostModel = {
  name: "bilinear",
  unit: "points",
  cost: ({ node, input, output }) =>
    "kernel" in node ? (input.channels + 2) * (output.channels + 1) * output.height : 3,
};

type Probabilities = Readonly<Record<DecisionId, readonly number[]>>;

function evaluate(expected: ExpectedCost, probabilities: Probabilities): number {
  return tf.tidy(() => {
    const rows = Object.entries(probabilities).map(([id, row]) => [id, tf.tensor1d([...row])]);
    return expected.evaluate(new Map(rows as [DecisionId, Tensor1D][])).dataSync()[0]!;
  });
}

function mean(
  cost: (choices: Choices) => number,
  decisions: readonly Decision[],
  probabilities: Probabilities,
): number {
  const weight = (choices: Choices) =>
    decisions.reduce((product, { id, candidates }) => {
      return product * probabilities[id]![candidates.indexOf(choices[id]!)]!;
    }, 1);
  return enumerate(decisions).reduce((sum, choices) => sum + weight(choices) * cost(choices), 0);
}

/** Whether a sum may need a projection though its sides keep as many channels, of joined values or slices. */
function mayKeepOthers({ nodes }: Blueprint, decisions: readonly Decision[]): boolean {
  const joined = nodes.flatMap(({ op, id }) => op === "concat" ? [id] : []);
  const isSliced = decisions.some(({ effect }) =>
    effect.kind === "channels" && effect.nodes.some((some) => typeof some !== "string")
  );
  return nodes.some((node) =>
    node.op === "add" && node.projection !== undefined &&
    (isSliced || node.inputs.some((id) => joined.includes(id)))
  );
}

/** Up to three candidates, so that all choices can be enumerated. */
function fewWidths(blueprint: Blueprint): fc.Arbitrary<readonly Decision[]> {
  return arbitraryDecisions(blueprint, "project").map((decisions) =>
    decisions
      .filter(({ effect }) => effect.kind === "channels")
      .slice(0, 6)
      .map((decision) => ({ ...decision, candidates: decision.candidates.slice(-3) }))
  );
}

function arbitraryProbabilities(decisions: readonly Decision[]): fc.Arbitrary<Probabilities> {
  const row = ({ candidates: { length } }: Decision) =>
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: length, maxLength: length })
      .map((parts) => parts.map((part) => part / parts.reduce((sum, each) => sum + each, 0)));
  return fc.record(Object.fromEntries(decisions.map((decision) => [decision.id, row(decision)])));
}

Deno.test("expectedCost() is the mean of the true cost over all widths", () => {
  fc.assert(
    fc.property(
      arbitraryBlueprint,
      fc.constantFrom(curved, bilinear),
      fc.gen(),
      (blueprint, model, gen) => {
        const decisions = gen(fewWidths, blueprint);
        fc.pre(!mayKeepOthers(blueprint, decisions));
        const probabilities = gen(arbitraryProbabilities, decisions);
        using expected = expectedCost(blueprint, { decisions, model, projections: "expected" });
        const exact = mean(costFunction(blueprint, { decisions, model }), decisions, probabilities);
        assertAlmostEquals(evaluate(expected, probabilities), exact, 1e-5 * exact);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("expectedCost() leaves projections out unless told", () => {
  const blueprint: Blueprint = {
    name: "residual",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      conv({ id: "a", input: "images", kernel: 1, channels: 4, activation: "relu" }),
      conv({ id: "b", input: "a", kernel: 1, channels: 4 }),
      { id: "add", op: "add", inputs: ["b", "a"], projection: { norm: false } },
      { id: "pool", op: "global-pool", inputs: ["add"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const decisions = ["a", "b"].map((id): Decision => ({
    id,
    space: "width",
    candidates: [2, 4],
    effect: { kind: "channels", nodes: [id] },
  }));
  const model: CostModel = {
    ...bilinear,
    cost: ({ node, input, output }) => node.op === "conv" ? input.channels * output.channels : 0,
  };
  const probabilities = { a: [0.5, 0.5], b: [0.25, 0.75] };
  using omitted = expectedCost(blueprint, { decisions, model });
  using counted = expectedCost(blueprint, { decisions, model, projections: "expected" });
  // E[a] = 3, E[b] = 3.5: 3 · 3 + 3 · 3.5.
  assertAlmostEquals(evaluate(omitted, probabilities), 19.5, 1e-5);
  // 2 in, 4 out with 3/8; 4 in, 2 out with 1/8; 8 each.
  assertAlmostEquals(evaluate(counted, probabilities), 19.5 + 4, 1e-5);
});

/** Two stages of two convolutions each. */
function staged(): { blueprint: Blueprint; decisions: readonly Decision[] } {
  const names = ["s/b0", "s/b1", "t/b0", "t/b1"];
  const nodes = names.map((name, i) =>
    conv({
      id: `${name}/a`,
      input: i === 0 ? "images" : `${names[i - 1]}/a`,
      kernel: 1,
      channels: 4,
    })
  );
  const block = (id: string) => ({ id, nodes: [`${id}/a`], output: `${id}/a` });
  const blueprint: Blueprint = {
    name: "staged",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [1, 1, 3] },
      ...nodes,
      { id: "pool", op: "global-pool", inputs: ["t/b1/a"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
    ],
    stages: ["s", "t"].map((id) => ({ id, blocks: [block(`${id}/b0`), block(`${id}/b1`)] })),
    output: "classifier",
  };
  const width = (id: string): Decision => ({
    id,
    space: "width",
    candidates: [1, 4],
    effect: { kind: "channels", nodes: [id] },
  });
  const depth = (stage: string): Decision => ({
    id: stage,
    space: "depth",
    candidates: [1, 2],
    effect: { kind: "exit", stage },
  });
  return { blueprint, decisions: [...nodes.map(({ id }) => width(id)), depth("s"), depth("t")] };
}

const product: CostModel = {
  name: "product",
  unit: "points",
  cost: ({ node, input, output }) =>
    node.op === "conv" || node.op === "dense" ? input.channels * output.channels : 0,
};

const probabilities = {
  "s/b0/a": [0.5, 0.5],
  "s/b1/a": [1, 0],
  "t/b0/a": [0, 1],
  "t/b1/a": [1 / 3, 2 / 3],
  s: [0.25, 0.75],
  t: [0.1, 0.9],
};

Deno.test("expectedCost() weights a block by the chance that its stage keeps it", () => {
  const { blueprint, decisions } = staged();
  using expected = expectedCost(blueprint, { decisions, model: product });
  // Widths 2.5, 1, 4, 3; the second stage and the classifier read the last blocks at full depth.
  const exact = 3 * 2.5 + 0.75 * (2.5 * 1) + 1 * 4 + 0.9 * (4 * 3) + 3 * 2;
  assertAlmostEquals(evaluate(expected, probabilities), exact, 1e-5);
});

Deno.test("expectedCost() has the gradient of finite differences", () => {
  const { blueprint, decisions } = staged();
  using expected = expectedCost(blueprint, { decisions, model: product });
  const rows = decisions.map(({ id }) =>
    tf.tensor1d(probabilities[id as keyof typeof probabilities])
  );
  const gradients = tf.grads((...tensors) =>
    expected.evaluate(new Map(decisions.map(({ id }, i) => [id, tensors[i] as Tensor1D])))
  )(rows);
  for (const [row, { id, candidates }] of decisions.entries()) {
    const gradient = gradients[row]!.dataSync();
    for (const index of candidates.keys()) {
      const shifted = (by: number) => {
        const changed = [...probabilities[id as keyof typeof probabilities]];
        changed[index]! += by;
        return evaluate(expected, { ...probabilities, [id]: changed });
      };
      // The cost is linear in each single probability: a wide difference is exact.
      const difference = (shifted(0.5) - shifted(-0.5)) / 1;
      assertAlmostEquals(gradient[index]!, difference, 1e-4, `${id}[${index}]`);
    }
  }
  tf.dispose([rows, gradients]);
});

Deno.test("expectedCost() keeps no tensors but its own, and those until it is disposed", () => {
  const before = tf.memory().numTensors;
  const { blueprint, decisions } = staged();
  {
    using expected = expectedCost(blueprint, { decisions, model: product });
    const rows = decisions.map(({ candidates }) => tf.fill([candidates.length], 0.5) as Tensor1D);
    const step = () =>
      tf.dispose(
        tf.grads((...tensors) =>
          expected.evaluate(
            new Map(decisions.map(({ id }, i) => [id, tensors[i] as Tensor1D])),
          ) as Scalar
        )(rows),
      );
    step();
    const after = tf.memory().numTensors;
    step();
    assertEquals(tf.memory().numTensors, after);
    tf.dispose(rows);
  }
  assertEquals(tf.memory().numTensors, before);
});

/** A convolution over the concatenation of many. */
function dense(branches: number, candidates: readonly number[]) {
  const ids = Array.from({ length: branches }, (_, i) => `branch${i}`);
  const channels = candidates.at(-1)!;
  const blueprint: Blueprint = {
    name: "dense",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [2, 2, 3] },
      ...ids.map((id) => conv({ id, input: "images", kernel: 1, channels })),
      { id: "concat", op: "concat", inputs: ids },
      { id: "norm", op: "norm", inputs: ["concat"], norm: { epsilon: 1e-5, momentum: 0.9 } },
      conv({ id: "last", input: "norm", kernel: 3, channels }),
      { id: "pool", op: "global-pool", inputs: ["last"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const decisions = [...ids, "last"].map((id): Decision => ({
    id,
    space: "width",
    candidates,
    effect: { kind: "channels", nodes: [id] },
  }));
  return { blueprint, decisions };
}

Deno.test("expectedCost() expands a bilinear cost over the parts of a concatenation", () => {
  const { blueprint, decisions } = dense(4, [1, 2, 5]);
  const even = Object.fromEntries(
    decisions.map(({ id }, i) => [id, [0.1 * i, 0.4, 0.6 - 0.1 * i]]),
  );
  for (const model of [bilinear, curved]) {
    using expected = expectedCost(blueprint, { decisions, model });
    const exact = mean(costFunction(blueprint, { decisions, model }), decisions, even);
    assertAlmostEquals(evaluate(expected, even), exact, 1e-5 * exact);
  }
});

Deno.test("expectedCost() refuses a table with an entry per combination of many layers", () => {
  const { blueprint, decisions } = dense(8, [1, 2, 3, 4, 5]);
  const error = assertThrows(
    () => expectedCost(blueprint, { decisions, model: curved }),
    EspalierError,
    `node "concat"`,
  );
  assertEquals(error.code, "ERR_CONFIG_INVALID");
  using expected = expectedCost(blueprint, { decisions, model: bilinear });
  assert(
    evaluate(expected, Object.fromEntries(decisions.map(({ id }) => [id, Array(5).fill(0.2)]))) > 0,
  );
});

Deno.test("expectedCost() is differentiable where no node reads two searched widths", () => {
  const blueprint: Blueprint = {
    name: "one",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      conv({ id: "a", input: "images", kernel: 1, channels: 4, activation: "relu" }),
      { id: "pool", op: "global-pool", inputs: ["a"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const decision: Decision = {
    ...{ id: "a", space: "width", candidates: [2, 4] },
    effect: { kind: "channels", nodes: ["a"] },
  };
  // Output channels of the convolution, and 10 for each input of the classifier.
  const model: CostModel = {
    name: "points",
    unit: "points",
    cost: ({ node, input, output }) =>
      node.op === "conv" ? output.channels : node.op === "dense" ? 10 * input.channels : 0,
  };
  using expected = expectedCost(blueprint, { decisions: [decision], model });
  const { value, grad } = tf.valueAndGrad((p) =>
    expected.evaluate(new Map([["a", p as tf.Tensor1D]]))
  )(tf.tensor1d([0.25, 0.75]));
  assertAlmostEquals(value.dataSync()[0]!, 0.25 * 22 + 0.75 * 44, 1e-4);
  assertEquals([...grad.dataSync()].map(Math.round), [22, 44]);
});
