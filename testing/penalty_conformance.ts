import { derive } from "@espalier/blueprint";
import {
  type Blueprint,
  type Decision,
  type Penalty,
  type PenaltyInput,
  PenaltyToken,
} from "@espalier/core";
import { parameterSpecs } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import {
  casesOf,
  check,
  checkEqual,
  checkScalar,
  type ConformanceCase,
  type ContractSetup,
} from "./check.ts";
import { checkDirection, gradientOf, sample } from "./gradients.ts";
import { checkSchedule, EPOCHS, penaltyInput } from "./inputs.ts";
import { toyDecisions, toyNetwork } from "./toy.ts";

/** A training: its phase, the network, and the decisions if that is a supernet. */
type Training = readonly [phase: string, Blueprint, decisions?: readonly Decision[]];

function trainings(): readonly Training[] {
  const decisions = toyDecisions();
  const choices = Object.fromEntries(decisions.map(({ id, candidates }) => [id, candidates[0]!]));
  return [
    ["pretrain", toyNetwork()],
    ["search", toyNetwork(), decisions],
    ["train", derive(toyNetwork(), { decisions, choices })],
  ];
}

/** Values of 0.5 to 1.5 and their negatives: a penalty may have a kink at 0. */
const valuesOf = (shape: readonly number[], seed: number) => {
  const values = sample(shape, seed);
  return values.add(values.sign().mul(0.5));
};

/** Call `fn` with what a penalty sees in one training. */
function within([phase, blueprint, decisions]: Training, fn: (input: PenaltyInput) => void): void {
  const trained = parameterSpecs(blueprint, decisions)
    .filter(({ role }) => role !== "mean" && role !== "variance");
  const parameters = new Map(
    trained.map(({ name, shape }, i) => [name, tf.variable(valuesOf(shape, i + 1))] as const),
  );
  try {
    fn({ ...penaltyInput(parameters), blueprint, phase });
  } finally {
    tf.dispose([...parameters.values()]);
  }
}

/** The penalty as a function of one parameter. */
const by = (penalty: Penalty, input: PenaltyInput, name: string) => (x: tf.Tensor) =>
  penalty.loss({
    ...input,
    parameters: new Map([...input.parameters, [name, x as tf.Variable]]),
  });

/**
 * The checks that every provider of `PenaltyToken` must pass, on the weights of the toy network, of
 * its supernet, and of a network derived from it.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* penaltyConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withPenalties = casesOf(PenaltyToken, { kind: "penalty", setup });

  yield withPenalties("weighs its term by a finite number in every epoch", ({ weight }) => {
    checkSchedule(weight, { name: "weight", phases: ["pretrain", "search", "train", "control"] });
  });
  yield withPenalties("is a finite scalar in every training", (penalty) => {
    for (const training of trainings()) {
      within(training, (input) => {
        for (const epoch of EPOCHS) {
          checkScalar(penalty.loss({ ...input, ...epoch }), `the loss in "${input.phase}"`);
        }
      });
    }
  });
  yield withPenalties("has a gradient that agrees with differences", (penalty) => {
    for (const training of trainings()) {
      within(training, (input) => {
        for (const [name, variable] of input.parameters) {
          checkDirection(by(penalty, input, name), variable);
        }
      });
    }
  });
  yield withPenalties("moves a weight: its gradient is not always zero", (penalty) => {
    within(trainings()[0]!, (input) => {
      const moves = [...input.parameters].some(([name, variable]) =>
        gradientOf(by(penalty, input, name), variable).some((entry) => entry !== 0)
      );
      check(moves, "it depends on no weight of the toy network");
    });
  });
  yield withPenalties("leaves the weights to the optimizer", (penalty) => {
    within(trainings()[0]!, (input) => {
      const read = () =>
        [...input.parameters].map(([name, value]) => [name, [...value.dataSync()]]);
      const before = read();
      penalty.loss(input);
      checkEqual(read(), before, "the weights after the loss");
    });
  });
}
