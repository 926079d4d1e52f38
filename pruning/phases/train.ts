import {
  ObjectiveToken,
  PenaltyToken,
  type Phase,
  type PhaseContext,
  type TrainedNetwork,
  TrainingRecipeToken,
  type Transfer,
  TransferToken,
  type Weights,
} from "@espalier/core";
import { initialWeights, opaqueWeights, parameterSpecs } from "@espalier/supernet";
import { objectiveOf, trainNetwork } from "@espalier/training";
import type { HasControl, HasPruned, HasStudent, HasTeacher } from "../made.ts";
import { takeChanges, type TrainingChanges } from "./training_changes.ts";

/**
 * Train the derived network with the installed transfers.
 *
 * @param changes What differs from the installed recipe.
 * @returns The phase; it makes `student`.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value.
 */
export function train(changes: TrainingChanges = {}): Phase<HasPruned & HasTeacher, HasStudent> {
  const options = takeChanges(changes, "train");
  return {
    name: "train",
    version: "3",
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
export function trainControl(
  changes: TrainingChanges = {},
): Phase<HasPruned & HasTeacher, HasControl> {
  const options = takeChanges(changes, "control");
  return {
    name: "control",
    version: "3",
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

function trainStudent(
  context: PhaseContext,
  { have: { pruned, teacher }, changes, transfers }: {
    readonly have: HasPruned & HasTeacher;
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
  const start = transfers.reduce<Weights>(
    (weights, { initialize }) => ({
      ...weights,
      ...initialize?.(structuredClone({ ...fresh, weights }), structuredClone(teacher)),
    }),
    fresh.weights,
  );
  return trainNetwork(context, {
    blueprint: pruned,
    training: { ...context.services.get(TrainingRecipeToken).train, ...changes },
    objective: objectiveOf(context.services),
    stream: "train",
    start,
    teaching: { teacher, transfers },
    penalties: context.services.getAll(PenaltyToken),
  });
}
