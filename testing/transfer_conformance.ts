import { keptChannels } from "@espalier/blueprint";
import { createRandom, type Outputs, type Transfer, TransferToken, valueAt } from "@espalier/core";
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
import { transferInput } from "./inputs.ts";
import { toyNetwork } from "./toy.ts";

const BATCH = 3;

const MOMENTS = [0, 3].map((epoch) => ({ phase: "train", epoch, epochs: 4 }));

/** A loss on outputs of two toy networks with different weights, and the student's outputs. */
interface Lesson {
  readonly student: Outputs;
  readonly loss: (student: Outputs) => tf.Scalar;
}

/** Call `fn` with the loss of a transfer, if it has one. */
function withLoss(transfer: Transfer, fn: (lesson: Lesson) => void): void {
  if (transfer.loss === undefined) return;
  const blueprint = toyNetwork();
  using student = compile(blueprint, { random: createRandom(1) });
  using teacher = compile(blueprint, { random: createRandom(2) });
  const images = sample([BATCH, 6, 6, 1]) as tf.Tensor4D;
  const taps = transfer.taps?.(blueprint) ?? [];
  const options = { training: false, taps };
  const kept = keptChannels(blueprint, blueprint);
  const first = transfer.parameters?.({
    student: blueprint,
    teacher: blueprint,
    kept,
    random: createRandom(3).stream("parameters"),
  });
  const parameters = Object.fromEntries(
    Object.entries(first ?? {}).map(([name, { shape, values }]) =>
      [name, tf.tidy(() => tf.variable(tf.tensor(values, [...shape])))] as const
    ),
  );
  const taught = teacher.forward(images, options);
  const labels = tf.oneHot(tf.tensor1d([0, 1, 1], "int32"), 2).toFloat() as tf.Tensor2D;
  const input = { teacher: taught, labels, images, kept, parameters };
  const loss = (outputs: Outputs) => transfer.loss!(transferInput({ ...input, student: outputs }));
  fn({ student: student.forward(images, options), loss });
  tf.dispose(Object.values(parameters));
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
    for (const moment of MOMENTS) {
      const weight = valueAt(taskWeight, moment);
      check(Number.isFinite(weight) && weight >= 0, `taskWeight is ${weight}`);
    }
  });
  yield withTransfers("has a finite scalar as its loss, if it has one", (transfer) => {
    withLoss(transfer, ({ student, loss }) => {
      const value = loss(student);
      checkEqual(value.shape, [], "the shape of the loss");
      check(Number.isFinite(value.dataSync()[0]), "the loss is not finite");
    });
  });
  yield withTransfers("has a loss whose gradient agrees with differences", (transfer) => {
    withLoss(transfer, ({ student, loss }) => {
      // A loss may depend on logits, features or both: 0 · x makes it depend on what it leaves out.
      const depends = (value: tf.Scalar, x: tf.Tensor) => value.add(x.sum().mul(0)) as tf.Scalar;
      checkGradient(
        (x) => depends(loss({ ...student, logits: x as tf.Tensor2D }), x),
        sample([BATCH, 2], 3),
      );
      for (const [tap, value] of student.features) {
        const at = (x: tf.Tensor) => new Map([...student.features, [tap, x] as const]);
        checkGradient((x) => depends(loss({ ...student, features: at(x) }), x), value);
      }
    });
  });
  yield withTransfers("initializes weights that the student has, in their shapes", checkWeights);
}
