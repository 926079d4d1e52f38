import {
  ObjectiveToken,
  PenaltyToken,
  type Phase,
  type PhaseContext,
  type TrainedNetwork,
  type TrainingOptions,
  TrainingRecipeToken,
  type Transfer,
  TransferToken,
  type Weights,
} from "@espalier/core";
import { compile, initialWeights, opaqueWeights, parameterSpecs } from "@espalier/supernet";
import { countOf, objectiveOf, trainNetwork } from "@espalier/training";
import type { HasControl, HasPruned, HasStudent, HasTeacher, HasTuned } from "../made.ts";
import { recalibrate } from "./recalibrate.ts";
import { takeChanges, type TrainingChanges } from "./training_changes.ts";

/** What is trained, and with whose help. */
type Lesson = HasPruned & HasTeacher & Partial<HasTuned>;

/**
 * Train the derived network with the installed transfers. Where one of them gives it weights of another
 * network, its norms begin with their own statistics, not with those that they had among more channels.
 *
 * @param changes What differs from the installed recipe.
 * @returns The phase; it makes `student`.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value.
 */
export function train(changes: TrainingChanges = {}): Phase<Lesson, HasStudent> {
  const options = takeChanges(changes, "train");
  return {
    name: "train",
    version: "5",
    options,
    requires: [TrainingRecipeToken],
    uses: [ObjectiveToken, TransferToken, PenaltyToken],
    makes: ["student"],
    run: async (context, have) => {
      const transfers = context.services.getAll(TransferToken);
      return { student: await trainStudent(context, { have, changes: options, transfers }) };
    },
  };
}

/**
 * Train the derived network as `train` does, from the same weights and on the same batches, but
 * without transfers: the control experiment. If there are no transfers, there is nothing to compare,
 * and `control` is null.
 *
 * @param changes What differs from the installed recipe.
 * @returns The phase; it makes `control`.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value.
 */
export function trainControl(changes: TrainingChanges = {}): Phase<Lesson, HasControl> {
  const options = takeChanges(changes, "control");
  return {
    name: "control",
    version: "4",
    options,
    requires: [TrainingRecipeToken],
    uses: [ObjectiveToken, PenaltyToken],
    asks: [TransferToken],
    makes: ["control"],
    run: async (context, have) => {
      if (!context.services.has(TransferToken)) return { control: null };
      return { control: await trainStudent(context, { have, changes: options, transfers: [] }) };
    },
  };
}

/** The weights with the statistics that the norms have in this network. */
async function recalibrated(
  context: PhaseContext,
  { blueprint, weights }: TrainedNetwork,
  { batchSize }: TrainingOptions,
): Promise<Weights> {
  const { train, shape } = context.dataset;
  using network = compile(blueprint, { random: context.random, weights });
  const indices = Int32Array.from({ length: countOf(train, shape) }, (_, i) => i);
  await recalibrate(context, network, { indices, batchSize, stream: "train/recalibration" });
  return await network.read();
}

async function trainStudent(
  context: PhaseContext,
  { have: { pruned, teacher, tuned }, changes, transfers }: {
    readonly have: Lesson;
    readonly changes: TrainingChanges;
    readonly transfers: readonly Transfer[];
  },
): Promise<TrainedNetwork> {
  const fresh = {
    blueprint: pruned,
    weights: {
      ...initialWeights(parameterSpecs(pruned), context.random),
      ...opaqueWeights(teacher, pruned),
    },
  };
  const source = tuned ? { ...teacher, weights: tuned } : teacher;
  const training = { ...context.services.get(TrainingRecipeToken).train, ...changes };
  const weights = transfers.reduce<Weights>(
    (weights, { initialize }) => ({
      ...weights,
      ...initialize?.(structuredClone({ ...fresh, weights }), structuredClone(source)),
    }),
    fresh.weights,
  );
  const isGiven = transfers.some(({ initialize }) => initialize !== undefined);
  return trainNetwork(context, {
    blueprint: pruned,
    training,
    objective: objectiveOf(context.services),
    stream: "train",
    start: isGiven
      ? await recalibrated(context, { blueprint: pruned, weights }, training)
      : weights,
    teaching: { teacher, transfers },
    penalties: context.services.getAll(PenaltyToken),
  });
}
