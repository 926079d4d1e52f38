import type {
  Batch,
  Network,
  Penalty,
  SearchContext,
  TrainedNetwork,
  Weights,
} from "@espalier/core";
import { compile } from "@espalier/supernet";
import {
  answer,
  blameTerms,
  checkLoss,
  createSgd,
  lossGradients,
  type Optimizer,
  type OptimizerState,
  penaltyTerms,
  toTensors,
} from "@espalier/training";
import * as tf from "@tensorflow/tfjs";

/** Optimizer between rounds, with a constant rate. */
const SGD = { momentum: 0.9, nesterov: true, decay: 5e-4 };

/** How a network is trained between two rounds. */
export interface TuneOptions {
  /** Images, objective, progress. */
  readonly context: Pick<
    SearchContext,
    "batches" | "checkpoint" | "data" | "objective" | "progress" | "random"
  >;
  /** Terms on the weights. */
  readonly penalties: readonly Penalty[];
  /** Round, from 0. */
  readonly round: number;
  /** Rounds in all. */
  readonly rounds: number;
  /** Epochs of a round. */
  readonly epochs: number;
  /** Images per batch. */
  readonly batchSize: number;
  /** Learning rate. */
  readonly rate: number;
  /** Where an earlier process stopped. */
  readonly from: TuneState | undefined;
  /** Keeps where it stands. */
  readonly save: (state: TuneState) => Promise<void>;
}

/** All that the rest of a training depends on. */
export interface TuneState {
  /** Epoch of the round, from 0. */
  readonly epoch: number;
  /** Steps of that epoch that are done. */
  readonly skip: number;
  /** Steps of the round that are done. */
  readonly step: number;
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
}

/**
 * Train a pruned network a little, on the weights' half of the images.
 *
 * @param network The network.
 * @param options Images, and how.
 * @returns The network, trained.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE when the loss is not finite.
 */
export async function tune(network: TrainedNetwork, options: TuneOptions): Promise<TrainedNetwork> {
  const { context, round, rounds, epochs, batchSize, from, save } = options;
  using compiled = compile(network.blueprint, {
    random: context.random,
    weights: from?.weights ?? network.weights,
  });
  using optimizer = createSgd(SGD);
  if (from !== undefined) optimizer.write(from.optimizer);
  let { step } = from ?? { step: 0 };
  for (let epoch = from?.epoch ?? 0; epoch < epochs; epoch++) {
    const key = round * epochs + epoch;
    let skip = epoch === from?.epoch ? from.skip : 0;
    for await (const batch of context.batches("weights", { epoch: key, batchSize, skip })) {
      const loss = tuneStep(compiled, batch, { ...options, optimizer, step });
      const at = { epoch: round, epochs: rounds, step };
      step++;
      skip++;
      try {
        await context.progress({ ...at, images: batch.size, loss });
      } finally { // It throws when the run is stopped.
        if (context.checkpoint.due("step")) {
          const weights = await compiled.read();
          await save({ epoch, skip, step, weights, optimizer: await optimizer.read() });
        }
      }
    }
  }
  return { blueprint: network.blueprint, weights: await compiled.read() };
}

function tuneStep(
  network: Network,
  batch: Batch,
  { context: { data, objective }, penalties, round, rounds, rate, optimizer, step }:
    & TuneOptions
    & { readonly optimizer: Optimizer; readonly step: number },
): number {
  const at = { phase: "search", epoch: round, epochs: rounds };
  const terms = penaltyTerms(penalties, network, at);
  return tf.tidy(() => {
    const { labels, ...inputs } = toTensors(batch, data);
    const { loss, gradients } = lossGradients(() => {
      const outputs = answer(network, { ...inputs, data }, { training: true, step });
      return terms.reduce<tf.Scalar>(
        (sum, { value }) => sum.add(value()),
        objective.loss(outputs, labels),
      );
    }, network.parameters);
    const value = loss.dataSync()[0]!;
    if (!Number.isFinite(value)) blameTerms(terms);
    checkLoss(value, { ...at, step, advice: "Lower the rate of importance-pruning." });
    optimizer.apply(network.parameters, { gradients, rate });
    return value;
  });
}
