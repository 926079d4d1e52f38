import * as tf from "@tensorflow/tfjs";
import type { NamedGradients, NamedVariables } from "./optimizer.ts";

/** A loss and its gradients. */
export interface LossGradients {
  /** The loss. */
  readonly loss: tf.Scalar;
  /** Gradients by name, of those variables that the loss depends on. */
  readonly gradients: NamedGradients;
}

/**
 * Differentiate a loss with respect to named variables. The caller disposes loss and gradients.
 *
 * @param loss The function.
 * @param variables The variables.
 * @returns Loss and gradients.
 * @throws What `loss` throws; no tensor is left then.
 */
export function lossGradients(loss: () => tf.Scalar, variables: NamedVariables): LossGradients {
  const list = [...variables.values()];
  let failure: { readonly error: unknown } | undefined;
  // TensorFlow.js frees what the tape saved only after a gradient: a failed loss gets one of zero.
  const { value, grads } = tf.variableGrads(() => {
    try {
      return loss();
    } catch (error) {
      failure = { error };
      return tf.sum(list[0]!).mul(0) as tf.Scalar;
    }
  }, list);
  if (failure !== undefined) {
    tf.dispose([value, grads]);
    throw failure.error;
  }
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients.set(name, gradient);
  }
  return { loss: value, gradients };
}
