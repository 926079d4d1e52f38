/**
 * Work that no pass of an engine does, by TensorFlow.js on tensors of features. Its gradient is recorded on
 * a tape of its own, when it is asked for: until then nothing of it is kept.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { ExecutorOps, Feature } from "./ops.ts";

/** Features as tensors, and back. */
export type Bridge = Required<Pick<ExecutorOps, "toTensor" | "fromTensor">>;

/** A tensor of a feature: of a vector, without the one position. */
export function tensorOf({ toTensor }: Bridge, x: Feature, rank: number = 3): tf.Tensor {
  const image = toTensor(x);
  return rank === 1 ? tf.reshape(image, [x.shape[0], x.shape[3]]) : image;
}

/** A feature of an image or a vector. */
export function featureOf({ fromTensor }: Bridge, y: tf.Tensor): Feature {
  const [batch, ...rest] = y.shape as [number, ...number[]];
  return fromTensor(
    (rest.length === 1 ? tf.reshape(y, [batch, 1, 1, rest[0]!]) : y) as tf.Tensor4D,
  );
}

/** The gradient of a function with respect to some of what it reads; undefined: it depends on that not. */
export function gradientsOf(
  f: () => tf.Tensor,
  { of, dy }: { readonly of: readonly tf.Tensor[]; readonly dy: tf.Tensor },
): readonly (tf.Tensor | undefined)[] {
  const engine = tf.engine(), { state } = engine, { activeTape } = state;
  try {
    return engine.gradients(f, [...of], dy, true).grads;
  } finally {
    // TensorFlow.js lets the outermost gradient end the tape; this one may run within another.
    state.activeTape = activeTape;
  }
}

/** `tf.tidy` of a function that gives no tensor. */
export function tidied<T>(f: () => T): T {
  let found: T;
  tf.tidy(() => void (found = f()));
  return found!;
}

/** A function of one feature, and its gradient. */
export function runTensorPass(
  ops: Bridge,
  x: Feature,
  f: (x: tf.Tensor4D) => tf.Tensor4D,
): { readonly output: Feature; readonly gradient: (dy: Feature) => Feature } {
  return {
    output: tidied(() => ops.fromTensor(f(ops.toTensor(x)))),
    gradient: (dy) =>
      tidied(() => {
        const read = ops.toTensor(x);
        const [dx] = gradientsOf(() => f(read), { of: [read], dy: ops.toTensor(dy) });
        return ops.fromTensor(dx as tf.Tensor4D);
      }),
  };
}
