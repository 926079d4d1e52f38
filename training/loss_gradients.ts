import { forgetTape } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import type { NamedVariables } from "@espalier/supernet";
import type { NamedGradients } from "./optimizer.ts";

/** A loss and its gradients. */
export interface LossGradients {
  /** The loss. */
  readonly loss: tf.Scalar;
  /** Gradients by name, of those variables that the loss depends on. */
  readonly gradients: NamedGradients;
}

/**
 * Differentiate a loss with respect to named variables. The caller disposes loss and gradients; where
 * the loss throws nothing is left.
 *
 * @param loss The function.
 * @param variables The variables.
 * @returns Loss and gradients.
 */
export function lossGradients(loss: () => tf.Scalar, variables: NamedVariables): LossGradients {
  const { value, grads } = variableGrads(loss, [...variables.values()]);
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients.set(name, gradient);
  }
  return { loss: value, gradients };
}

const variableGrads: typeof tf.variableGrads = (loss, variables) => {
  try {
    return tf.variableGrads(loss, variables);
  } catch (error) {
    forgetTape();
    throw error;
  }
};
