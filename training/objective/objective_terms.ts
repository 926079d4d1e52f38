import { type ByOutput, type Objective, pluginOf } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import { listed } from "../answers.ts";
import { isFiniteTensor, type Term } from "../terms.ts";

/**
 * The loss of a plugin's objective as a term that may be to blame; none for our own, and where the
 * outputs are not finite.
 *
 * @param objective What is learned.
 * @param outputs What the network gave.
 * @param labels As the loss takes them.
 * @returns One term or none.
 */
export function objectiveTerms(
  objective: Objective,
  outputs: ByOutput<tf.Tensor>,
  labels: ByOutput<tf.Tensor>,
): readonly Term[] {
  if (pluginOf(objective) === undefined || !listed(outputs).every(isFiniteTensor)) return [];
  return [{ service: objective, value: () => objective.loss(outputs, labels) }];
}
