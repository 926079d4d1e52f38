import {
  createRandom,
  type Network,
  type Outputs,
  type Transfer,
  TransferToken,
} from "@espalier/core";
import { compile, initialWeights, parameterSpecs } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import {
  check,
  checkEqual,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";
import { checkGradient, sample } from "./gradients.ts";
import { toyNetwork } from "./toy.ts";

const BATCH = 3;

interface Pair {
  readonly student: Outputs;
  readonly teacher: Outputs;
  readonly labels: tf.Tensor2D;
}

function forward(network: Network, transfer: Transfer): Outputs {
  const images = sample([BATCH, 6, 6, 1]) as tf.Tensor4D;
  const taps = transfer.taps?.(network.blueprint) ?? [];
  return network.forward(images, { training: false, taps });
}

/** Outputs of two toy networks with different weights. */
function withOutputs(transfer: Transfer, fn: (pair: Pair) => void): void {
  const blueprint = toyNetwork();
  using student = compile(blueprint, { random: createRandom(1) });
  using teacher = compile(blueprint, { random: createRandom(2) });
  const labels = tf.oneHot(tf.tensor1d([0, 1, 1], "int32"), 2).toFloat() as tf.Tensor2D;
  fn({ student: forward(student, transfer), teacher: forward(teacher, transfer), labels });
}

function checkWeights(transfer: Transfer): void {
  const blueprint = toyNetwork();
  const weights = (seed: number) => initialWeights(parameterSpecs(blueprint), createRandom(seed));
  const own = weights(1);
  const given = transfer.initialize?.({ blueprint, weights: own }, {
    blueprint,
    weights: weights(2),
  });
  for (const [name, { shape, values }] of Object.entries(given ?? {})) {
    check(own[name] !== undefined, `the student has no "${name}"`);
    checkEqual(shape, own[name].shape, `the shape of "${name}"`);
    check(values.every(Number.isFinite), `"${name}" is not finite`);
  }
}

/**
 * The checks that every provider of `TransferToken` must pass.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* transferConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withTransfers = (name: string, fn: (transfer: Transfer) => void) =>
    serviceCase(`transfer: ${name}`, setup, (services) => {
      const transfers = services.getAll(TransferToken);
      check(transfers.length > 0, "no plugin provides a transfer");
      transfers.forEach(fn);
    });

  yield withTransfers("weighs the task by a finite number of at least 0", ({ taskWeight = 1 }) => {
    check(Number.isFinite(taskWeight) && taskWeight >= 0, `taskWeight is ${taskWeight}`);
  });
  yield withTransfers("has a finite scalar as its loss, if it has one", (transfer) => {
    withOutputs(transfer, (pair) => {
      const loss = transfer.loss?.(pair);
      if (loss === undefined) return;
      checkEqual(loss.shape, [], "the shape of the loss");
      check(Number.isFinite(loss.dataSync()[0]), "the loss is not finite");
    });
  });
  yield withTransfers("has a loss whose gradient agrees with differences", (transfer) => {
    withOutputs(transfer, (pair) => {
      if (transfer.loss === undefined) return;
      const loss = (logits: tf.Tensor) =>
        transfer.loss!({ ...pair, student: { ...pair.student, logits: logits as tf.Tensor2D } });
      checkGradient(loss, sample([BATCH, 2], 3));
    });
  });
  yield withTransfers("initializes weights that the student has, in their shapes", checkWeights);
}
