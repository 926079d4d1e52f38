import { derive, keptChannels } from "@espalier/blueprint";
import {
  type Blueprint,
  createRandom,
  type Outputs,
  type Transfer,
  type TransferInput,
  TransferToken,
  type Weights,
} from "@espalier/core";
import { compile, initialWeights, parameterSpecs } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import {
  casesOf,
  check,
  checkEqual,
  checkScalar,
  type ConformanceCase,
  type ContractSetup,
} from "./check.ts";
import { checkDirection, checkGradient, gradientOf, sample } from "./gradients.ts";
import { checkSchedule, EPOCHS, transferInput } from "./inputs.ts";
import { toyDecisions, toyNetwork } from "./toy.ts";

const BATCH = 3;

/** What a loss is computed from, which it may be differentiated by. */
type Lesson = Pick<TransferInput, "student" | "parameters">;

/** The toy network, half as wide, and half as deep where that leaves all taps. */
function prunedToy(taps: readonly string[]): Blueprint {
  const decisions = toyDecisions();
  const derived = (depth: number) => {
    const choices = decisions.map(({ id, effect }) => [id, effect.kind === "exit" ? depth : 2]);
    return derive(toyNetwork(), { decisions, choices: Object.fromEntries(choices) });
  };
  const shallow = derived(1);
  const names = new Set([...shallow.nodes, ...shallow.stages].map(({ id }) => id));
  return taps.every((tap) => names.has(tap)) ? shallow : derived(2);
}

/** First values of a transfer's own parameters. */
function parametersOf(transfer: Transfer, student: Blueprint): Weights {
  const teacher = toyNetwork();
  const random = createRandom(3).stream("parameters");
  const kept = keptChannels(student, teacher);
  return transfer.parameters?.({ student, teacher, kept, random }) ?? {};
}

/** Call `fn` with the loss of a transfer, if it has one, for a student as wide and for a narrow one. */
function withLoss(
  transfer: Transfer,
  fn: (loss: (lesson: Lesson) => tf.Scalar, lesson: Lesson) => void,
): void {
  if (transfer.loss === undefined) return;
  const unpruned = toyNetwork();
  const taps = transfer.taps?.(unpruned) ?? [];
  const images = sample([BATCH, 6, 6, 1]) as tf.Tensor4D;
  const labels = tf.oneHot(tf.tensor1d([0, 1, 1], "int32"), 2).toFloat() as tf.Tensor2D;
  const outputs = (blueprint: Blueprint, seed: number): Outputs => {
    using network = compile(blueprint, { random: createRandom(seed) });
    return network.forward(images, { training: false, taps });
  };
  const teacher = outputs(unpruned, 2);
  for (const blueprint of [unpruned, prunedToy(taps)]) {
    const kept = keptChannels(blueprint, unpruned);
    const first = Object.entries(parametersOf(transfer, blueprint));
    const parameters = Object.fromEntries(
      first.map(([name, { shape, values }]) =>
        [name, tf.variable(tf.tensor(values, [...shape]))] as const
      ),
    );
    const given = { teacher, labels, images, kept };
    try {
      for (const epoch of EPOCHS) {
        fn(
          (lesson) => transfer.loss!(transferInput({ ...given, ...epoch, ...lesson })),
          { student: outputs(blueprint, 1), parameters },
        );
      }
    } finally {
      tf.dispose(Object.values(parameters));
    }
  }
}

/** The loss as a function of one of the transfer's own parameters. */
const byParameter =
  (loss: (lesson: Lesson) => tf.Scalar, lesson: Lesson, name: string) => (x: tf.Tensor) =>
    loss({ ...lesson, parameters: { ...lesson.parameters, [name]: x as tf.Variable } });

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
  const withTransfers = casesOf(TransferToken, { kind: "transfer", setup });

  yield withTransfers("weighs the task by a finite number of at least 0", ({ taskWeight = 1 }) => {
    checkSchedule(taskWeight, { name: "taskWeight", phases: ["train"], least: 0 });
  });
  yield withTransfers("has a finite scalar as its loss, if it has one", (transfer) => {
    withLoss(transfer, (loss, lesson) => {
      checkScalar(loss(lesson), "the loss");
    });
  });
  yield withTransfers(
    "has a gradient by logits and taps that agrees with differences",
    (transfer) => {
      withLoss(transfer, (loss, lesson) => {
        const { student } = lesson;
        const by = (changes: Partial<Outputs>) =>
          loss({ ...lesson, student: { ...student, ...changes } });
        checkGradient((x) => by({ logits: x as tf.Tensor2D }), sample([BATCH, 2], 3));
        for (const [tap, value] of student.features) {
          checkGradient((x) => by({ features: new Map([...student.features, [tap, x]]) }), value);
        }
      });
    },
  );
  yield withTransfers(
    "trains its own parameters by the right gradients, if it has any",
    (transfer) => {
      withLoss(transfer, (loss, lesson) => {
        for (const [name, variable] of Object.entries(lesson.parameters)) {
          const by = byParameter(loss, lesson, name);
          checkDirection(by, variable);
          check(gradientOf(by, variable).some((entry) => entry !== 0), `"${name}" has no gradient`);
        }
      });
    },
  );
  yield withTransfers("gives its parameters the same values for the same stream", (transfer) => {
    const first = () => parametersOf(transfer, prunedToy([]));
    checkEqual(first(), first(), "the second values");
  });
  yield withTransfers("initializes weights that the student has, in their shapes", checkWeights);
}
