import {
  type Batch,
  type Blueprint,
  type CoreEventBody,
  EspalierError,
  type Moment,
  type Network,
  type Objective,
  type Outputs,
  type Penalty,
  type PhaseContext,
  readStates,
  type TrainedNetwork,
  type TrainingOptions,
  type Transfer,
  type Weights,
  writeStates,
} from "@espalier/core";
import { compile, readVariables, writeVariables } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import type { ChannelStatistics } from "./data/channel_statistics.ts";
import { createBatches } from "./data/create_batches.ts";
import { countOf, labelsByOutput } from "./data/label_form.ts";
import { normalizationOf } from "./data/normalization_of.ts";
import { nextTurn } from "./evaluate.ts";
import { lossGradients } from "./loss_gradients.ts";
import { answer, answersOf, entering, listed } from "./answers.ts";
import { checkLoss, checkWeights, toTensors } from "./measures.ts";
import { Meter } from "./meter.ts";
import { objectiveTerms } from "./objective/objective_terms.ts";
import { plainClassification } from "./objective/plain_classification.ts";
import { type BatchResult, RunningMean, type Sums } from "./objective/running_mean.ts";
import { createSgd, type Optimizer, type OptimizerState } from "./optimizer.ts";
import { rateAt } from "./rate_at.ts";
import { Teaching } from "./teaching.ts";
import { blameTerms, isFiniteTensor, penaltyTerms, type Term } from "./terms.ts";

/** What to train, and how. */
export interface TrainNetworkOptions {
  /** The network. */
  readonly blueprint: Blueprint;
  /** Epochs, batch size, learning rate, optimizer. */
  readonly training: TrainingOptions;
  /**
   * Loss and metrics.
   *
   * @default classification
   */
  readonly objective?: Objective;
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
  const { blueprint, training, start, objective = plainClassification } = options;
  const { checkpoint, random, signal } = context;
  const saved = await checkpoint.latest<TrainingState>();
  const services = [...options.teaching?.transfers ?? [], ...options.penalties ?? []];
  using network = compile(blueprint, { random, weights: saved?.weights ?? start });
  using optimizer = createSgd(training.optimizer);
  using teaching = options.teaching &&
    new Teaching({ ...options.teaching, blueprint, data: context.dataset, random });
  if (saved !== undefined) {
    optimizer.write(saved.optimizer);
    if (teaching !== undefined) writeVariables(teaching.parameters, saved.teaching);
    writeStates(services, saved.services);
  }
  const save = async (at: Position, weights?: Weights) => {
    const done = (at.epoch + at.step / at.steps) / training.epochs;
    const state: TrainingState = {
      at,
      weights: weights ?? await network.read(),
      optimizer: await optimizer.read(),
      teaching: await readVariables(teaching?.parameters ?? new Map()),
      services: readStates(services),
    };
    await checkpoint.save(state, { done });
  };
  const shared = { context, options, network, objective, optimizer, teaching, save };
  const statistics = await normalizationOf(context.dataset);
  const meter = new Meter(checkpoint.done);
  let good = saved?.at.step === 0 ? saved.weights : undefined;
  const first = saved?.at.epoch ?? 0;
  for (let epoch = first; epoch < training.epochs; epoch++) {
    try {
      const from = epoch === first ? saved?.at : undefined;
      await trainEpoch({ ...shared, meter, statistics, epoch, from });
      const weights = await network.read();
      checkWeights(weights, { phase: context.phase, epoch });
      good = weights;
      if (checkpoint.due("epoch")) {
        await save({ epoch: epoch + 1, step: 0, steps: 1, mean: NOTHING }, weights);
      }
      signal.throwIfAborted();
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

/** Where a training stands. */
interface Position {
  readonly epoch: number;
  /** Within the epoch. */
  readonly step: number;
  /** Of the epoch. */
  readonly steps: number;
  /** Of the epoch so far. */
  readonly mean: Sums;
}

const NOTHING: Sums = { loss: 0, images: 0, sums: [] };

/** All that the rest of a training depends on. */
interface TrainingState {
  readonly at: Position;
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
  /** Parameters of the transfers. */
  readonly teaching: Weights;
  /** States of transfers and penalties. */
  readonly services: readonly (object | null)[];
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
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly teaching: Teaching | undefined;
  readonly meter: Meter;
  readonly statistics: ChannelStatistics;
  readonly epoch: number;
  /** Where in the epoch an earlier process stopped. */
  readonly from: Position | undefined;
  readonly save: (at: Position) => Promise<void>;
}

async function trainEpoch(state: EpochState): Promise<void> {
  const { context, options: { training, stream }, meter, objective, epoch, statistics, from } =
    state;
  const { dataset: { train, shape, augment, labels }, phase } = context;
  const { batchSize, epochs } = training;
  const steps = Math.ceil(countOf(train, shape) / batchSize);
  const mean = new RunningMean(objective, from?.mean);
  const batches = createBatches({
    split: train,
    shape,
    labels,
    batchSize,
    statistics,
    augment,
    skip: from?.step ?? 0,
    random: context.random.stream(`${stream}/batches`, epoch),
  });
  let step = from?.step ?? 0;
  let last: Batch | undefined;
  const report = (type: "train:step" | "train:epoch") => {
    const { loss, metrics } = mean.value;
    const place = type === "train:step" ? { step: step - 1, steps } : {};
    const pace = meter.read((epoch + step / steps) / epochs);
    context.emit(
      { type, phase, epoch, epochs, ...place, loss, metrics, ...pace } as CoreEventBody,
    );
  };
  for await (const batch of batches) {
    const rate = rateAt(training.rate, { epoch, epochs, part: step / steps });
    const at = { phase, epoch, epochs };
    const result = trainStep(state, { batch, rate, at, step, total: epoch * steps + step });
    mean.add(result);
    meter.count(batch.size);
    step++;
    last = batch;
    if (meter.due()) report("train:step");
    if (step === steps) break; // What is saved after the last step is a whole epoch.
    await nextTurn(); // A stop comes meanwhile, and what was done until then is saved.
    if (context.checkpoint.due("step")) await state.save({ epoch, step, steps, mean: mean.sums });
    context.signal.throwIfAborted();
  }
  report("train:epoch");
  // The loss of a step is that before its update: the last update is seen by nobody else.
  checkLoss(inferredLoss(state, last!), { phase, epoch, step });
}

/** Loss of a batch in inference mode. */
function inferredLoss(
  { context: { dataset }, network, objective }: EpochState,
  batch: Batch,
): number {
  return tf.tidy(() => {
    const { labels, ...inputs } = toTensors(batch, dataset);
    const outputs = answer(network, { ...inputs, data: dataset }, { training: false });
    return objective.loss(outputs, labels).dataSync()[0]!;
  });
}

/** One update of the weights. */
function trainStep(
  { context, network, objective, optimizer, teaching, options: { penalties = [] } }: EpochState,
  { batch, rate, at, step, total }: {
    readonly batch: Batch;
    readonly rate: number;
    readonly at: Moment;
    /** Within the epoch. */
    readonly step: number;
    /** Within the training. */
    readonly total: number;
  },
): BatchResult {
  const variables = teaching?.parameters.size
    ? new Map([...network.parameters, ...teaching.parameters])
    : network.parameters;
  const { blueprint } = network;
  const data = context.dataset;
  return tf.tidy(() => {
    const tensors = toTensors(batch, data);
    const { labels } = tensors;
    const x = entering(blueprint, tensors);
    const teacher = teaching?.teach(x);
    const taps = teaching?.taps ?? [];
    const forward = () => network.forward(x, { training: true, taps, step: total });
    const answers = (student: Outputs) => answersOf(student, { blueprint, data });
    const seen = { ...at, ...tensors, step: total, weights: objective.weights };
    const terms = (student: Outputs): Term[] => [
      ...teacher ? teaching!.terms(seen, student, teacher) : [],
      ...penaltyTerms(penalties, network, at),
    ];
    let sums: number[] = [];
    const { loss, gradients } = lossGradients(() => {
      const student = forward();
      const outputs = answers(student);
      sums = objective.tally(outputs, labelsByOutput(batch.labels, data));
      const task = objective.loss(outputs, labels);
      return terms(student).reduce<tf.Scalar>(
        (total, { value }) => total.add(value()),
        teacher === undefined ? task : task.mul(teaching!.taskWeight(at)),
      );
    }, variables);
    const value = loss.dataSync()[0]!;
    if (!Number.isFinite(value)) {
      const student = forward();
      const outputs = answers(student);
      if (listed(outputs).every(isFiniteTensor)) {
        blameTerms([...objectiveTerms(objective, outputs, labels), ...terms(student)]);
      }
      checkLoss(value, { ...at, step });
    }
    optimizer.apply(variables, { gradients, rate });
    return { loss: value, sums, images: batch.size };
  });
}
