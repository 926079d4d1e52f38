import {
  createRandom,
  type Moment,
  type PenaltyInput,
  type RegularizerInput,
  type SampleOptions,
  type Schedule,
  type TaughtOutput,
  type TransferInput,
  valueAt,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { check } from "./check.ts";
import { toyNetwork } from "./toy.ts";

/** A budget of 20 units whose zone is 19 to 21; the architecture now costs 25. */
export const TOY_BUDGET: SampleOptions["budget"] = {
  cost: "units",
  unit: "units",
  target: 20,
  low: 19,
  high: 21,
  unpruned: 40,
  smallest: 2,
  actual: 25,
};

const MOMENT = { epoch: 1, epochs: 4 };

/** The first and the last of four epochs, and an only one. */
export const EPOCHS: readonly Omit<Moment, "phase">[] = [
  { epoch: 0, epochs: 4 },
  { epoch: 3, epochs: 4 },
  { epoch: 0, epochs: 1 },
];

/** Check that a schedule gives finite numbers of at least `least`. */
export function checkSchedule(
  schedule: Schedule,
  { name, phases, least = -Infinity }: {
    readonly name: string;
    readonly phases: readonly string[];
    readonly least?: number;
  },
): void {
  for (const phase of phases) {
    for (const at of EPOCHS) {
      const value = valueAt(schedule, { phase, ...at });
      const where = `in epoch ${at.epoch} of ${at.epochs} of "${phase}"`;
      check(Number.isFinite(value) && value >= least, `"${name}" is ${value} ${where}`);
    }
  }
}

/**
 * What a transfer loss sees: two networks, and noise of a fixed seed.
 *
 * @param given Outputs of both networks, the first of which learn the labels; what else differs from the
 * toy values.
 * @returns The input; images are zeros, one a label.
 */
export function transferInput(
  { labels, kind = "class", ...given }:
    & Pick<TransferInput, "student" | "teacher">
    & Pick<TaughtOutput, "labels">
    & Partial<TransferInput & Pick<TaughtOutput, "kind">>,
): TransferInput {
  const { student: { logits: student }, teacher: { logits: teacher } } = given;
  return {
    ...MOMENT,
    phase: "train",
    step: 3,
    images: tf.zeros([labels.shape[0]!, 6, 6, 1]),
    outputs: [{ student, teacher, labels, kind, weight: 1 }],
    kept: new Map(),
    random: createRandom(5).stream("transfer", 3),
    parameters: {},
    ...given,
  };
}

/**
 * What a regularizer sees: one decision between two candidates.
 *
 * @param given What differs from the toy values.
 * @returns The input.
 */
export function regularizerInput(given: Partial<RegularizerInput> = {}): RegularizerInput {
  const { actual, ...budget } = TOY_BUDGET;
  return {
    ...MOMENT,
    phase: "search",
    expected: tf.scalar(24),
    actual,
    choices: { stem: 2 },
    budget,
    limited: [],
    probabilities: new Map([["stem", tf.tensor1d([0.25, 0.75])]]),
    logits: new Map([["stem", tf.tensor1d([0, Math.log(3)])]]),
    ...given,
  };
}

/**
 * What a penalty sees.
 *
 * @param parameters The variables of the toy network.
 * @returns The input.
 */
export function penaltyInput(parameters: PenaltyInput["parameters"]): PenaltyInput {
  return { ...MOMENT, phase: "train", blueprint: toyNetwork(), parameters };
}
