import { type RegularizerInput, RegularizerToken } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { casesOf, check, checkScalar, type ConformanceCase, type ContractSetup } from "./check.ts";
import { checkGradient, gradientOf } from "./gradients.ts";
import { checkSchedule, EPOCHS, regularizerInput } from "./inputs.ts";

/** Probabilities of three decisions. */
const ROWS = { stem: [0.25, 0.75], conv: [0.2, 0.1, 0.3, 0.4], stage: [0.5, 0.2, 0.3] };

/** Probabilities after the last step of a search that is sure of itself. */
const SURE = { stem: [0, 1], conv: [0, 0, 1, 0], stage: [1, 0, 0] };

/** Above the toy budget, inside and below. */
const COSTS = [[24, 25], [20.5, 20], [12, 10]] as const;

/** What a regularizer may be differentiated by. */
interface Point {
  readonly name: string;
  readonly at: tf.Tensor;
  put(x: tf.Tensor): RegularizerInput;
}

function inputsOf(rows: Readonly<Record<string, readonly number[]>>): RegularizerInput[] {
  const mapped = (entry: (value: number) => number) =>
    new Map(Object.entries(rows).map(([id, row]) => [id, tf.tensor1d(row.map(entry))] as const));
  const probabilities = mapped((value) => value);
  const logits = mapped((value) => value === 0 ? -200 : Math.log(value));
  const choices = { stem: 2, conv: 3, stage: 1 };
  return COSTS.flatMap(([expected, actual]) =>
    EPOCHS.map((epoch) =>
      regularizerInput({
        ...epoch,
        expected: tf.scalar(expected),
        actual,
        choices,
        probabilities,
        logits,
      })
    )
  );
}

function pointsOf(input: RegularizerInput): Point[] {
  const rows = (key: "probabilities" | "logits") =>
    [...input[key]].map(([id, at]): Point => ({
      name: `${key} of "${id}"`,
      at,
      put: (x) => ({ ...input, [key]: new Map([...input[key], [id, x as tf.Tensor1D]]) }),
    }));
  const put = (x: tf.Tensor) => ({ ...input, expected: x as tf.Scalar });
  return [
    { name: "expected", at: input.expected, put },
    ...rows("probabilities"),
    ...rows("logits"),
  ];
}

/**
 * The checks that every provider of `RegularizerToken` must pass.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* regularizerConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withRegularizers = casesOf(RegularizerToken, { kind: "regularizer", setup });

  yield withRegularizers("weighs its term by a finite number in every epoch", ({ weight }) => {
    checkSchedule(weight, { name: "weight", phases: ["search"] });
  });
  yield withRegularizers(
    "is a finite scalar, whatever the cost",
    (regularizer) => {
      for (const input of inputsOf(ROWS)) {
        checkScalar(regularizer.loss(input), `the loss at ${input.actual}`);
      }
    },
  );
  yield withRegularizers("has a gradient that agrees with differences", (regularizer) => {
    for (const input of inputsOf(ROWS)) {
      for (const { at, put } of pointsOf(input)) {
        checkGradient((x) => regularizer.loss(put(x)), at);
      }
    }
  });
  yield withRegularizers("is finite where probabilities are 0 and 1", (regularizer) => {
    for (const input of inputsOf(SURE)) {
      checkScalar(regularizer.loss(input), "the loss");
      for (const { name, at, put } of pointsOf(input)) {
        const gradient = gradientOf((x) => regularizer.loss(put(x)), at);
        check(gradient.every(Number.isFinite), `the gradient by ${name} is ${gradient}`);
      }
    }
  });
  yield withRegularizers("moves the search: its gradient is not always zero", (regularizer) => {
    const moves = inputsOf(ROWS).some((input) =>
      pointsOf(input).some(({ at, put }) =>
        gradientOf((x) => regularizer.loss(put(x)), at).some((entry) => entry !== 0)
      )
    );
    check(moves, "it depends on neither expected cost, probabilities nor logits");
  });
}
