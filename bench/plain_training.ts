import { inputOf } from "@espalier/blueprint";
import { createRandom } from "@espalier/core";
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import { createSgd, lossGradients, toTensors } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Job, RunningJob } from "./job.ts";
import { blueprintOf, CLASSES } from "./networks.ts";
import { randomBatch } from "./random_batch.ts";

/** TAS, plain training. */
const SGD = { momentum: 0.9, nesterov: true, decay: 5e-4 };
const RATE = 0.1;

/**
 * Training of the unpruned network: what core's training phases do in one step.
 *
 * @param job Network and batch.
 * @returns The training.
 */
export function startPlainTraining(job: Job): RunningJob {
  const blueprint = blueprintOf(job), { shape } = inputOf(blueprint);
  const network = compile(blueprint, { random: createRandom(1) });
  const optimizer = createSgd(SGD);
  const batch = randomBatch(job, 0);
  const { parameters } = network;
  function step(): void {
    const { images, labels } = toTensors(batch, { shape, classes: CLASSES });
    const { loss, gradients } = lossGradients(
      () =>
        softmaxCrossEntropy(
          network.forward(images, { training: true }).logits,
          labels as tf.Tensor,
        ),
      parameters,
    );
    optimizer.apply(parameters, { gradients, rate: RATE });
    loss.dataSync();
  }
  return {
    step: () => Promise.resolve(tf.tidy(step)),
    [Symbol.asyncDispose]() {
      network[Symbol.dispose]();
      optimizer[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
