import type { HostTensor, Weights } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** Variables by name. */
export type NamedVariables = ReadonlyMap<string, tf.Variable>;

/** A tensor of the host. */
export function toTensor({ shape, values }: HostTensor): tf.Tensor {
  return tf.tensor(values.slice(), [...shape]);
}

/** Copy variables to the host. */
export async function readVariables(variables: NamedVariables): Promise<Weights> {
  const entries = [...variables].map(async ([name, variable]) => {
    const values = new Float32Array(await variable.data());
    return [name, { shape: [...variable.shape], values }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Set variables by name, those that {@linkcode readVariables} copied. */
export function writeVariables(variables: NamedVariables, weights: Weights): void {
  for (const [name, value] of Object.entries(weights)) {
    tf.tidy(() => variables.get(name)!.assign(toTensor(value)));
  }
}
