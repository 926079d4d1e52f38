import {
  type Batch,
  type Blueprint,
  type CoreEventBody,
  EspalierError,
  type Moment,
  type Network,
  type Outputs,
  type Penalty,
  type PhaseContext,
  type TrainedNetwork,
  type TrainingOptions,
  type Transfer,
  type Weights,
} from "@espalier/core";
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import type { ChannelStatistics } from "./data/channel_statistics.ts";
import { createBatches } from "./data/create_batches.ts";
import { normalizationOf } from "./data/normalization_of.ts";
import { nextTurn } from "./evaluate.ts";
import { lossGradients } from "./loss_gradients.ts";
import { checkLoss, checkWeights, countCorrect, RunningMean, toTensors } from "./measures.ts";
import { Meter } from "./meter.ts";
import { createSgd, type Optimizer } from "./optimizer.ts";
import { rateAt } from "./rate_at.ts";
import { Teaching } from "./teaching.ts";
import { blameTerms, isFiniteTensor, penaltyTerms, type Term } from "./terms.ts";

/** What to train, and how. */
export interface TrainNetworkOptions {
  /** The network. */
  readonly blueprint: Blueprint;
  /** Epochs, batch size, learning rate, optimizer. */
  readonly training: TrainingOptions;
  /** Name of the random stream of batches: trainings with the same name see the same batches. */
  readonly stream: string;
  /** Weights to start from, by name; others are initialised. */
  readonly start?: Weights;
  /** The teacher, and the transfers that use it. */
  readonly teaching?: {
    readonly teacher: TrainedNetwork;
    readonly transfers: readonly Transfer[];
  };
  /** Terms on the weights. */
  readonly penalties?: readonly Penalty[];
}

/**
 * Train a network on the training split of a phase's data.
 *
 * @param context The phase: data, randomness, signal, events.
 * @param options What to train, and how.
 * @returns The trained network.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE when the loss or a weight is not finite; the weights of the last
 * complete epoch are written into the run's folder.
 */
export async function trainNetwork(
  context: PhaseContext,
  options: TrainNetworkOptions,
): Promise<TrainedNetwork> {
  const { blueprint, training, start } = options;
  using network = compile(blueprint, { random: context.random });
  if (start !== undefined) network.write(start);
  using optimizer = createSgd(training.optimizer);
  using teaching = options.teaching &&
    new Teaching({ ...options.teaching, blueprint, random: context.random });
  const statistics = normalizationOf(context.dataset);
  const meter = new Meter();
  let good: Weights | undefined;
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    try {
      await trainEpoch({
        context,
        options,
        network,
        optimizer,
        teaching,
        meter,
        statistics,
        epoch,
      });
      const weights = await network.read();
      checkWeights(weights, { phase: context.phase, epoch });
      good = weights;
    } catch (error) {
      if (good === undefined) throw error;
      const kept = await context.keep(`${context.phase}-last-good`, { blueprint, weights: good })
        .then(
          (path) => path && `The weights of the last complete epoch are in "${path}".`,
          ({ message }) => `The weights of the last complete epoch could not be kept: ${message}`,
        );
      throw withSentence(error, kept);
    }
  }
  return { blueprint, weights: good ?? await network.read() };
}

/** The same error, with one more sentence. The reason of a stop stays as it is. */
function withSentence(error: unknown, sentence: string | undefined): unknown {
  if (!(error instanceof EspalierError) || sentence === undefined) return error;
  const { plugin } = error;
  return new EspalierError(error.code, `${error.message} ${sentence}`, {
    cause: error,
    ...(plugin !== undefined && { plugin }),
  });
}

interface EpochState {
  readonly context: PhaseContext;
  readonly options: TrainNetworkOptions;
  readonly network: Network;
  readonly optimizer: Optimizer;
  readonly teaching: Teaching | undefined;
  readonly meter: Meter;
  readonly statistics: ChannelStatistics;
  readonly epoch: number;
}

async function trainEpoch(state: EpochState): Promise<void> {
  const { context, options: { training, stream }, meter, epoch, statistics } = state;
  const { dataset: { train, shape, augment }, phase } = context;
  const { batchSize, epochs } = training;
  const count = train.labels.length;
  const steps = Math.ceil(count / batchSize);
  const mean = new RunningMean();
  const batches = createBatches({
    split: train,
    shape,
    batchSize,
    statistics,
    augment,
    random: context.random.stream(`${stream}/batches`, epoch),
  });
  let step = 0;
  let last: Batch | undefined;
  const report = (type: "train:step" | "train:epoch") => {
    const { loss, accuracy } = mean.value;
    const place = type === "train:step" ? { step: step - 1, steps } : {};
    const pace = meter.read((epoch + step / steps) / epochs);
    context.emit(
      { type, phase, epoch, epochs, ...place, loss, accuracy, ...pace } as CoreEventBody,
    );
  };
  for (const batch of batches) {
    const rate = rateAt(training.rate, { epoch, epochs, part: step / steps });
    const at = { phase, epoch, epochs };
    const result = trainStep(state, { batch, rate, at, step, total: epoch * steps + step });
    mean.add({ ...result, images: batch.size });
    meter.count(batch.size);
    step++;
    last = batch;
    if (meter.due()) report("train:step");
    await nextTurn();
    context.signal.throwIfAborted();
  }
  report("train:epoch");
  // The loss of a step is that before its update: the last update is seen by nobody else.
  checkLoss(inferredLoss(state, last!), { phase, epoch, step });
}

/** Loss of a batch in inference mode. */
function inferredLoss({ context: { dataset }, network }: EpochState, batch: Batch): number {
  return tf.tidy(() => {
    const { images, labels } = toTensors(batch, dataset);
    const { logits } = network.forward(images, { training: false });
    return softmaxCrossEntropy(logits, labels).dataSync()[0]!;
  });
}

/** One update of the weights. */
function trainStep(
  { context, network, optimizer, teaching, options: { penalties = [] } }: EpochState,
  { batch, rate, at, step, total }: {
    readonly batch: Batch;
    readonly rate: number;
    readonly at: Moment;
    /** Within the epoch. */
    readonly step: number;
    /** Within the training. */
    readonly total: number;
  },
): { readonly loss: number; readonly correct: number } {
  const variables = teaching?.parameters.size
    ? new Map([...network.parameters, ...teaching.parameters])
    : network.parameters;
  return tf.tidy(() => {
    const { images, labels } = toTensors(batch, context.dataset);
    const teacher = teaching?.teach(images);
    const taps = teaching?.taps ?? [];
    const forward = () => network.forward(images, { training: true, taps, step: total });
    const terms = (student: Outputs): Term[] => [
      ...teacher ? teaching!.terms({ ...at, images, labels, step: total }, student, teacher) : [],
      ...penaltyTerms(penalties, network, at),
    ];
    let correct = 0;
    const { loss, gradients } = lossGradients(() => {
      const student = forward();
      correct = countCorrect(student.logits, batch.labels);
      const task = softmaxCrossEntropy(student.logits, labels);
      return terms(student).reduce<tf.Scalar>(
        (total, { value }) => total.add(value()),
        teacher === undefined ? task : task.mul(teaching!.taskWeight(at)),
      );
    }, variables);
    const value = loss.dataSync()[0]!;
    if (!Number.isFinite(value)) {
      const student = forward();
      if (isFiniteTensor(student.logits)) blameTerms(terms(student));
      checkLoss(value, { ...at, step });
    }
    optimizer.apply(variables, { gradients, rate });
    return { loss: value, correct };
  });
}
